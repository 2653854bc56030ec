#include "cli/commands.h"
#include "cli/log_time.h"
#include "cli/log_view.h"
#include "cli/tail.h"

#include <stdlib.h>
#include <string.h>

struct tail_options {
    const char *since, *until;
    const char *filter, *grep, *request;
    const char *format, *time;
    bool no_follow, poll;
    bool errors, no_report, by_request;
};

enum { WRITE_AT = 64 * 1024 }; /* bytes that are gathered before they are written */

static const char *const formats[] = {"short", "long", "raw", "json", NULL};
static const char *const times[] = {"local", "utc", "relative", NULL};

/* Where events go. */
struct printer {
    struct app *app;
    struct log_view *view;
    struct buf text;
};

/* Told with the other mistakes of the command line, before anything is opened. */
static int check_time(const void *member, struct err *err)
{
    const char *text = *(const char *const *)member;
    int64_t time;

    if (log_time_read(text, clock_now(clock_system()), &time) == 0)
        return 0;
    return err_set(err, ERR_USAGE, "must be " LOG_TIME_FORMS ", not '%s'", text);
}

static int check_grep(const void *member, struct err *err)
{
    return log_view_check_grep(*(const char *const *)member, err);
}

/* Writes what was gathered; non-zero when nobody takes it. */
static int flush(void *context)
{
    struct printer *printer = context;

    if (printer->text.len)
        out_print(&printer->app->out, "%s", printer->text.data);
    buf_clear(&printer->text);
    return out_broken(&printer->app->out);
}

