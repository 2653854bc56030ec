#include "providers/aws/function/live.h"

#include "core/interrupt.h"
#include "core/memory.h"
#include "providers/aws/logs.h"
#include "providers/aws/session.h"
#include "providers/aws/wire/event_stream.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    GROUPS = 10,          /* in one session */
    SILENCE = 20000,      /* ms; an update comes each second, an empty one when nothing is new */
    QUEUE_EVENTS = 10000, /* that wait for the reader */
    QUEUE_BYTES = 6 << 20,
};

/* One StartLiveTail. */
struct stream {
    struct log_live *live;
    const struct function *functions[GROUPS]; /* borrowed from the settings */
    size_t count;
    struct aws_call call;
    struct event_stream decoder;
    struct err err; /* what the stream itself said */
    bool opened;
    bool running; /* it has a thread */
    pthread_t thread;
};

struct log_live {
    struct session *session;
    struct stream *streams;
    size_t count;
    atomic_bool cancel;
    int ready; /* eventfd: there is news */
    pthread_mutex_t lock;
    /* Under the lock: */
    struct log_event *events;
    size_t event_count, event_capacity, bytes;
    size_t open; /* streams that began */
    bool opened, lost;
    enum log_live_state state;
    struct err why;
};

/* Under the lock. */
static void ring(struct log_live *live)
{
    uint64_t one = 1;

    if (write(live->ready, &one, sizeof(one)) < 0) {
        /* It is full only when the reader is to wake anyway. */
    }
}

/* The function whose log group an identifier names: "ACCOUNT:/aws/lambda/NAME", an ARN, a name. */
static const struct function *find_function(const struct stream *stream, const char *identifier)
{
    const char *colon = strrchr(identifier, ':');
    const char *group = colon ? colon + 1 : identifier;
    const struct function *found = NULL;

    for (size_t i = 0; i < stream->count && !found; i++) {
        char *name =
            logs_group_name(session_remote(stream->live->session, stream->functions[i])->name);

        if (strcmp(name, group) == 0)
            found = stream->functions[i];
        free(name);
    }
    return found;
}

/* Under the lock. */
static void add_event(struct log_live *live, const struct function *function, const json_t *item)
{
    struct log_event *event;

    if (live->event_count >= QUEUE_EVENTS || live->bytes >= QUEUE_BYTES) {
        live->lost = true;
        return;
    }
    if (live->event_count == live->event_capacity) {
        live->event_capacity = live->event_capacity ? live->event_capacity * 2 : 64;
        live->events = xreallocarray(live->events, live->event_capacity, sizeof(*live->events));
    }
    event = &live->events[live->event_count++];
    *event = (struct log_event){.function = function};
    logs_take_event(item, "", event);
    live->bytes += event->message_len;
}

static void take_update(struct stream *stream, const json_t *update)
{
    struct log_live *live = stream->live;
    const json_t *item;
    size_t i;

    pthread_mutex_lock(&live->lock);
    if (json_bool_at(update, "sessionMetadata.sampled"))
        live->lost = true;
    json_array_foreach (json_at(update, "sessionResults"), i, item) {
        const struct function *function =
            find_function(stream, json_string_at(item, "logGroupIdentifier"));

        if (function)
            add_event(live, function, item);
    }
    if (live->lost || live->event_count)
        ring(live);
    pthread_mutex_unlock(&live->lock);
}

/* The reader may count on events from now on when every stream has begun. */
static void take_start(struct stream *stream)
{
    struct log_live *live = stream->live;

    pthread_mutex_lock(&live->lock);
    live->open += !stream->opened;
    stream->opened = true;
    if (live->open == live->count && live->state == LOG_LIVE_OPENING) {
        live->state = LOG_LIVE_OPEN;
        live->opened = true;
        ring(live);
    }
    pthread_mutex_unlock(&live->lock);
}

static int take_message(void *context, const struct event_message *message)
{
    struct stream *stream = context;
    json_t *payload;

    if (message->kind != EVENT_MESSAGE)
        return err_set(&stream->err, ERR_SERVICE, "the Live Tail session ended: %s", message->name);
    if (strcmp(message->name, "sessionStart") == 0)
        take_start(stream);
    if (strcmp(message->name, "sessionUpdate") != 0)
        return 0;
    payload = json_loadb(message->payload, message->payload_len, JSON_ALLOW_NUL, NULL);
    if (!payload)
        return err_set(&stream->err, ERR_SERVICE, "a Live Tail update is no JSON");
    take_update(stream, payload);
    json_decref(payload);
    return 0;
}

static int receive(void *context, const void *data, size_t len)
{
    struct stream *stream = context;

    return event_stream_feed(&stream->decoder, data, len, take_message, stream, &stream->err);
}

