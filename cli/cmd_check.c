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

static int check_identity(struct app *app, json_t *document, struct err *err)
{
    struct identity identity = {0};
    int result = app->provider->identify(app->session, &identity, err);

    if (result == 0) {
        json_object_set_new(document, "identity",
                            json_pack("{s:s, s:s, s:s}", "account", identity.account, "principal",
                                      identity.principal, "region", identity.region));
        if (!app->out.json)
            out_print(&app->out, "credentials: %s, account %s, region %s\n", identity.principal,
                      identity.account, identity.region);
    }
    identity_release(&identity);
    return result;
}

/* Says what the credentials lack; that it cannot be known is no failure. */
static int tell_access(struct app *app, const json_t *report, struct err *err)
{
    const json_t *missing = json_at(report, "missing"), *item;
    size_t i;

    if (!json_bool_at(report, "simulated")) {
        out_step(&app->out, "permissions were not tried: %s", json_string_at(report, "reason"));
        return 0;
    }
    json_array_foreach (missing, i, item) {
        if (!app->out.json)
            out_print(&app->out, "missing: %s on %s\n", json_string_at(item, "action"),
                      json_string_at(item, "resource"));
    }
    if (json_array_size(missing))
        return err_set(
            err, ERR_CREDENTIALS,
            "the credentials lack %zu permission%s that deploying takes; 'fnctl policy %s' "
            "prints a policy that has them",
            json_array_size(missing), json_array_size(missing) == 1 ? "" : "s",
            app->settings.stage);
    if (!app->out.json)
        out_print(&app->out, "permissions: all that deploying takes\n");
    return 0;
}

static int check_remote(struct app *app, json_t *document, struct err *err)
{
    json_t *report = NULL;
    int result = -1;

    if (app_open_provider(app, err) == 0 && check_identity(app, document, err) == 0 &&
        app->provider->check_access(app->session, &report, err) == 0) {
        json_object_set(document, "permissions", report);
        result = tell_access(app, report, err);
        if (result < 0 && app->out.json)
            out_json(&app->out, document, false);
        result = result == 0 ? app_resolve(app, err) : -1;
    }
    json_decref(report);
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
     .help = "also try the credentials, their permissions, and what the settings ask AWS for"},
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
        "and changes nothing; --remote also asks the provider who we are, whether we have the\n"
        "permissions that deploying takes, and for the values that ${ssm:...}, ${secret:...} and\n"
        "${cf:...} stand for. Permissions are simulated by IAM (iam:SimulatePrincipalPolicy, "
        "which\n"
        "is needed for it), on one resource of each kind; resource policies do not count.\n"
        "\n"
        "With --json: {\"stage\", \"functions\": {FUNCTION: {\"function\", \"layer\", "
        "\"unzipped\",\n"
        "\"unzipped_limit\", \"other_layers\", \"largest\"}}}, the first two {\"size\", "
        "\"unzipped\",\n"
        "\"entries\"}, or null without a layer, and near the limit the largest files, [{\"path\", "
        "\"size\",\n"
        "\"in\"}]; with --remote also \"identity\": {\"account\", \"principal\", \"region\"} and\n"
        "\"permissions\": {\"simulated\": true, \"missing\": [{\"action\", \"resource\"}]}, or\n"
        "{\"simulated\": false, \"reason\"}.",
    .examples = examples,
    .arguments = arguments,
    .options = options,
    .options_size = sizeof(struct check_options),
    .needs = NEEDS_SETTINGS | NO_STAGE_IS_FINE,
    .run = run,
};
