#include "cli/commands.h"
#include "core/cron.h"

/*
 * Adds when each schedule fires next, null when it never does or nobody can
 * tell: a rate counts from when it was made.
 */
static void add_next(const struct app *app, json_t *function)
{
    json_t *schedule;
    size_t i;

    json_array_foreach (json_object_get(function, "schedules"), i, schedule) {
        char text[CLOCK_RFC3339_LEN];
        struct cron cron;
        struct err ignored;
        int64_t next = -1;

        if (json_bool_at(schedule, "enabled") &&
            cron_parse_aws(json_string_at(schedule, "expression"), &cron, &ignored) == 0 &&
            cron.kind != CRON_RATE)
            next = cron_next(&cron, json_string_at(schedule, "timezone"), 0, clock_now(app->clock));
        if (next >= 0)
            clock_format_rfc3339(next, text);
        json_object_set_new(schedule, "next", next >= 0 ? json_string(text) : json_null());
    }
}

static void print_children(struct app *app, const json_t *function)
{
    struct out *out = &app->out;
    const json_t *item;
    size_t i;

    if (*json_string_at(function, "url"))
        out_print(out, "  url       %s\n", json_string_at(function, "url"));
    json_array_foreach (json_at(function, "routes"), i, item)
        out_print(out, "  route     %-24s %s\n", json_string_at(item, "route"),
                  json_string_at(item, "url"));
    json_array_foreach (json_at(function, "schedules"), i, item)
        out_print(out, "  schedule  %-24s %s %s%s%s%s\n", json_string_at(item, "name"),
                  json_string_at(item, "expression"), json_string_at(item, "timezone"),
                  json_bool_at(item, "enabled") ? "" : " (disabled)",
                  *json_string_at(item, "next") ? ", next " : "", json_string_at(item, "next"));
}

static void print_function(struct app *app, const json_t *function)
{
    struct out *out = &app->out;
    char size[OUT_SIZE_LEN];

    out_size((uint64_t)json_int_at(function, "code_size"), size);
    out_print(out, "%s%s%s  %s  version %s  %s  %lld MB  %lld s  %s  %s\n",
              out_colour(out, out->results, OUT_BOLD), json_string_at(function, "name"),
              out_colour(out, out->results, OUT_PLAIN), json_string_at(function, "state"),
              json_string_at(function, "version"), json_string_at(function, "runtime"),
              (long long)json_int_at(function, "memory"),
              (long long)json_int_at(function, "timeout"), size,
              json_string_at(function, "modified"));
    print_children(app, function);
}

static int run(struct app *app, const void *options, struct err *err)
{
    json_t *status = NULL;
    json_t *function;
    size_t i;

    (void)options;
    if (app->provider->status(app->session, &status, err) < 0)
        return -1;
    json_object_set_new(status, "stage", json_string(app->settings.stage));
    json_array_foreach (json_at(status, "functions"), i, function)
        add_next(app, function);
    if (app->out.json)
        out_json(&app->out, status, false);
    else if (!json_array_size(json_at(status, "functions")))
        out_step(&app->out, "nothing is deployed to stage '%s'", app->settings.stage);
    if (!app->out.json) {
        json_array_foreach (json_at(status, "functions"), i, function)
            print_function(app, function);
        if (*json_string_at(status, "api"))
            out_print(&app->out, "api  %s\n", json_string_at(status, "api"));
    }
    json_decref(status);
    return 0;
}

static const struct command_argument arguments[] = {STAGE_ARGUMENT, {.name = NULL}};

static const char *const examples[] = {"fnctl status", "what is deployed to the default stage",
                                       "fnctl status prod --json", "for a script", NULL};

const struct command cmd_status = {
    .name = "status",
    .summary = "show what is deployed",
    .description =
        "Prints the deployed functions with their live version, URLs, routes and\n"
        "schedules (a cron or one-time schedule with its next run, in UTC), as the\n"
        "provider has them.\n"
        "\n"
        "With --json: {\"stage\", \"api\": URL or null, \"functions\": [{\"name\", \"state\",\n"
        "\"version\", ..., \"url\", \"routes\": [{\"route\", \"url\"}], \"schedules\": "
        "[{\"name\",\n"
        "\"expression\", \"timezone\", \"enabled\", \"next\"}]}]}.",
    .examples = examples,
    .arguments = arguments,
    .needs = NEEDS_SETTINGS | NEEDS_PROVIDER,
    .run = run,
};