/* Whether the next try would fare as this one: the service knows no Live Tail, or not for us. */
static bool is_refusal(const struct stream *stream, const struct err *err)
{
    static const char *const passing[] = {"LimitExceededException", "ThrottlingException",
                                          "ResourceNotFoundException",
                                          "ServiceUnavailableException"};
    const struct aws_call *call = &stream->call;

    for (size_t i = 0; i < sizeof(passing) / sizeof(*passing); i++)
        if (aws_failed_with(call, passing[i]))
            return false;
    if (stream->opened || err->code == ERR_INTERRUPTED)
        return false;
    /* A success that is no event stream, or a server that knows no such operation. */
    return stream->err.code || call->status / 100 == 4 || call->status == 501;
}

static void *run(void *context)
{
    struct stream *stream = context;
    struct log_live *live = stream->live;
    struct err err = {0};

    if (aws_perform(live->session->aws, &stream->call, 1, &err) == 0)
        err_set(&err, ERR_SERVICE, "the Live Tail session was closed");
    pthread_mutex_lock(&live->lock);
    if (live->state < LOG_LIVE_ENDED) {
        live->state = is_refusal(stream, &err) ? LOG_LIVE_REFUSED : LOG_LIVE_ENDED;
        live->why = stream->err.code ? stream->err : err;
    }
    ring(live);
    pthread_mutex_unlock(&live->lock);
    return NULL;
}

/* Fills the call of a stream. */
static int prepare(struct stream *stream, const char *filter, struct err *err)
{
    struct session *session = stream->live->session;
    json_t *groups = json_array(), *body = json_pack("{s:o}", "logGroupIdentifiers", groups);

    if (filter)
        json_object_set_new(body, "logEventFilterPattern", json_string(filter));
    aws_call_action(&stream->call, &aws_logs_stream, "StartLiveTail", body);
    for (size_t i = 0; i < stream->count; i++) {
        char *name = logs_group_name(session_remote(session, stream->functions[i])->name);
        char *arn = session_arn(session, "logs", err, "log-group:%s", name);

        free(name);
        if (!arn)
            return -1;
        json_array_append_new(groups, json_string(arn));
        free(arn);
    }
    stream->call.timeout = SILENCE;
    stream->call.receive = receive;
    stream->call.receive_context = stream;
    stream->call.cancel = &stream->live->cancel;
    event_stream_init(&stream->decoder);
    return 0;
}

/* Starts the stream's thread. Signals are for the main thread. */
static int start(struct stream *stream, struct err *err)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    stream->running = pthread_create(&stream->thread, NULL, run, stream) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return stream->running ? 0 : err_set(err, ERR_FAILED, "no thread can be created");
}

struct log_live *aws_live_open(struct session *session, const struct function *const *functions,
                               size_t count, const char *filter, struct err *err)
{
    struct log_live *live = xcalloc(1, sizeof(*live));

    live->session = session;
    live->count = (count + GROUPS - 1) / GROUPS;
    live->streams = xcalloc(live->count, sizeof(*live->streams));
    live->ready = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&live->lock, NULL);
    if (live->ready < 0) {
        err_set(err, ERR_FAILED, "no descriptor is left");
        goto fail;
    }
    for (size_t i = 0; i < count; i++) {
        struct stream *stream = &live->streams[i / GROUPS];

        stream->live = live;
        stream->functions[stream->count++] = functions[i];
    }
    for (size_t i = 0; i < live->count; i++)
        if (prepare(&live->streams[i], filter, err) < 0 || start(&live->streams[i], err) < 0)
            goto fail;
    return live;
fail:
    aws_live_close(live);
    return NULL;
}

int aws_live_read(struct log_live *live, int64_t wait, struct log_live_news *news, struct err *err)
{
    struct pollfd fds[] = {{.fd = live->ready, .events = POLLIN},
                           {.fd = interrupt_fd(), .events = POLLIN}};
    uint64_t count;

    *news = (struct log_live_news){0};
    if (interrupt_check(err) < 0)
        return -1;
    poll(fds, 2, wait > 60000 ? 60000 : (int)wait);
    if (interrupt_check(err) < 0)
        return -1;
    pthread_mutex_lock(&live->lock);
    if (read(live->ready, &count, sizeof(count)) < 0) {
        /* Nothing has rung; what there is, is taken all the same. */
    }
    *news = (struct log_live_news){.events = live->events,
                                   .count = live->event_count,
                                   .opened = live->opened,
                                   .lost = live->lost,
                                   .state = live->state,
                                   .why = live->why};
    live->events = NULL;
    live->event_count = live->event_capacity = live->bytes = 0;
    live->opened = live->lost = false;
    pthread_mutex_unlock(&live->lock);
    return 0;
}

void aws_live_close(struct log_live *live)
{
    if (!live)
        return;
    atomic_store(&live->cancel, true);
    http_wake(aws_http(live->session->aws));
    for (size_t i = 0; i < live->count; i++) {
        struct stream *stream = &live->streams[i];

        if (stream->running)
            pthread_join(stream->thread, NULL);
        aws_call_release(&stream->call);
        event_stream_release(&stream->decoder);
    }
    for (size_t i = 0; i < live->event_count; i++)
        log_event_release(&live->events[i]);
    free(live->events);
    free(live->streams);
    if (live->ready >= 0)
        close(live->ready);
    pthread_mutex_destroy(&live->lock);
    free(live);
}
