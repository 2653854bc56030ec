#include "cli/log_view.h"

#include "cli/cause.h"
#include "core/json.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

enum {
    STREAMS = 256,              /* whose requests are known at a time */
    HELD_MAX = 4 * 1024 * 1024, /* bytes of requests that have not ended */
};

/* A log stream and the request it is at. */
struct stream {
    const struct function *function;
    char *name;
    char request[LOG_REQUEST];
    bool trace;  /* in a traceback that comes line by line */
    bool wanted; /* by request: one of its lines was chosen */
    uint64_t used;
    struct log_event *held; /* by request: its events so far */
    size_t held_count, held_capacity, held_bytes;
};

struct log_view {
    struct log_view_options options;
    regex_t grep;
    struct stream streams[STREAMS];
    size_t count;
    uint64_t used;
    size_t held_bytes;
};

int log_view_check_grep(const char *text, struct err *err)
{
    regex_t regex;
    char reason[128];
    int code = regcomp(&regex, text, REG_EXTENDED | REG_NOSUB);

    if (code == 0) {
        regfree(&regex);
        return 0;
    }
    regerror(code, &regex, reason, sizeof(reason));
    return err_set(err, ERR_USAGE,
                   "'%s' is no regular expression (%s); put a '\\' in front of characters such as "
                   "( [ * that stand for themselves",
                   text, reason);
}

struct log_view *log_view_new(const struct log_view_options *options, struct err *err)
{
    struct log_view *view;

    if (options->grep && log_view_check_grep(options->grep, err) < 0)
        return NULL;
    view = xcalloc(1, sizeof(*view));
    view->options = *options;
    if (options->grep)
        regcomp(&view->grep, options->grep, REG_EXTENDED | REG_NOSUB);
    return view;
}

/* Forgets the events of the stream's request. */
static void drop(struct log_view *view, struct stream *stream)
{
    for (size_t i = 0; i < stream->held_count; i++)
        log_event_release(&stream->held[i]);
    view->held_bytes -= stream->held_bytes;
    stream->held_count = stream->held_bytes = 0;
    stream->wanted = false;
}

void log_view_free(struct log_view *view)
{
    if (!view)
        return;
    for (size_t i = 0; i < view->count; i++) {
        drop(view, &view->streams[i]);
        free(view->streams[i].held);
        free(view->streams[i].name);
    }
    if (view->options.grep)
        regfree(&view->grep);
    free(view);
}

/* Appends an event and, with --errors, what its failure comes from. */
static void show(const struct log_view_options *options, const struct log_style *style,
                 const struct log_event *event, const struct log_line *line, const char *request,
                 struct buf *out)
{
    const char *message = log_line_message(line->json);
    struct failure failure = {.function = event->function,
                              .type = json_string_at(line->json, "errorType"),
                              .text = message ? message : event->message,
                              .text_len = message ? strlen(message) : event->message_len};
    struct cause cause;
    char *text, *visible;

    log_print(out, style, event, line, request);
    if (!options->errors || style->format > LOG_LONG || !line->failure ||
        line->kind == LOG_REPORT || !cause_find(&failure, &cause))
        return;
    text = xasprintf("cause: %s; %s", cause.what, cause.next);
    visible = out_visible(text, strlen(text));
    buf_printf(out, "    %s%s%s\n", out_colour(style->out, style->out->results, OUT_YELLOW),
               visible, out_colour(style->out, style->out->results, OUT_PLAIN));
    free(text);
    free(visible);
    cause_release(&cause);
}

/* Shows the events that are held of a stream. */
static void show_held(struct log_view *view, struct stream *stream, bool finished, struct buf *out)
{
    struct log_style style = view->options.style;

    if (stream->held_count && stream->wanted) {
        log_print_request(out, &style, &stream->held[0], stream->request, finished);
        style.origin = stream->held[0].timestamp;
        for (size_t i = 0; i < stream->held_count; i++) {
            struct log_line line;

            log_line_read(&line, stream->held[i].message, stream->held[i].message_len);
            show(&view->options, &style, &stream->held[i], &line, stream->request, out);
            log_line_release(&line);
        }
    }
    drop(view, stream);
}

/* The stream of an event; the one that was not heard of for longest makes place for a new one. */
static struct stream *find_stream(struct log_view *view, const struct log_event *event,
                                  struct buf *out)
{
    struct stream *oldest = &view->streams[0];

