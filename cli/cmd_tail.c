#include "cli/commands.h"
#include "cli/tail.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

struct tail_options {
    const char *since;
    const char *until;
    const char *filter;
    const char *format;
    bool no_follow;
    bool poll;
};

/* How events are printed. */
struct printer {
    struct app *app;
    const char *format;
    size_t name_width;
};

/* "10m" ago, or a point in time. -1 when it is neither. */
static int read_time(const struct clock *clock, const char *text, int64_t *out)
{
    int64_t duration;

    if (clock_parse_duration(text, &duration) < 0)
        return clock_parse(text, out);
    *out = clock_now(clock) - duration;
    return 0;
}

/* Told with the other mistakes of the command line, before anything is opened. */
static int check_time(const void *member, struct err *err)
{
    int64_t time;

    if (read_time(clock_system(), *(const char *const *)member, &time) == 0)
        return 0;
    return err_set(err, ERR_USAGE,
                   "must be a duration such as 90s, 10m, 2h, 1d, or a time such as "
                   "2026-11-20T09:15:00Z, not '%s'",
                   *(const char *const *)member);
}

static int print_json(struct printer *printer, const struct log_event *event)
{
    char time[CLOCK_RFC3339_LEN];
    json_t *object;

    clock_format_rfc3339(event->timestamp, time);
    object =
        json_pack("{s:s, s:s, s:s, s:o, s:s%}", "time", time, "function", event->function->name,
                  "stream", event->stream, "id", *event->id ? json_string(event->id) : json_null(),
                  "message", event->message, event->message_len);
    if (object)
        out_json(&printer->app->out, object, true);
    json_decref(object);
    return out_broken(&printer->app->out);
}

/* Local time of day with milliseconds. */
static void format_local(int64_t timestamp, char text[static 16])
{
    time_t seconds = (time_t)(timestamp / 1000);
    struct tm fields;
    char clock[12];

    localtime_r(&seconds, &fields);
    strftime(clock, sizeof(clock), "%H:%M:%S", &fields);
    snprintf(text, 16, "%.8s.%03d", clock, (int)(timestamp % 1000));
}

/* Each function keeps one colour through a run. */
static enum out_colour colour_of(const char *name)
{
    static const enum out_colour colours[] = {OUT_CYAN, OUT_GREEN, OUT_MAGENTA, OUT_YELLOW,
                                              OUT_BLUE};
    size_t sum = 0;

    for (; *name; name++)
        sum += (unsigned char)*name;
    return colours[sum % (sizeof(colours) / sizeof(*colours))];
}

static void print_text(struct printer *printer, const struct log_event *event, const char *message)
{
    struct out *out = &printer->app->out;
    char time[CLOCK_RFC3339_LEN];

    if (strcmp(printer->format, "raw") == 0) {
        out_print(out, "%s\n", message);
        return;
    }
    if (strcmp(printer->format, "long") == 0)
        clock_format_rfc3339(event->timestamp, time);
    else
        format_local(event->timestamp, time);
    out_print(out, "%s %s%-*s%s %s%s%s\n", time,
              out_colour(out, out->results, colour_of(event->function->name)),
              (int)printer->name_width, event->function->name,
              out_colour(out, out->results, OUT_PLAIN),
              strcmp(printer->format, "long") == 0 ? event->stream : "",
              strcmp(printer->format, "long") == 0 ? " " : "", message);
}

static int show(void *context, const struct log_event *event)
{
    struct printer *printer = context;
    char *message;

    if (printer->app->out.json || strcmp(printer->format, "json") == 0)
        return print_json(printer, event);
    message = out_visible(event->message, event->message_len);
    print_text(printer, event, message);
    free(message);
    return out_broken(&printer->app->out);
}

static int flush(void *context)
{
    struct printer *printer = context;

    return out_broken(&printer->app->out);
}

static void tell_waiting(void *context, const struct function *function)
{
    struct printer *printer = context;

    out_step(&printer->app->out, "function '%s' has no log group yet", function->name);
}

