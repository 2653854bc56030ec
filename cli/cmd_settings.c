#include "cli/commands.h"

struct settings_options {
    bool resolved;
};

static int run(struct app *app, const void *options, struct err *err)
{
    const struct settings_options *settings = options;
    json_t *document;

    if (!settings->resolved) {
        document = json_pack("{s:s, s:s, s:s, s:s, s:i}", "file", app->settings.file, "project",
                             app->settings.project, "stage", app->settings.stage, "provider",
                             app->settings.provider, "functions",
                             (int)settings_function_count(&app->settings));
        if (app->out.json)
            out_json(&app->out, document, false);
        else
            out_print(&app->out, "%s: project %s, stage %s on %s, %zu functions\n",
                      app->settings.file, app->settings.project, app->settings.stage,
                      app->settings.provider, settings_function_count(&app->settings));
    } else {
        document = settings_render(&app->settings);
        out_json(&app->out, document, false);
    }
    json_decref(document);
    (void)err;
    return 0;
}

static const struct field options[] = {
    {.name = "resolved",
     .type = FIELD_BOOL,
     .offset = offsetof(struct settings_options, resolved),
     .help = "print them merged for the stage, with variables replaced and secrets masked"},
    FIELD_END,
};

static const struct command_argument arguments[] = {STAGE_ARGUMENT, {.name = NULL}};

static const char *const examples[] = {"fnctl settings --resolved", "what deploy would work with",
                                       NULL};

const struct command cmd_settings = {
    .name = "settings",
    .summary = "show which settings apply",
    .description =
        "Prints the settings file that was found, and the stage chosen; with --resolved\n"
        "the settings as deploy sees them.\n"
        "\n"
        "With --json: {\"file\", \"project\", \"stage\", \"provider\", \"functions\": COUNT};\n"
        "--resolved is JSON anyway.",
    .examples = examples,
    .arguments = arguments,
    .options = options,
    .options_size = sizeof(struct settings_options),
    .needs = NEEDS_SETTINGS,
    .run = run,
};