static int show(void *context, const struct log_event *event)
{
    struct printer *printer = context;

    log_view_add(printer->view, event, &printer->text);
    return printer->text.len >= WRITE_AT ? flush(printer) : 0;
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

static size_t choice(const char *const *choices, const char *text)
{
    size_t at = 0;

    while (strcmp(choices[at], text) != 0)
        at++;
    return at;
}

static void fill_style(struct log_style *style, const struct app *app,
                       const struct tail_options *given, const struct tail *tail)
{
    *style = (struct log_style){.format = (enum log_format)choice(formats, given->format),
                                .times = (enum log_times)choice(times, given->time),
                                .clock = app->clock,
                                .out = &app->out};
    if (app->out.json)
        style->format = LOG_AS_JSON;
    for (size_t i = 0; i < tail->count; i++)
        if (strlen(tail->functions[i]->name) > style->name_width)
            style->name_width = strlen(tail->functions[i]->name);
}

/* The time range, and how often the provider is asked. */
static int fill_times(struct tail *tail, const struct app *app, const struct tail_options *given,
                      struct err *err)
{
    int64_t now = clock_now(app->clock);

    log_time_read(given->since, now, &tail->since);
    if (given->until)
        log_time_read(given->until, now, &tail->until);
    if (tail->since < 0)
        tail->since = 0;
    if (given->until && tail->until <= tail->since)
        return err_set(err, ERR_USAGE, "--until %s is not after --since %s", given->until,
                       given->since);
    /* CloudWatch allows a few calls a second for an account, and shows events seconds after they
     * came; the local engine does neither. */
    tail->interval = app->provider->engine ? 200 : 750 + 250 * (int64_t)tail->count;
    tail->settle = app->provider->engine ? 0 : 35000;
    return 0;
}

/* What CloudWatch says of a pattern helps only those who know its language. */
static void explain_filter(const char *filter, struct err *err)
{
    if (!filter || !strstr(err->message, "InvalidParameterException"))
        return;
    err_context(err, "--filter '%s'", filter);
    err_append(err,
               "; a pattern is words that must all be there (ERROR timeout); others than "
               "letters, digits and _ are quoted (\"GET /x\"); ?A ?B: one of them; -A: not; of "
               "JSON lines { $.level = \"ERROR\" }; --grep takes regular expressions");
    err->code = ERR_USAGE;
}

static int follow(struct tail *tail, const struct tail_options *given, struct printer *printer,
                  struct err *err)
{
    struct log_view_options options = {.grep = given->grep,
                                       .request = given->request,
                                       .errors = given->errors,
                                       .no_report = given->no_report,
                                       .by_request = given->by_request};
    int result;

    fill_style(&options.style, printer->app, given, tail);
    printer->view = log_view_new(&options, err);
    if (!printer->view)
        return -1;
    result = tail_run(tail, err);
    log_view_finish(printer->view, &printer->text);
    flush(printer);
    if (result < 0)
        explain_filter(given->filter, err);
    log_view_free(printer->view);
    buf_release(&printer->text);
    return result;
}

static int run(struct app *app, const void *options, struct err *err)
{
    const struct tail_options *given = options;
    struct printer printer = {.app = app};
    struct tail tail = {.provider = app->provider,
                        .session = app->session,
                        .clock = app->clock,
                        .filter = given->filter,
                        .follow = !given->no_follow,
                        .live = !given->poll,
                        .show = show,
                        .flush = flush,
                        .waiting = tell_waiting,
                        .trouble = tell_trouble,
                        .refused = tell_refused,
                        .context = &printer};
    int result = -1;

    tail.functions = app_functions(app, &tail.count, err);
    if (tail.functions && fill_times(&tail, app, given, err) == 0)
        result = follow(&tail, given, &printer, err);
    free(tail.functions);
    return result;
}

#define OPTION(member, field_type, ...)                                                            \
    .offset = offsetof(struct tail_options, member), .type = field_type, __VA_ARGS__

static const struct field options[] = {
    {.name = "since",
     OPTION(since, FIELD_STRING, .fallback = "10m", .value = "TIME", .check = check_time,
            .help = "where to begin: 10m, 1h30m, 09:15, yesterday, 2026-11-20T09:15:00Z")},
    {.name = "until",
     OPTION(until, FIELD_STRING, .value = "TIME", .check = check_time, .help = "where to end")},
    {.name = "filter",
     OPTION(filter, FIELD_STRING, .value = "PATTERN",
            .help = "only events that match this CloudWatch filter pattern")},
    {.name = "grep",
     OPTION(grep, FIELD_STRING, .value = "REGEX", .check = check_grep,
            .help = "only events that match this extended regular expression")},
    {.name = "request",
     OPTION(request, FIELD_STRING, .value = "ID",
            .help = "only one request, by its id or the beginning of it")},
    {.name = "errors",
     OPTION(errors, FIELD_BOOL,
            .help = "only errors, tracebacks, timeouts and failed requests, with causes")},
    {.name = "no-report",
     OPTION(no_report, FIELD_BOOL,
            .help = "no START, END, REPORT and other lines of Lambda's own")},
    {.name = "by-request",
     OPTION(by_request, FIELD_BOOL,
            .help =
                "each request in one piece when it has ended; --errors, --grep choose requests")},
    {.name = "format",
     OPTION(format, FIELD_STRING, .fallback = "short", .value = "FORMAT", .choices = formats,
            .help = "short, long (date and stream), raw (messages alone) or json")},
    {.name = "time",
     OPTION(time, FIELD_STRING, .fallback = "local", .value = "TIME", .choices = times,
            .help = "how times are told: local, utc or relative")},
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
    "fnctl tail prod api --since 2h --errors --by-request",
    "one function: all lines of the requests that failed",
    "fnctl tail prod --since yesterday --until today --filter '\"GET /orders\"'",
    "what CloudWatch finds in the lines of a day",
    "fnctl tail --json --no-follow",
    "one object a line",
    NULL,
};

const struct command cmd_tail = {
    .name = "tail",
    .summary = "follow the logs",
    .description =
        "Prints the log events of the functions in order of time and goes on as new ones arrive,\n"
        "each exactly once. New events come over CloudWatch's Live Tail as they are written; "
        "where\n"
        "that is refused, and with --poll, they are asked for once a second. What comes late is\n"
        "shown when it comes. A log group that does not exist yet is waited for; after a break of\n"
        "the network or a sleep of the machine what was missed is fetched. Stops on Ctrl-C. On "
        "AWS\n"
        "it takes the permissions logs:FilterLogEvents and, for Live Tail, logs:StartLiveTail.\n"
        "\n"
        "The short form tells a request's figures in place of START, END and REPORT: duration, "
        "what\n"
        "is billed, memory used and its size, initialising. JSON records are shown as level, "
        "message\n"
        "and fields. Control characters in messages are made visible.\n"
        "\n"
        "With --json one object a line: {\"time\", \"function\", \"stream\", \"id\", \"message\"}, "
        "and,\n"
        "where they are known, \"request\", \"level\" and \"report\" ({\"duration\", \"billed\", "
        "\"memory\",\n"
        "\"memory_size\", \"init\", \"status\"}; ms and MB). \"id\" is null for what came over "
        "Live Tail.",
    .examples = examples,
    .arguments = arguments,
    .options = options,
    .options_size = sizeof(struct tail_options),
    .needs = NEEDS_SETTINGS | NEEDS_PROVIDER,
    .run = run,
};
