#include "cli/commands.h"
#include "cli/graph.h"
#include "cli/log_time.h"
#include "cli/screen.h"
#include "cli/status_view.h"
#include "core/cron.h"
#include "core/interrupt.h"
#include "core/memory.h"
#include "core/zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RUNS = 3, STEPS_MAX = 400 };

struct status_options {
    const char *since;
    bool graph, watch;
    int64_t interval; /* s */
};

/* "2026-11-21T09:00:00+01:00": as the clocks of the zone show it. */
static json_t *local_time(const struct zone *zone, int64_t time)
{
    int64_t offset = zone_offset(zone, time / 1000), minutes = (offset < 0 ? -offset : offset) / 60;
    time_t shown = (time_t)(time / 1000 + offset);
    struct tm fields;
    char text[24];

    gmtime_r(&shown, &fields);
    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &fields);
    if (offset == 0)
        return json_sprintf("%sZ", text);
    return json_sprintf("%s%c%02d:%02d", text, offset < 0 ? '-' : '+', (int)(minutes / 60),
                        (int)(minutes % 60));
}

/* When the schedule fires next, up to three times; nobody can tell of a rate, which counts from
 * when it was made. */
static json_t *next_runs(const struct app *app, const json_t *schedule, int64_t *first)
{
    const char *name = json_string_at(schedule, "timezone");
    json_t *runs = json_array();
    struct zone *zone = zone_open(name);
    int64_t next = clock_now(app->clock);
    struct cron cron;
    struct err ignored;

    *first = -1;
    if (!zone || !json_bool_at(schedule, "enabled") ||
        cron_parse_aws(json_string_at(schedule, "expression"), &cron, &ignored) < 0 ||
        cron.kind == CRON_RATE)
        next = -1;
    for (int i = 0; i < RUNS && next >= 0; i++) {
        next = cron_next(&cron, name, 0, next);
        if (next >= 0)
            json_array_append_new(runs, local_time(zone, next));
        *first = i == 0 ? next : *first;
    }
    zone_free(zone);
    return runs;
}

static void add_runs(const struct app *app, json_t *function)
{
    json_t *schedule;
    size_t i;

    json_array_foreach (json_object_get(function, "schedules"), i, schedule) {
        char text[CLOCK_RFC3339_LEN];
        int64_t next;
        json_t *runs = next_runs(app, schedule, &next);

        if (next >= 0)
            clock_format_rfc3339(next, text);
        json_object_set_new(schedule, "next", next >= 0 ? json_string(text) : json_null());
        json_object_set_new(schedule, "runs", runs);
    }
}

/* Figures are worth having, but what is deployed is told without them too. */
static int add_metrics(struct app *app, const struct status_options *options, json_t *status,
                       struct err *err)
{
    int columns = screen_columns(&app->out) - STATUS_VIEW_MARGIN;
    struct metrics_query query = {.until = clock_now(app->clock)};
    json_t *metrics, *function;
    size_t i;

    log_time_read(options->since, query.until, &query.since);
    if (options->graph)
        query.steps = columns < 10 ? 10 : columns > STEPS_MAX ? STEPS_MAX : columns;
    if (!json_array_size(json_at(status, "functions")))
        return 0;
    if (app->provider->metrics(app->session, &query, &metrics, err) < 0) {
        if (err->code == ERR_INTERRUPTED)
            return -1;
        out_warn(&app->out, "without figures: %s", err->message);
        err_clear(err);
        return 0;
    }
    json_array_foreach (json_at(status, "functions"), i, function) {
        json_t *figures = json_object_get(json_object_get(metrics, "functions"),
                                          json_string_at(function, "name"));

        if (figures)
            json_object_set(function, "metrics", figures);
    }
    json_object_del(metrics, "functions");
    json_object_set_new(status, "window", metrics);
    return 0;
}

static int gather(struct app *app, const struct status_options *options, json_t **status,
                  struct err *err)
{
    json_t *function;
    size_t i;

    if (app->provider->status(app->session, status, err) < 0)
        return -1;
    json_object_set_new(*status, "stage", json_string(app->settings.stage));
    json_array_foreach (json_at(*status, "functions"), i, function)
        add_runs(app, function);
    return add_metrics(app, options, *status, err);
}

static char *render(struct app *app, const struct status_options *options, const json_t *status)
{
    char *window = xasprintf("last %s", options->since);
    struct status_view view = {.out = &app->out,
                               .window = window,
                               .pretended = app->provider->engine != NULL,
                               .graph = options->graph,
                               .utf8 = graph_has_utf8()};
    struct buf text;

    buf_init(&text, 0);
    if (options->watch) {
        char now[CLOCK_RFC3339_LEN];

        clock_format_rfc3339(clock_now(app->clock), now);
        buf_printf(&text, "stage '%s' at %.19sZ, again every %lld s\n\n", app->settings.stage, now,
                   (long long)options->interval);
    }
    status_view_print(&text, &view, status);
    if (!json_array_size(json_at(status, "functions")))
        buf_printf(&text, "nothing is deployed to stage '%s'\n", app->settings.stage);
    free(window);
    return buf_take(&text);
}

static int print(struct app *app, const struct status_options *options, struct err *err)
{
    json_t *status = NULL;
    int result = gather(app, options, &status, err);

    if (result == 0 && app->out.json) {
        out_json(&app->out, status, false);
    } else if (result == 0 && !json_array_size(json_at(status, "functions"))) {
        out_step(&app->out, "nothing is deployed to stage '%s'", app->settings.stage);
    } else if (result == 0) {
        char *text = render(app, options, status);

        out_print(&app->out, "%s", text);
        free(text);
    }
    json_decref(status);
    return result;
}

