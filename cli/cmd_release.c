#include "cli/commands.h"
#include "cli/move.h"

#include <stdlib.h>

struct release_options {
    int64_t weight;
    bool promote, abort;
};

static int choose(const struct release_options *options, struct shift *shift, struct err *err)
{
    if ((options->weight != 0) + options->promote + options->abort != 1)
        return err_set(err, ERR_USAGE, "say one of --weight PERCENT, --promote and --abort");
    shift->weight = options->weight;
    shift->kind = options->promote ? SHIFT_PROMOTE : options->abort ? SHIFT_ABORT : SHIFT_WEIGHT;
    return 0;
}

static int run(struct app *app, const void *options, struct err *err)
{
    struct shift shift = {.chosen = app->arguments.count > 0};
    const struct function **functions;
    int result = -1;

    if (choose(options, &shift, err) < 0)
        return -1;
    functions = app_functions(app, &shift.count, err);
    shift.functions = functions;
    if (functions)
        result = move_aliases(app, &shift, err);
    free(functions);
    return result;
}

#define OPTION(member, field_type, ...)                                                            \
    .offset = offsetof(struct release_options, member), .type = field_type, __VA_ARGS__

static const struct field options[] = {
    {.name = "weight",
     OPTION(weight, FIELD_INT, .value = "PERCENT", .min = 1, .max = 99,
            .help = "give the new version this part of the calls")},
    {.name = "promote", OPTION(promote, FIELD_BOOL, .help = "give the new version all calls")},
    {.name = "abort", OPTION(abort, FIELD_BOOL, .help = "give it none; the old one has them all")},
    FIELD_END,
};

static const struct command_argument arguments[] = {
    STAGE_ARGUMENT,
    {.name = "FUNCTION",
     .help = "functions to go on with; by default all that have a new version with a part of the "
             "calls",
     .optional = true,
     .repeated = true},
    {.name = NULL},
};

static const char *const examples[] = {
    "fnctl deploy prod --weight 10",
    "publish; 10 % of the calls go to the new versions",
    "fnctl release prod --weight 50",
    "half of them",
    "fnctl release prod --promote",
    "all of them; --abort instead: none",
    NULL,
};

const struct command cmd_release = {
    .name = "release",
    .summary = "give a new version more of the calls, all, or none",
    .description =
        "'fnctl deploy --weight PERCENT' (or update) publishes new versions and gives them a part\n"
        "of the calls, chosen at random by call; URLs, routes, schedules and triggers all go\n"
        "through it. This goes on with it: another part, all calls, or none. When one function\n"
        "cannot be moved, none is.\n"
        "\n"
        "'fnctl status' and 'fnctl versions' show the parts. Meanwhile a deploy that would change\n"
        "such a function is refused, but for one with --weight, whose version takes the place of\n"
        "the other. After --abort the settings still say what was aborted: the next deploy makes\n"
        "it live.\n"
        "\n"
        "With --json: {\"stage\", \"changes\"}, as of 'fnctl deploy'.",
    .examples = examples,
    .arguments = arguments,
    .options = options,
    .options_size = sizeof(struct release_options),
    .needs = NEEDS_SETTINGS | NEEDS_PROVIDER,
    .run = run,
};