static void tell_trouble(void *context, const struct err *err)
{
    struct printer *printer = context;

    out_warn(&printer->app->out, "%s; trying again until it works", err->message);
}

static void tell_refused(void *context, const struct err *err)
{
    struct printer *printer = context;

    out_step(&printer->app->out, "polling each second, as Live Tail cannot be used: %s",
             err->message);
}

static int run(struct app *app, const void *options, struct err *err)
{
    const struct tail_options *given = options;
    struct printer printer = {.app = app, .format = given->format};
    struct tail tail = {.provider = app->provider,
                        .session = app->session,
                        .clock = app->clock,
                        .filter = given->filter,
                        .follow = !given->no_follow,
                        .live = !given->poll,
                        .show = show,
                        .flush = flush,
                        .refused = tell_refused,
                        .waiting = tell_waiting,
                        .trouble = tell_trouble,
                        .context = &printer};
    int result = -1;

    /* CloudWatch allows a few calls a second for an account; the local engine does not mind. */
    tail.interval = app->provider->engine ? 200 : 1000;
    tail.settle = app->provider->engine ? 0 : 35000;
    read_time(app->clock, given->since, &tail.since);
    if (given->until)
        read_time(app->clock, given->until, &tail.until);
    tail.functions = app_functions(app, &tail.count, err);
    if (!tail.functions)
        return -1;
    for (size_t i = 0; i < tail.count; i++)
        if (strlen(tail.functions[i]->name) > printer.name_width)
            printer.name_width = strlen(tail.functions[i]->name);
    result = tail_run(&tail, err);
    free(tail.functions);
    return result;
}

#define OPTION(member, field_type, ...)                                                            \
    .offset = offsetof(struct tail_options, member), .type = field_type, __VA_ARGS__

static const char *const formats[] = {"short", "long", "raw", "json", NULL};

static const struct field options[] = {
    {.name = "since",
     OPTION(since, FIELD_STRING, .fallback = "10m", .value = "TIME", .check = check_time,
            .help = "where to begin: a duration (10m, 2h) or a time (2026-11-20T09:15:00Z)")},
    {.name = "until",
     OPTION(until, FIELD_STRING, .value = "TIME", .check = check_time, .help = "where to end")},
    {.name = "filter",
     OPTION(filter, FIELD_STRING, .value = "PATTERN",
            .help = "only events that match this CloudWatch filter pattern")},
    {.name = "format",
     OPTION(format, FIELD_STRING, .fallback = "short", .value = "FORMAT", .choices = formats,
            .help = "short, long (date and stream), raw (messages alone) or json")},
    {.name = "poll",
     OPTION(poll, FIELD_BOOL,
            .help = "ask once a second instead of using Live Tail, which AWS bills by the minute")},
    {.name = "no-follow",
     OPTION(no_follow, FIELD_BOOL, .help = "end when everything so far is printed")},
    FIELD_END,
};

static const struct command_argument arguments[] = {
    STAGE_ARGUMENT,
    {.name = "FUNCTION",
     .help = "functions to follow; all by default",
     .optional = true,
     .repeated = true},
    {.name = NULL},
};

static const char *const examples[] = {
    "fnctl tail",
    "every function of the default stage, from ten minutes ago",
    "fnctl tail prod api --since 2h --filter ERROR",
    "one function, errors only",
    "fnctl tail --json --no-follow",
    "one object a line",
    NULL,
};

const struct command cmd_tail = {
    .name = "tail",
    .summary = "follow the logs",
    .description =
        "Prints the log events of the functions in order of time and goes on as new ones arrive,\n"
        "each exactly once. Stops on Ctrl-C. A log group that does not exist yet is waited for.\n"
        "\n"
        "With --json one object a line: {\"time\", \"function\", \"stream\", \"id\", \"message\"}.",
    .examples = examples,
    .arguments = arguments,
    .options = options,
    .options_size = sizeof(struct tail_options),
    .needs = NEEDS_SETTINGS | NEEDS_PROVIDER,
    .run = run,
};
