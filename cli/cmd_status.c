#include "cli/commands.h"

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
        out_print(out, "  schedule  %-24s %s %s%s\n", json_string_at(item, "name"),
                  json_string_at(item, "expression"), json_string_at(item, "timezone"),
                  json_bool_at(item, "enabled") ? "" : " (disabled)");
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
    const json_t *function;
    size_t i;

    (void)options;
    if (app->provider->status(app->session, &status, err) < 0)
        return -1;
    json_object_set_new(status, "stage", json_string(app->settings.stage));
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
    .description = "Prints the deployed functions with their live version, URLs, routes and\n"
                   "schedules, as the provider has them.",
    .examples = examples,
    .arguments = arguments,
    .needs = NEEDS_SETTINGS | NEEDS_PROVIDER,
    .run = run,
};
