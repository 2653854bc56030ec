#include "cli/commands.h"
#include "cli/move.h"

#include <stdlib.h>

struct rollback_options {
    const char *to;
};

static int run(struct app *app, const void *options, struct err *err)
{
    const struct rollback_options *rollback = options;
    struct shift shift = {
        .kind = SHIFT_BACK, .version = rollback->to, .chosen = app->arguments.count > 0};
    const struct function **functions = app_functions(app, &shift.count, err);
    int result = -1;

    shift.functions = functions;
    if (functions && rollback->to && shift.count != 1)
        err_set(err, ERR_USAGE,
                "--to is a version of one function; name that function: each has versions of its "
                "own");
    else if (functions)
        result = move_aliases(app, &shift, err);
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
