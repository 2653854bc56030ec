#include "cli/commands.h"
#include "cli/sizes.h"
#include "core/file.h"
#include "packager/package.h"

#include <stdlib.h>

struct check_options {
    bool remote;
    int64_t level;
};

/* Packages into a folder that is thrown away: nothing of the project is touched. */
static int check_packages(struct app *app, int level, json_t *functions, struct err *err)
{
    char *folder = file_temporary_folder("fnctl-check", err);
    struct package_options options = {
        .out = &app->out, .folder = folder, .level = level, .apart = true};
    struct err ignored = {0};
    int result = folder ? 0 : -1;

    for (size_t i = 0; result == 0 && i < settings_function_count(&app->settings); i++) {
        const struct function *function = settings_function_at(&app->settings, i);
        struct package package = {0};

        result = package_build(&app->settings, function, &options, &package, NULL, err);
        if (result == 0) {
            json_object_set_new(functions, function->name, sizes_json(&package));
            sizes_tell(&app->out, !app->out.json, function->name, &package);
        }
        package_release(&package);
    }
    if (folder)
        file_remove(folder, &ignored);
    free(folder);
    return result;
}

static int check_remote(struct app *app, json_t *document, struct err *err)
{
    struct identity identity = {0};
    int result = -1;

    if (app_open_provider(app, err) == 0 &&
        app->provider->identify(app->session, &identity, err) == 0 && app_resolve(app, err) == 0) {
        json_object_set_new(document, "identity",
                            json_pack("{s:s, s:s, s:s}", "account", identity.account, "principal",
                                      identity.principal, "region", identity.region));
        if (!app->out.json)
            out_print(&app->out, "credentials: %s, account %s, region %s\n", identity.principal,
                      identity.account, identity.region);
        result = 0;
    }
    identity_release(&identity);
    return result;
}

/* The chosen stage: its packages, and with --remote its credentials. */
static int check_stage(struct app *app, const struct check_options *options, json_t *document,
                       struct err *err)
{
    if (!app->settings_open) {
        if (options->remote)
            return err_set(err, ERR_USAGE, "--remote needs a stage: 'fnctl check STAGE --remote'");
        out_step(&app->out, "packages were not tried: name a stage, as in 'fnctl check STAGE'");
        return 0;
    }
    json_object_set_new(document, "stage", json_string(app->settings.stage));
    if (check_packages(app, (int)options->level, json_object_get(document, "functions"), err) < 0)
        return -1;
    return options->remote ? check_remote(app, document, err) : 0;
}

static int run(struct app *app, const void *options, struct err *err)
{
    struct settings_context context = {.file = app->common.settings, .region = app->common.region};
    json_t *document = json_pack("{s:n, s:{}}", "stage", "functions");
    int result = -1;

    if ((!app->stage && settings_check_stages(&context, err) < 0) ||
        check_stage(app, options, document, err) < 0)
        goto out;
    if (app->out.json)
        out_json(&app->out, document, false);
    else
        out_step(&app->out, "the settings are fine");
    result = 0;
out:
    json_decref(document);
    return result;
}

static const struct field options[] = {
    {.name = "remote",
     .type = FIELD_BOOL,
     .offset = offsetof(struct check_options, remote),
     .help = "also try the credentials, and what AWS is asked for by the settings"},
    COMPRESSION_OPTION(struct check_options, level),
    FIELD_END,
};

static const struct command_argument arguments[] = {STAGE_ARGUMENT, {.name = NULL}};

static const char *const examples[] = {
    "fnctl check",
    "settings of every stage, packages of the default one",
    "fnctl check prod --remote",
    "and the credentials for prod",
    NULL,
};

const struct command cmd_check = {
    .name = "check",
    .summary = "validate the settings and try the packaging",
    .description =
        "Validates the settings, of every stage when none is named, and packages each function\n"
        "(without its build command) to report sizes and what an ELF file lacks. Uses no network\n"
        "and changes nothing; --remote also asks the provider who we are, and for the values that\n"
        "${ssm:...}, ${secret:...} and ${cf:...} stand for.\n"
        "\n"
        "With --json: {\"stage\", \"functions\": {FUNCTION: {\"function\", \"layer\", "
        "\"unzipped\",\n"
        "\"unzipped_limit\", \"other_layers\", \"largest\"}}}, the first two {\"size\", "
        "\"unzipped\",\n"
        "\"entries\"}, or null without a layer, and near the limit the largest files, [{\"path\", "
        "\"size\",\n"
        "\"in\"}]; with --remote also \"identity\": {\"account\", \"principal\", \"region\"}.",
    .examples = examples,
    .arguments = arguments,
    .options = options,
    .options_size = sizeof(struct check_options),
    .needs = NEEDS_SETTINGS | NO_STAGE_IS_FINE,
    .run = run,
};
