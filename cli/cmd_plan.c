#include "cli/commands.h"
#include "cli/deploy.h"

#include <stdlib.h>

struct plan_options {
    bool exit_code;
    int64_t level;
};

static void print_field(struct out *out, const struct change_field *field)
{
    if (!field->before)
        out_print(out, "    %s: %s\n", field->name, field->after ? field->after : "");
    else if (!field->after)
        out_print(out, "    %s: %s -> (removed)\n", field->name, field->before);
    else
        out_print(out, "    %s: %s -> %s\n", field->name, field->before, field->after);
}

static void print_change(struct out *out, const struct change *change)
{
    static const char signs[] = {'+', '~', '-'};
    static const enum out_colour colours[] = {OUT_GREEN, OUT_YELLOW, OUT_RED};

    out_print(out, "%s%c%s %s %s\n", out_colour(out, out->results, colours[change->kind]),
              signs[change->kind], out_colour(out, out->results, OUT_PLAIN), change->resource,
              change->name);
    for (size_t i = 0; i < change->field_count; i++)
        print_field(out, &change->fields[i]);
}

static void print_plan(struct app *app, const struct changes *changes)
{
    if (app->out.json) {
        json_t *document =
            json_pack("{s:s, s:o}", "stage", app->settings.stage, "changes", changes_json(changes));

        out_json(&app->out, document, false);
        json_decref(document);
        return;
    }
    for (size_t i = 0; i < changes->count; i++)
        print_change(&app->out, changes->items[i]);
    if (!changes->count)
        out_step(&app->out, "nothing to change: stage '%s' is as the settings say",
                 app->settings.stage);
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
        print_plan(app, &changes);
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
    .description = "Packages the functions, reads the remote side and prints the differences: '+' "
                   "is created,\n"
                   "'~' is changed (with old and new values), '-' is removed. Changes nothing.\n"
                   "\n"
                   "With --json: {\"stage\", \"changes\"}, as of 'fnctl deploy'.",
    .examples = examples,
    .arguments = arguments,
    .options = options,
    .options_size = sizeof(struct plan_options),
    .needs = NEEDS_SETTINGS | NEEDS_PROVIDER,
    .run = run,
};
