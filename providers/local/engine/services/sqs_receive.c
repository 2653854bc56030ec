/* ReceiveMessage, which may wait for messages. */
#include "core/json.h"
#include "core/memory.h"
#include "providers/local/engine/events/message_attributes.h"
#include "providers/local/engine/events/queue_event.h"
#include "providers/local/engine/events/queues.h"
#include "providers/local/engine/loop.h"
#include "providers/local/engine/services/sqs.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 10, WAIT_MAX = 20, HIDE_MAX = 43200 };

/* A request that waits. */
struct wait {
    struct wait *next;
    struct sqs_waits *waits;
    struct request *request;
    json_t *input;
    int64_t until; /* ms since 1970 */
    bool gone;     /* the client does not listen any more */
};

struct sqs_waits {
    struct engine *engine;
    struct wait *items;
    uint64_t timer;
};

static bool asks_for(const json_t *names, const char *name)
{
    json_t *item;
    size_t i;

    json_array_foreach (names, i, item) {
        const char *text = json_string_value(item);
        size_t len = strlen(text);

        if (strcmp(text, "All") == 0 || strcmp(text, ".*") == 0 || strcmp(text, name) == 0 ||
            (len > 2 && strcmp(text + len - 2, ".*") == 0 && strncmp(text, name, len - 2) == 0))
            return true;
    }
    return false;
}

/* The members of `all` that were asked for under `lists` of the input; the caller's. */
static json_t *selected(const json_t *all, const json_t *input, const char *const lists[2])
{
    json_t *result = json_object(), *value;
    const char *name;

    json_object_foreach ((json_t *)(uintptr_t)all, name, value)
        for (size_t i = 0; i < 2; i++)
            if (lists[i] && asks_for(json_object_get(input, lists[i]), name))
                json_object_set(result, name, value);
    return result;
}

static json_t *shape_message(const json_t *row, const json_t *queue, const json_t *input)
{
    static const char *const system[] = {"AttributeNames", "MessageSystemAttributeNames"};
    static const char *const own[] = {"MessageAttributeNames", NULL};
    json_t *record = queue_event_record(row, json_string_at(queue, "arn"));
    json_t *attributes = selected(json_object_get(record, "attributes"), input, system);
    json_t *others = selected(json_object_get(row, "attributes"), input, own);
    json_t *message = json_pack(
        "{s:O, s:O, s:O, s:O}", "MessageId", json_object_get(record, "messageId"), "ReceiptHandle",
        json_object_get(record, "receiptHandle"), "Body", json_object_get(record, "body"),
        "MD5OfBody", json_object_get(record, "md5OfBody"));
    char md5[MESSAGE_MD5_LEN];

    if (json_object_size(attributes))
        json_object_set(message, "Attributes", attributes);
    if (json_object_size(others)) {
        message_attributes_md5(others, md5);
        json_object_set(message, "MessageAttributes", others);
        json_object_set_new(message, "MD5OfMessageAttributes", json_string(md5));
    }
    json_decref(attributes);
    json_decref(others);
    json_decref(record);
    return message;
}

