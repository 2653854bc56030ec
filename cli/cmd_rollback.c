#include "cli/commands.h"
#include "cli/deploy.h"

#include <stdlib.h>
#include <string.h>

struct rollback_options {
    const char *to;
};

static void print_result(struct app *app, const struct changes *changes)
{
    if (app->out.json) {
        json_t *document =
            json_pack("{s:s, s:o}", "stage", app->settings.stage, "changes", changes_json(changes));

        out_json(&app->out, document, false);
        json_decref(document);
        return;
    }
    for (size_t i = 0; i < changes->count; i++) {
        const struct change_field *field = &changes->items[i]->fields[0];

        out_step(&app->out, "%s is at version %s again, no longer at %s", changes->items[i]->name,
                 field->after, field->before);
    }
}

static int roll_back(struct app *app, const struct shift *shift, struct err *err)
{
    struct changes changes;
    int result = -1;

    changes_init(&changes, true);
    changes.listener = deploy_show_progress;
    changes.context = app;
    if (app->provider->observe(app->session, OBSERVE_FUNCTIONS, err) == 0 &&
        app->provider->shift(app->session, shift, &changes, err) == 0) {
        print_result(app, &changes);
        result = 0;
    }
    changes_release(&changes);
    return result;
}

static int run(struct app *app, const void *options, struct err *err)
{
    const struct rollback_options *rollback = options;
    struct shift shift = {.version = rollback->to, .chosen = app->arguments.count > 0};
    const struct function **functions = app_functions(app, &shift.count, err);
    int result = -1;

    shift.functions = functions;
    if (functions && rollback->to && shift.count != 1)
        err_set(err, ERR_USAGE,
                "--to is a version of one function; name that function: each has versions of its "
                "own");
    else if (functions && app_lock(app, err) == 0)
        result = roll_back(app, &shift, err);
    free(functions);
    return result;
}

static const struct field options[] = {
    {.name = "to",
     .type = FIELD_STRING,
     .value = "VERSION",
     .offset = offsetof(struct rollback_options, to),
     .help = "this version of the function, instead of the one that was live before"},
    FIELD_END,
};

static const struct command_argument arguments[] = {
    STAGE_ARGUMENT,
    {.name = "FUNCTION",
     .help = "functions to take back; by default those that the last deploy moved",
     .optional = true,
     .repeated = true},
    {.name = NULL},
};

static const char *const examples[] = {
    "fnctl rollback prod",
    "undo the last deploy",
    "fnctl rollback prod api --to 12",
    "one function, to a version of 'fnctl versions'",
    NULL,
};

const struct command cmd_rollback = {
    .name = "rollback",
    .summary = "go back to the versions that were live before",
    .description =
        "Moves the live alias of functions back to an immutable version, code and configuration\n"
        "together. Nothing is built, uploaded or published, and nothing else is touched: roles,\n"
        "routes and schedules stay as they are.\n"
        "\n"
        "Without names the last deploy is undone: the functions that it moved go back, those\n"
        "that it left alone stay. Once more undoes the deploy before. When one cannot be moved,\n"
        "none is. What was live before stands in the alias's description.\n"
        "\n"
        "A deploy goes forward again, to the version that was left when nothing changed since.\n"
        "\n"
        "With --json: {\"stage\", \"changes\"}, as of 'fnctl deploy'.",
    .examples = examples,
    .arguments = arguments,
    .options = options,
    .options_size = sizeof(struct rollback_options),
    .needs = NEEDS_SETTINGS | NEEDS_PROVIDER,
    .run = run,
};