/* A session remembers what it saw: each look takes a new one. */
static int look_again(struct app *app, struct err *err)
{
    if (app->session)
        app->provider->close(app->session);
    app->session = NULL;
    return app_open_provider(app, err);
}

/* One drawing. What may pass, as trouble with the network, is told and tried again. */
static int draw(struct app *app, const struct status_options *options, struct screen *screen,
                struct err *err)
{
    json_t *status = NULL;
    char *text;

    if (gather(app, options, &status, err) < 0) {
        json_decref(status);
        if (!screen->shown || err->code != ERR_SERVICE)
            return -1;
        text = xasprintf("%s; trying again\n", err->message);
        err_clear(err);
    } else if (app->out.json) {
        out_json(&app->out, status, true);
        json_decref(status);
        return 0;
    } else {
        text = render(app, options, status);
        json_decref(status);
    }
    screen_show(screen, text);
    free(text);
    return 0;
}

static int watch(struct app *app, const struct status_options *options, struct err *err)
{
    struct screen screen;
    int result = 0;

    screen_init(&screen, &app->out);
    while (result == 0 && !out_broken(&app->out)) {
        result = draw(app, options, &screen, err);
        if (result == 0 && clock_sleep(app->clock, options->interval * 1000) < 0)
            result = interrupt_check(err);
        if (result == 0)
            result = look_again(app, err);
    }
    screen_release(&screen);
    return result;
}

static int run(struct app *app, const void *options, struct err *err)
{
    const struct status_options *given = options;

    return given->watch ? watch(app, given, err) : print(app, given, err);
}

/* A window of figures begins before now. */
static int check_since(const void *member, struct err *err)
{
    const char *text = *(const char *const *)member;
    int64_t now = clock_now(clock_system()), time;

    if (log_time_read(text, now, &time) < 0)
        return err_set(err, ERR_USAGE, "must be " LOG_TIME_FORMS ", not '%s'", text);
    if (time > now - 60000 || time < now - (int64_t)455 * 24 * 3600 * 1000)
        return err_set(err, ERR_USAGE,
                       "must be from a minute to 455 days ago, as CloudWatch keeps figures, not "
                       "'%s'",
                       text);
    return 0;
}

#define OPTION(member, field_type, ...)                                                            \
    .offset = offsetof(struct status_options, member), .type = field_type, __VA_ARGS__

static const struct field options[] = {
    {.name = "since",
     OPTION(since, FIELD_STRING, .fallback = "24h", .value = "TIME", .check = check_since,
            .help = "from when on figures are told: 24h, 7d, yesterday, 2026-11-20")},
    {.name = "graph",
     OPTION(graph, FIELD_BOOL, .letter = 'g',
            .help = "draw calls, errors and durations over that time")},
    {.name = "watch",
     OPTION(watch, FIELD_BOOL, .letter = 'w', .help = "show it again and again, until Ctrl-C")},
    {.name = "interval",
     OPTION(interval, FIELD_INT, .fallback = "10", .value = "SECONDS", .min = 1, .max = 86400,
            .help = "how often --watch looks; on AWS each look sends requests")},
    FIELD_END,
};

static const struct command_argument arguments[] = {STAGE_ARGUMENT, {.name = NULL}};

static const char *const examples[] = {
    "fnctl status",
    "what is deployed to the default stage, and how it did",
    "fnctl status prod --graph --since 7d",
    "with the course of a week",
    "fnctl status prod --watch --interval 30",
    "twice a minute",
    "fnctl status prod --json",
    "for a script",
    NULL,
};

const struct command cmd_status = {
    .name = "status",
    .summary = "show what is deployed and how it does",
    .description =
        "Prints the deployed functions as the provider has them: the live version and what share\n"
        "of the calls another one takes, URLs, routes, schedules with their next three runs in\n"
        "their own time zone, the state of queues and streams that trigger them; and from "
        "CloudWatch what they did: invocations, errors, throttles,\n"
        "how long half of the calls and 99 % of them took at most, and an estimate of the cost.\n"
        "\n"
        "The cost is what Lambda takes for the requests and for their duration with the memory of\n"
        "now, at the list prices of us-east-1 of early 2026, without free tier, initialisation,\n"
        "API, logs and transfer. On AWS the figures take the permission cloudwatch:GetMetricData\n"
        "and are some minutes late; without it the rest is shown.\n"
        "\n"
        "With --json: {\"stage\", \"api\": URL or null, \"functions\": [{\"name\", \"state\",\n"
        "\"version\", \"weights\", ..., \"url\", \"routes\": [{\"route\", \"url\"}], "
        "\"schedules\": "
        "[{\"name\",\n"
        "\"expression\", \"timezone\", \"enabled\", \"next\", \"runs\"}], \"triggers\": "
        "[{\"source\",\n"
        "\"state\", \"result\"}], \"metrics\": "
        "{\"invocations\", \"errors\",\n"
        "\"throttles\", \"p50\", \"p99\", \"duration\", \"cost\", \"series\"}}], \"window\": "
        "{\"since\", \"until\",\n"
        "\"step\"}}; durations and times in ms, \"series\" with --graph. With --watch one object "
        "a\n"
        "line.",
    .examples = examples,
    .arguments = arguments,
    .options = options,
    .options_size = sizeof(struct status_options),
    .needs = NEEDS_SETTINGS | NEEDS_PROVIDER,
    .run = run,
};