static int64_t number_or(const json_t *input, const char *name, int64_t otherwise)
{
    const json_t *value = json_object_get(input, name);

    return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

/* Answers with messages when there are any, or when nobody waits any longer. */
static bool try_to_answer(struct request *request, const json_t *input, bool last)
{
    json_t *queue = sqs_queue(request, input), *rows, *row, *messages;
    size_t i;

    if (!queue)
        return true;
    rows = queues_receive(request->engine, queue, number_or(input, "MaxNumberOfMessages", 1),
                          number_or(input, "VisibilityTimeout", -1));
    if (json_array_size(rows) || last) {
        messages = json_array();
        json_array_foreach (rows, i, row)
            json_array_append_new(messages, shape_message(row, queue, input));
        request_reply(request, 200,
                      json_array_size(messages) ? json_pack("{s:O}", "Messages", messages)
                                                : json_object());
        json_decref(messages);
        last = true;
    }
    json_decref(rows);
    json_decref(queue);
    return last;
}

static void look(void *context);

/* The soonest of: a message may come out of hiding, somebody has waited long enough. */
static void set_timer(struct sqs_waits *waits)
{
    int64_t now = clock_now(waits->engine->clock), next = -1;

    for (const struct wait *wait = waits->items; wait; wait = wait->next) {
        const char *url = json_string_at(wait->input, "QueueUrl");
        json_t *queue = queues_find(waits->engine, strrchr(url, '/') ? strrchr(url, '/') + 1 : url);
        int64_t visible = queue ? queues_next(waits->engine, queue) : now;
        int64_t due = visible >= 0 && visible < wait->until ? visible : wait->until;

        next = next < 0 || due < next ? due : next;
        json_decref(queue);
    }
    loop_cancel_timer(waits->engine->loop, waits->timer);
    waits->timer = 0;
    if (next >= 0)
        waits->timer =
            loop_add_timer(waits->engine->loop, next > now ? next - now : 1, look, waits);
}

static void look(void *context)
{
    struct sqs_waits *waits = context;
    struct wait **link = &waits->items;
    int64_t now = clock_now(waits->engine->clock);

    waits->timer = 0;
    while (*link) {
        struct wait *wait = *link;
        bool done = wait->gone;

        /* Who went away must not take messages along. */
        if (wait->gone)
            request_reply(wait->request, 200, json_object());
        else
            done = try_to_answer(wait->request, wait->input, now >= wait->until);
        if (!done) {
            link = &wait->next;
            continue;
        }
        *link = wait->next;
        json_decref(wait->input);
        free(wait);
    }
    set_timer(waits);
}

void sqs_wake(struct engine *engine)
{
    struct sqs_waits *waits = engine->sqs_waits;

    if (!waits || !waits->items)
        return;
    loop_cancel_timer(engine->loop, waits->timer);
    waits->timer = loop_add_timer(engine->loop, 0, look, waits);
}

static void on_gone(void *context)
{
    struct wait *wait = context;

    wait->gone = true;
    sqs_wake(wait->waits->engine);
}

static void begin_to_wait(struct request *request, const json_t *input, int64_t seconds)
{
    struct engine *engine = request->engine;
    struct wait *wait = xcalloc(1, sizeof(*wait));

    if (!engine->sqs_waits) {
        engine->sqs_waits = xcalloc(1, sizeof(*engine->sqs_waits));
        engine->sqs_waits->engine = engine;
    }
    *wait = (struct wait){.next = engine->sqs_waits->items,
                          .waits = engine->sqs_waits,
                          .request = request,
                          .input = json_deep_copy(input),
                          .until = clock_now(engine->clock) + seconds * 1000};
    request->gone = on_gone;
    request->context = wait;
    engine->sqs_waits->items = wait;
    set_timer(engine->sqs_waits);
}

static bool is_between(struct request *request, const json_t *input, const char *name, int64_t min,
                       int64_t max)
{
    int64_t value = number_or(input, name, min);

    if (value >= min && value <= max)
        return true;
    request_fail(
        request, 400, "InvalidParameterValue",
        "Value %lld for parameter %s is invalid. Reason: Must be between %lld and %lld, if "
        "provided.",
        (long long)value, name, (long long)min, (long long)max);
    return false;
}

void sqs_receive(struct request *request, json_t *input)
{
    json_t *queue = sqs_queue(request, input);
    int64_t seconds;

    if (!queue)
        return;
    seconds =
        number_or(input, "WaitTimeSeconds", queues_number(queue, "ReceiveMessageWaitTimeSeconds"));
    json_decref(queue);
    if (!is_between(request, input, "MaxNumberOfMessages", 1, MOST) ||
        !is_between(request, input, "WaitTimeSeconds", 0, WAIT_MAX) ||
        !is_between(request, input, "VisibilityTimeout", 0, HIDE_MAX))
        return;
    if (!try_to_answer(request, input, seconds == 0))
        begin_to_wait(request, input, seconds);
}

void sqs_free(struct engine *engine)
{
    struct sqs_waits *waits = engine->sqs_waits;

    if (!waits)
        return;
    loop_cancel_timer(engine->loop, waits->timer);
    while (waits->items) {
        struct wait *wait = waits->items;

        waits->items = wait->next;
        wait->request->gone = NULL;
        json_decref(wait->input);
        free(wait);
    }
    free(waits);
    engine->sqs_waits = NULL;
}
