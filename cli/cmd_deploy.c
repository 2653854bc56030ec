#include "cli/commands.h"
#include "cli/deploy.h"
#include "cli/github.h"
#include "cli/plan_print.h"

#include <stdlib.h>

struct deploy_options {
    int64_t level;
    int64_t weight;
};

static json_t *describe_result(const struct deploy *deploy)
{
    json_t *document = deploy_endpoints(deploy->app);

    json_object_set_new(document, "stage", json_string(deploy->app->settings.stage));
    json_object_set_new(document, "changes", changes_json(deploy->changes));
    json_object_set(document, "packages", deploy->sizes);
    return document;
}

/* "stage 'dev' is deployed: 3 created, 1 updated (0.8 s)" */
static void tell_changes(struct app *app, const struct changes *changes, int64_t elapsed)
{
    static const char *const words[] = {"created", "updated", "removed"};
    const char *stage = app->settings.stage;
    char *summary = plan_summary(changes, words);

    if (!*summary)
        out_step(&app->out, "nothing to change: stage '%s' is as the settings say", stage);
    else if (elapsed < 1000)
        out_step(&app->out, "stage '%s' is deployed: %s (%lld ms)", stage, summary,
                 (long long)elapsed);
    else
        out_step(&app->out, "stage '%s' is deployed: %s (%lld.%lld s)", stage, summary,
                 (long long)elapsed / 1000, (long long)elapsed / 100 % 10);
    free(summary);
}

static void print_result(const struct deploy *deploy, int64_t elapsed)
{
    struct app *app = deploy->app;

    if (app->out.json) {
        json_t *document = describe_result(deploy);

        out_json(&app->out, document, false);
        json_decref(document);
        return;
    }
    tell_changes(app, deploy->changes, elapsed);
    deploy_print_endpoints(app);
}

static int run_deploy(struct app *app, const struct deploy_options *options,
                      enum deploy_scope scope, struct err *err)
{
    struct deploy deploy = {
        .app = app, .scope = scope, .level = (int)options->level, .weight = options->weight};
    struct changes changes;
    int64_t started = clock_monotonic(app->clock);
    int result = -1;

    changes_init(&changes, true);
    changes.listener = deploy_show_progress;
    changes.context = app;
    deploy.changes = &changes;
    deploy.functions = app_functions(app, &deploy.count, err);
    if (deploy.functions && deploy_run(&deploy, err) == 0) {
        github_report(app, &deploy, true);
        print_result(&deploy, clock_monotonic(app->clock) - started);
        result = 0;
    }
    json_decref(deploy.sizes);
    free(deploy.functions);
    changes_release(&changes);
    return result;
}

static int run_all(struct app *app, const void *options, struct err *err)
{
    return run_deploy(app, options, DEPLOY_ALL, err);
}

static int run_update(struct app *app, const void *options, struct err *err)
{
    return run_deploy(app, options, DEPLOY_UPDATE, err);
}

static const struct field options[] = {
    COMPRESSION_OPTION(struct deploy_options, level),
    {.name = "weight",
     .type = FIELD_INT,
     .value = "PERCENT",
     .min = 1,
     .max = 99,
     .offset = offsetof(struct deploy_options, weight),
     .help = "give new versions this part of the calls only; 'fnctl release' goes on"},
    FIELD_END,
};

static const struct command_argument deploy_arguments[] = {
    STAGE_ARGUMENT,
    {.name = NULL},
};

static const struct command_argument update_arguments[] = {
    STAGE_ARGUMENT,
    {.name = "FUNCTION",
     .help = "functions to update; all by default",
     .optional = true,
     .repeated = true},
    {.name = NULL},
};

static const char *const deploy_examples[] = {
    "fnctl deploy",
    "deploy the only stage, or the default one",
    "fnctl deploy prod --json",
    "for a pipeline",
    "fnctl deploy prod --weight 10",
    "new versions get 10 % of the calls, until 'fnctl release prod --promote' or --abort",
    NULL,
};

static const char *const update_examples[] = {
    "fnctl update",
    "every function of the default stage",
    "fnctl update prod api",
    "one function of stage prod",
    NULL,
};

const struct command cmd_deploy = {
    .name = "deploy",
    .summary = "make the remote side equal to the settings",
    .description =
        "Packages the functions and creates or updates what the settings name: roles, log\n"
        "groups, layers, functions, versions, URLs, routes, schedules. Touches only what\n"
        "differs; what the settings no longer name is removed, but for its logs. Run twice in a\n"
        "row, the second changes nothing.\n"
        "\n"
        "A function with a smoke test becomes live only when its new version passes; each\n"
        "function is judged by itself. A version that failed is tried again by the next deploy.\n"
        "\n"
        "The URLs go to standard output. A failure half-way leaves the previous version serving;\n"
        "running it again finishes the work.\n"
        "\n"
        "With --json: {\"stage\", \"api\": URL or null, \"urls\": {FUNCTION: URL}, \"changes\": "
        "[{\"action\",\n"
        "\"resource\", \"name\", \"fields\": [{\"name\", \"before\", \"after\"}]}], \"packages\": "
        "{FUNCTION:\n"
        "as of 'fnctl check'}}.",
    .examples = deploy_examples,
    .arguments = deploy_arguments,
    .options = options,
    .options_size = sizeof(struct deploy_options),
    .needs = NEEDS_SETTINGS | NEEDS_PROVIDER | NEEDS_VALUES,
    .run = run_all,
};

const struct command cmd_update = {
    .name = "update",
    .summary = "update code and configuration of functions that are deployed",
    .description =
        "The fast path: only code and configuration of functions that exist, each published as a\n"
        "new version. Uploads only what changed. Routes, schedules, roles, URLs and tags are\n"
        "left to 'fnctl deploy', which must have run before.\n"
        "\n"
        "With --json: the document of 'fnctl deploy'.",
    .examples = update_examples,
    .arguments = update_arguments,
    .options = options,
    .options_size = sizeof(struct deploy_options),
    .needs = NEEDS_SETTINGS | NEEDS_PROVIDER | NEEDS_VALUES,
    .run = run_update,
};
