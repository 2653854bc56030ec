#include "cli/commands.h"
#include "cli/deploy.h"
#include "cli/github.h"
#include "cli/plan_print.h"

#include <stdlib.h>

struct plan_options {
    bool exit_code;
    int64_t level;
};

static void print_json(struct app *app, const struct deploy *deploy)
{
    json_t *document = json_pack("{s:s, s:o, s:O}", "stage", app->settings.stage, "changes",
                                 changes_json(deploy->changes), "packages", deploy->sizes);
    json_t *left = json_array();

    for (size_t i = 0; i < deploy->changes->left.count; i++)
        json_array_append_new(left, json_string(deploy->changes->left.items[i]));
    json_object_set_new(document, "left_alone", left);

    out_json(&app->out, document, false);
    json_decref(document);
}

static void print_plan(struct app *app, const struct deploy *deploy)
{
    static const char *const words[] = {"to create", "to change", "to remove"};
    const char *stage = app->settings.stage;
    char *summary = plan_summary(deploy->changes, words);

    if (app->out.json)
        print_json(app, deploy);
    else
        plan_print(&app->out, deploy->changes);
    for (size_t i = 0; i < deploy->changes->left.count; i++)
        out_step(&app->out, "left alone: %s", deploy->changes->left.items[i]);
    if (*summary)
        out_step(&app->out, "stage '%s': %s", stage, summary);
    else
        out_step(&app->out, "nothing to change: stage '%s' is as the settings say", stage);
    free(summary);
}

static int run(struct app *app, const void *options, struct err *err)
{
    const struct plan_options *plan = options;
    struct deploy deploy = {.app = app, .scope = DEPLOY_ALL, .level = (int)plan->level};
    struct changes changes;
    int result = -1;

    changes_init(&changes, false);
    deploy.changes = &changes;
    deploy.functions = app_functions(app, &deploy.count, err);
    if (deploy.functions && deploy_run(&deploy, err) == 0) {
        github_report(app, &deploy, false);
        print_plan(app, &deploy);
        result = 0;
        if (plan->exit_code && changes.count)
            result = err_set(err, ERR_CHANGES, "changes are pending");
    }
    json_decref(deploy.sizes);
    free(deploy.functions);
    changes_release(&changes);
    return result;
}

static const struct field options[] = {
    {.name = "exit-code",
     .type = FIELD_BOOL,
     .offset = offsetof(struct plan_options, exit_code),
     .help = "exit with 7 when there are changes"},
    COMPRESSION_OPTION(struct plan_options, level),
    FIELD_END,
};

static const struct command_argument arguments[] = {
    STAGE_ARGUMENT,
    {.name = NULL},
};

static const char *const examples[] = {
    "fnctl plan",
    "what deploy would change",
    "fnctl plan prod --exit-code",
    "7 when there is something to deploy",
    NULL,
};

const struct command cmd_plan = {
    .name = "plan",
    .summary = "show what deploy would change",
    .description =
        "Packages the functions, reads the remote side and prints the differences: '+' "
        "is created,\n"
        "'~' is changed (with old and new values), '-' is removed. Changes nothing.\n"
        "\n"
        "Secrets are shown as ******: values of variables whose name tells of a key, a\n"
        "token, a secret or a password, and passwords in addresses.\n"
        "\n"
        "With --json: {\"stage\", \"changes\", \"packages\"}, as of 'fnctl deploy', and\n"
        "\"left_alone\": what others made there and stays as it is.",
    .examples = examples,
    .arguments = arguments,
    .options = options,
    .options_size = sizeof(struct plan_options),
    .needs = NEEDS_SETTINGS | NEEDS_PROVIDER | NEEDS_VALUES,
    .run = run,
};
