#include "cli/commands.h"
#include "cli/deploy.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

/* "live", "10 %" of the calls, or nothing. */
static char *place(const json_t *version)
{
    double weight = json_number_value(json_at(version, "weight"));

    if (weight > 0 && weight < 100)
        return xasprintf("%.4g %%", weight);
    return xstrdup(json_bool_at(version, "live") ? "live" : "");
}

/* What changed against the version before. */
static void print_changed(struct out *out, const json_t *version)
{
    const json_t *field;
    size_t i;

    json_array_foreach (json_at(version, "changed"), i, field) {
        const char *name = json_string_at(field, "name");

        if (strcmp(name, "CodeSha256") == 0)
            out_print(out, "    code\n");
        else
            out_print(out, "    %s: %s -> %s\n", name, json_string_at(field, "before"),
                      json_object_get(field, "after") ? json_string_at(field, "after")
                                                      : "(removed)");
    }
}

static void print_versions(struct app *app, const char *name, const json_t *versions)
{
    struct out *out = &app->out;
    const json_t *version;
    char size[OUT_SIZE_LEN];
    size_t i;

    json_array_foreach (versions, i, version) {
        const char *description = json_string_at(version, "description");
        char *where = place(version);

        out_size((uint64_t)json_int_at(version, "code_size"), size);
        out_print(out, "%s %4s %-5s %s %10s%s%s\n", name, json_string_at(version, "version"), where,
                  json_string_at(version, "modified"), size, *description ? "  " : "", description);
        print_changed(out, version);
        free(where);
    }
}

struct versions_options {
    int64_t prune;
};

/* Removes old versions, and says which. */
static int prune(struct app *app, const struct function *const *functions, size_t count,
                 int64_t keep, struct err *err)
{
    struct changes changes;
    int result = app_lock(app, err);

    changes_init(&changes, true);
    changes.listener = deploy_show_progress;
    changes.context = app;
    if (result == 0)
        result = app->provider->observe(app->session, OBSERVE_FUNCTIONS, err);
    for (size_t i = 0; result == 0 && i < count; i++)
        result = app->provider->prune_versions(app->session, functions[i], keep, &changes, err);
    if (result == 0 && app->out.json) {
        json_t *document = json_pack("{s:s, s:o}", "stage", app->settings.stage, "changes",
                                     changes_json(&changes));

        out_json(&app->out, document, false);
        json_decref(document);
    } else if (result == 0 && !changes.count) {
        out_step(&app->out, "nothing to remove");
    }
    changes_release(&changes);
    return result;
}

static int list(struct app *app, const struct function *const *functions, size_t count,
                struct err *err)
{
    json_t *document = json_pack("{s:s, s:{}}", "stage", app->settings.stage, "functions");
    int result = 0;

    for (size_t i = 0; result == 0 && i < count; i++) {
        json_t *versions = NULL;

        result = app->provider->versions(app->session, functions[i], &versions, err);
        if (result == 0 && !app->out.json)
            print_versions(app, functions[i]->name, versions);
        if (result == 0)
            json_object_set_new(json_object_get(document, "functions"), functions[i]->name,
                                versions);
    }
    if (result == 0 && app->out.json)
        out_json(&app->out, document, false);
    json_decref(document);
    return result;
}

static int run(struct app *app, const void *options, struct err *err)
{
    const struct versions_options *versions = options;
    size_t count = 0;
    const struct function **functions = app_functions(app, &count, err);
    int result = -1;

    if (functions && versions->prune)
        result = prune(app, functions, count, versions->prune, err);
    else if (functions)
        result = list(app, functions, count, err);
    free(functions);
    return result;
}

static const struct field options[] = {
    {.name = "prune",
     .type = FIELD_INT,
     .value = "N",
     .min = 1,
     .max = 1000,
     .offset = offsetof(struct versions_options, prune),
     .help = "remove all but the newest N, and those that an alias uses or used last"},
    FIELD_END,
};

static const struct command_argument arguments[] = {
    STAGE_ARGUMENT,
    {.name = "FUNCTION",
     .help = "functions to list; all by default",
     .optional = true,
     .repeated = true},
    {.name = NULL},
};

static const char *const examples[] = {"fnctl versions api", "newest first",
                                       "fnctl versions prod --prune 3",
                                       "remove the older ones of every function", NULL};

const struct command cmd_versions = {
    .name = "versions",
    .summary = "list the deployed versions",
    .description =
        "Prints the published versions of the functions, newest first: which is live, when it was\n"
        "made, the size of its code, and what changed against the version before it.\n"
        "\n"
        "A deploy that makes a new version live removes all but the newest five (\"keep\" in the\n"
        "settings), as each counts against the 75 GB of code that an account may have. --prune\n"
        "does so at once. Versions that an alias uses, whoever made it, stay, and the one that\n"
        "was live last.\n"
        "\n"
        "With --json: {\"stage\", \"functions\": {FUNCTION: [{\"version\", \"live\", \"weight\":\n"
        "PERCENT, \"modified\", \"code_size\", \"sha256\", \"runtime\", \"description\", "
        "\"changed\":\n"
        "[{\"name\", \"before\", \"after\"}]}]}}; with --prune {\"stage\", \"changes\"}, as of\n"
        "'fnctl deploy'.",
    .examples = examples,
    .arguments = arguments,
    .options = options,
    .options_size = sizeof(struct versions_options),
    .needs = NEEDS_SETTINGS | NEEDS_PROVIDER,
    .run = run,
};