    view->used++;
    for (size_t i = 0; i < view->count; i++) {
        struct stream *stream = &view->streams[i];

        if (stream->function == event->function && strcmp(stream->name, event->stream) == 0) {
            stream->used = view->used;
            return stream;
        }
        if (stream->used < oldest->used)
            oldest = stream;
    }
    if (view->count < STREAMS)
        oldest = &view->streams[view->count++];
    show_held(view, oldest, false, out);
    free(oldest->held);
    free(oldest->name);
    *oldest = (struct stream){
        .function = event->function, .name = xstrdup(event->stream), .used = view->used};
    return oldest;
}

/* Whether a line of a traceback that came in several events; notes where it begins and ends. */
static bool follow_trace(struct stream *stream, const struct log_line *line)
{
    bool within = stream->trace;

    if (line->trace)
        stream->trace = true;
    else if (within && line->text_len && line->text[0] != ' ' && line->text[0] != '\t')
        stream->trace = false;
    return within || line->trace;
}

static bool matches(const struct log_view *view, const struct log_event *event)
{
    regmatch_t range = {.rm_so = 0, .rm_eo = (regoff_t)event->message_len};

    return !view->options.grep ||
           regexec(&view->grep, event->message, 1, &range, REG_STARTEND) == 0;
}

static bool is_asked_for(const struct log_view *view, const char *request)
{
    const char *wanted = view->options.request;

    return !wanted || strncmp(request, wanted, strlen(wanted)) == 0;
}

/* Keeps an event until its request ends, and shows the largest when too much is kept. */
static void hold(struct log_view *view, struct stream *stream, const struct log_event *event,
                 struct buf *out)
{
    struct stream *largest = stream;
    struct log_event copy = *event;

    if (stream->held_count == stream->held_capacity) {
        stream->held_capacity = stream->held_capacity ? stream->held_capacity * 2 : 16;
        stream->held = xreallocarray(stream->held, stream->held_capacity, sizeof(*stream->held));
    }
    log_event_set(&copy, event->stream, event->id, event->message, event->message_len);
    stream->held[stream->held_count++] = copy;
    stream->held_bytes += event->message_len + sizeof(copy);
    view->held_bytes += event->message_len + sizeof(copy);
    if (view->held_bytes < HELD_MAX)
        return;
    for (size_t i = 0; i < view->count; i++)
        if (view->streams[i].held_bytes > largest->held_bytes)
            largest = &view->streams[i];
    show_held(view, largest, false, out);
}

/* Notes which request the stream is at. A line's own id is that of the request, but for records of
 * applications, which may have another in a member of that name. */
static void follow_request(struct log_view *view, struct stream *stream,
                           const struct log_line *line, struct buf *out)
{
    bool told = line->request[0] && (line->kind != LOG_JSON || !stream->request[0]);

    if (!told || strcmp(stream->request, line->request) == 0)
        return;
    show_held(view, stream, false, out);
    memcpy(stream->request, line->request, sizeof(stream->request));
}

static bool is_platform(enum log_kind kind)
{
    return kind != LOG_TEXT && kind != LOG_JSON;
}

static void add(struct log_view *view, struct stream *stream, const struct log_event *event,
                const struct log_line *line, struct buf *out)
{
    const struct log_view_options *options = &view->options;
    bool failure = follow_trace(stream, line) || line->failure;
    bool wanted = matches(view, event) && (!options->errors || failure);
    bool hidden = options->no_report && is_platform(line->kind);

    if (!is_asked_for(view, stream->request))
        return;
    if (options->by_request && stream->request[0]) {
        stream->wanted |= wanted;
        if (!hidden)
            hold(view, stream, event, out);
    } else if (wanted && !hidden) {
        show(options, &options->style, event, line, stream->request, out);
    }
}

/* Whether messages go out as they are, whatever they say. */
static bool is_plain(const struct log_view_options *options)
{
    return options->style.format == LOG_RAW && !options->grep && !options->request &&
           !options->errors && !options->no_report && !options->by_request;
}

void log_view_add(struct log_view *view, const struct log_event *event, struct buf *out)
{
    struct stream *stream;
    struct log_line line;

    if (is_plain(&view->options)) {
        log_print(out, &view->options.style, event, NULL, "");
        return;
    }
    stream = find_stream(view, event, out);
    log_line_read(&line, event->message, event->message_len);
    follow_request(view, stream, &line, out);
    add(view, stream, event, &line, out);
    if (line.kind == LOG_REPORT) {
        show_held(view, stream, true, out);
        stream->request[0] = '\0';
    }
    log_line_release(&line);
}

void log_view_finish(struct log_view *view, struct buf *out)
{
    for (size_t i = 0; i < view->count; i++)
        show_held(view, &view->streams[i], false, out);
}
