#include "cli/commands.h"
#include "core/settings.h"

static int run(struct app *app, const void *options, struct err *err)
{
    json_t *schema = schema_json(settings_fields);

    (void)options;
    (void)err;
    out_json(&app->out, schema, false);
    json_decref(schema);
    return 0;
}

static const char *const examples[] = {"fnctl schema > fnctl.schema.json",
                                       "so that an editor completes and checks fnctl.json", NULL};

const struct command cmd_schema = {
    .name = "schema",
    .summary = "print the JSON Schema of the settings file",
    .description =
        "Prints the JSON Schema (draft 2020-12) of fnctl.json, made from the same table\n"
        "that validates it.",
    .examples = examples,
    .needs = NEEDS_NOTHING,
    .run = run,
};
