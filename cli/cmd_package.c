#include "cli/commands.h"
#include "cli/package_list.h"
#include "cli/sizes.h"
#include "core/file.h"
#include "core/memory.h"
#include "packager/package.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct package_command {
    const char *output;
    const char *why;
    bool list;
    int64_t level;
};

static json_t *describe_artifact(const struct artifact *artifact)
{
    json_t *description;
    char *path;

    description = sizes_artifact_json(artifact);
    if (!artifact->path)
        return description;
    /* A path need not be UTF-8, a JSON string must. */
    path = out_visible(artifact->path, strlen(artifact->path));
    json_object_set_new(description, "path", json_string(path));
    json_object_set_new(description, "sha256", json_string(artifact->sha256));
    json_object_set_new(description, "identity", json_string(artifact->identity));
    free(path);
    return description;
}

static void print_artifact(struct out *out, const struct artifact *artifact)
{
    char size[OUT_SIZE_LEN], unzipped[OUT_SIZE_LEN];

    if (!artifact->path)
        return;
    out_size(artifact->size, size);
    out_size(artifact->unzipped_size, unzipped);
    out_print(out, "%s  %s, %s unzipped, %zu file%s\n", artifact->path, size, unzipped,
              artifact->entries, artifact->entries == 1 ? "" : "s");
}

static void list_files(struct out *out, const struct package_list *list)
{
    package_list_print(out, list);
    package_left_out_print(out, list);
}

/* `*found` is set when the path of --why is there. */
static int package_function(struct app *app, const struct function *function,
                            const struct package_command *command, const char *folder,
                            json_t *document, bool *found, struct err *err)
{
    struct package_options options = {.out = &app->out,
                                      .folder = folder,
                                      .build = true,
                                      .why = command->why,
                                      .level = (int)command->level};
    struct package package = {0};
    struct package_list list = {0};
    bool listed = command->list || command->why;
    json_t *entry;

    if (package_build(&app->settings, function, &options, &package, listed ? &list : NULL, err) < 0)
        return -1;
    entry = sizes_json(&package);
    json_object_set_new(entry, "function", describe_artifact(&package.function));
    json_object_set_new(entry, "layer", describe_artifact(&package.layer));
    if (listed) {
        json_object_set_new(entry, "files", package_list_json(&list));
        json_object_set_new(entry, "left_out", package_left_out_json(&list));
    }
    if (command->why)
        json_object_set_new(entry, "why", package_why_json(&list.why));
    json_object_set_new(json_object_get(document, "functions"), function->name, entry);
    if (!app->out.json) {
        if (command->why)
            package_why_print(&app->out, function->name, &list);
        if (listed)
            list_files(&app->out, &list);
        if (!command->why) {
            print_artifact(&app->out, &package.function);
            print_artifact(&app->out, &package.layer);
        }
    }
    sizes_tell(&app->out, false, function->name, &package);
    *found = *found || package_why_found(&list);
    package_list_release(&list);
    package_release(&package);
    return 0;
}

/* The lock is kept in the project. One that must not be written to can still be packaged, into
 * another folder; no other fnctl changes it either. */
static int lock(struct app *app, const struct package_command *command, struct err *err)
{
    if (command->output && access(app->settings.folder, W_OK) < 0)
        return 0;
    return app_lock(app, err);
}

static int run(struct app *app, const void *options, struct err *err)
{
    const struct package_command *command = options;
    size_t count = 0;
    const struct function **functions = app_functions(app, &count, err);
    json_t *document = json_pack("{s:s, s:{}}", "stage", app->settings.stage, "functions");
    char *folder = NULL;
    bool found = false;
    int result = functions && lock(app, command, err) == 0 ? 0 : -1;

    if (result == 0) {
        folder = command->output ? xstrdup(command->output) : app_cache_folder(app, "package", err);
        result = folder ? 0 : -1;
    }
    for (size_t i = 0; result == 0 && i < count; i++)
        result = package_function(app, functions[i], command, folder, document, &found, err);
    if (result == 0 && command->why && !found)
        result = err_set(err, ERR_PACKAGE,
                         "'%s' is in no source folder and in no package: give a path on disk, or "
                         "one below the source",
                         command->why);
    if (result == 0 && app->out.json)
        out_json(&app->out, document, false);
    json_decref(document);
    free(functions);
    free(folder);
    return result;
}

static const struct field options[] = {
    {.name = "output",
     .type = FIELD_STRING,
     .letter = 'o',
     .value = "DIR",
     .offset = offsetof(struct package_command, output),
     .help =
         "the folder for the zips, outside of the source or excluded; by default .fnctl/package"},
    {.name = "list",
     .type = FIELD_BOOL,
     .letter = 'l',
     .offset = offsetof(struct package_command, list),
     .help = "list each file: size, compressed size, where it goes, why it is in"},
    {.name = "why",
     .type = FIELD_STRING,
     .value = "PATH",
     .offset = offsetof(struct package_command, why),
     .help =
         "explain which rules put this file or folder in or leave it out, and where they stand"},
    COMPRESSION_OPTION(struct package_command, level),
    FIELD_END,
};

static const struct command_argument arguments[] = {
    STAGE_ARGUMENT,
    {.name = "FUNCTION",
     .help = "functions to package; all by default",
     .optional = true,
     .repeated = true},
    {.name = NULL},
};

static const char *const examples[] = {
    "fnctl package --list",
    "what goes in, and why",
    "fnctl package --list --why data/model.bin",
    "the rules that are about it, and what comes of them",
    "fnctl package --output ../dist",
    "FUNCTION.zip and FUNCTION-layer.zip in ../dist/",
    NULL,
};

const struct command cmd_package = {
    .name = "package",
    .summary = "build the function zip and the layer zip",
    .description =
        "Runs the build command and builds FUNCTION.zip and, where there is something\n"
        "for a layer, FUNCTION-layer.zip. Same input, same bytes. Uses no network, except\n"
        "to install packages that the settings ask for: these are kept until what asks for\n"
        "them changes; delete .fnctl/dependencies to have the newest installed.\n"
        "\n"
        "With --json: what 'fnctl check' says, and of \"function\" and \"layer\" also \"path\",\n"
        "\"sha256\" and \"identity\", which is that of the content however compressed; with\n"
        "--list also \"files\": [{\"path\", \"size\", \"compressed\", \"reason\", \"in\"}] and\n"
        "\"left_out\": [{\"path\", \"size\", \"reason\"}], what is not deployed of dependencies; "
        "with\n"
        "--why only those of PATH, and \"why\": {\"path\", \"exists\", \"rules\": [{\"path\",\n"
        "\"where\", \"rule\", \"effect\", \"decides\"}]}.",
    .examples = examples,
    .arguments = arguments,
    .options = options,
    .options_size = sizeof(struct package_command),
    .needs = NEEDS_SETTINGS,
    .run = run,
};
