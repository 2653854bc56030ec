#include "packager/node_install.h"

#include "core/file.h"
#include "core/memory.h"
#include "packager/dependencies/dependency_cache.h"
#include "packager/dependencies/dependency_tool.h"
#include "packager/dependencies/node_copy.h"

#include <stdlib.h>
#include <string.h>

/* How the cache's keys are made; another number lets all that is in there be made anew. */
#define KEY_FORMAT "node 1"

/* More is no project's layout. */
enum { LEVELS_MAX = 16 };

struct install {
    const struct content *content;
    const struct node_project *project;
    char *npm;
    char *what; /* for messages */
};

static const char *const out_of_step[] = {"npm ci",  "EUSAGE", "ENOTCACHED",
                                          "ETARGET", "E404",   NULL};
/* A full disk is a warning for npm: it leaves files cut short, and ends with 0. */
static const char *const torn[] = {"TAR_ENTRY_ERROR", NULL};
static const char advice[] = "'npm install' in the project brings package.json and its lock file "
                             "in step";

/* Whether packages are for another system than the one npm runs on. */
static bool is_local(const struct install *install)
{
    return strcmp(install->content->settings->provider, "local") == 0;
}

/* npm's word for the function's machine. */
static const char *machine(const struct install *install)
{
    return strcmp(install->content->function->architecture, "arm64") == 0 ? "arm64" : "x64";
}

static void add_file(struct hash *hash, const char *path)
{
    uint8_t digest[HASH_LEN];
    struct err ignored = {0};

    hash_text(hash, path);
    if (hash_file(path, digest, &ignored) == 0)
        hash_update(hash, digest, sizeof(digest));
}

/* The key of the cache, to free(). */
static char *find_key(const struct install *install)
{
    const struct node_project *project = install->project;
    char *package = node_project_package(project);
    char *configuration = file_join(project->folder, ".npmrc");
    struct hash *hash = hash_new();
    uint8_t digest[HASH_LEN];
    char text[HASH_HEX_LEN];

    hash_text(hash, KEY_FORMAT);
    hash_text(hash, package);
    add_file(hash, project->lock);
    add_file(hash, configuration);
    for (size_t i = 0; i < project->local.count; i++) {
        char *path = file_join(project->folder, project->local.items[i]);

        dependency_cache_hash(hash, path);
        free(path);
    }
    hash_text(hash, install->content->function->runtime);
    hash_text(hash, is_local(install) ? "local" : machine(install));
    if (install->npm)
        dependency_tool_hash(hash, install->npm, "npm_config_");
    hash_finish(hash, digest);
    hash_hex(digest, HASH_LEN / 2, text);
    free(configuration);
    free(package);
    return xstrdup(text);
}

/* Where the copy of the project is in its folder: so deep that "../lib" stays inside. */
static char *find_place(const struct install *install, const char *folder)
{
    char *place = file_join(folder, "project");

    for (int i = node_project_levels(install->project); i > 0; i--) {
        char *deeper = file_join(place, "project");

        free(place);
        place = deeper;
    }
    return place;
}

static int copy_item(const struct install *install, const char *name, const char *place,
                     struct err *err)
{
    char *from = file_join(install->project->folder, name);
    char *to = file_join(place, name);
    int result = file_exists(from) ? node_copy(from, to, err) : 0;

    free(to);
    free(from);
    return result;
}

static int copy_project(const struct install *install, const char *place, struct err *err)
{
    const struct node_project *project = install->project;
    char *text = node_project_package(project);
    char *package = file_join(place, "package.json");
    int result = -1;

    if (node_project_levels(project) > LEVELS_MAX)
        err_set(err, ERR_PACKAGE, "'%s' names packages more than %d folders above the project",
                project->lock, LEVELS_MAX);
    else if (file_make_folder(place, 0755, err) < 0 ||
             file_write(package, text, strlen(text), 0644, err) < 0)
        err->code = ERR_PACKAGE;
    else if (copy_item(install, file_name(project->lock), place, err) == 0 &&
             copy_item(install, ".npmrc", place, err) == 0)
        result = 0;
    for (size_t i = 0; i < project->local.count && result == 0; i++)
        result = copy_item(install, project->local.items[i], place, err);
    free(package);
    free(text);
    return result;
}

static int run_npm(const struct install *install, const char *place, struct err *err)
{
    struct strlist argv;
    struct dependency_tool tool = {.name = "npm",
                                   .folder = place,
                                   .what = install->what,
                                   .unmet = out_of_step,
                                   .advice = advice,
                                   .torn = torn};
    int result;

    strlist_init(&argv);
    strlist_add(&argv, install->npm);
    strlist_add(&argv, "ci");
    strlist_add(&argv, "--omit=dev");
    strlist_add(&argv, "--no-audit");
    strlist_add(&argv, "--no-fund");
    strlist_add(&argv, "--loglevel=warn");
    if (!is_local(install)) {
        strlist_add(&argv, "--os=linux");
        strlist_add(&argv, "--libc=glibc");
        strlist_addf(&argv, "--cpu=%s", machine(install));
    }
    tool.argv = (const char *const *)argv.items;
    out_step(install->content->out, "installing %s with npm", install->what);
    result = dependency_tool_run(&tool, err);
    strlist_release(&argv);
    return result;
}

static int make(const struct install *install, const char *cache, const char *key, char **folder,
                struct err *err)
{
    struct err ignored = {0};
    char *begun, *place;

    if (!install->npm)
        return err_set(err, ERR_PACKAGE, "cannot install %s: npm is not in PATH", install->what);
    begun = dependency_cache_begin(cache, key, err);
    if (!begun)
        return -1;
    place = find_place(install, begun);
    if (copy_project(install, place, err) == 0 && run_npm(install, place, err) == 0)
        *folder = dependency_cache_keep(cache, key, begun, err);
    if (!*folder)
        file_remove(begun, &ignored);
    dependency_cache_prune(cache);
    free(place);
    free(begun);
    return *folder ? 0 : -1;
}

static void warn_scripts(const struct install *install)
{
    static const char *const scripts[] = {"preinstall", "install", "postinstall", "prepare"};
    const json_t *all = json_object_get(install->project->package, "scripts");

    for (size_t i = 0; i < sizeof(scripts) / sizeof(*scripts); i++)
        if (json_object_get(all, scripts[i]))
            out_step(install->content->out,
                     "function '%s': the project's own script '%s' is not run; where packages "
                     "need it, run it and set \"node_modules\": \"layer\"",
                     install->content->function->name, scripts[i]);
}

int node_install(const struct content *content, const struct node_project *project, bool install,
                 char **folder, struct err *err)
{
    struct install state = {.content = content,
                            .project = project,
                            .npm = file_find_program("npm"),
                            .what = xasprintf("the Node.js packages of '%s'", project->lock)};
    char *cache = dependency_cache_folder(content->settings->folder);
    char *key = find_key(&state);
    char *made = dependency_cache_find(cache, key);
    int result = 0;

    *folder = NULL;
    if (!made && install) {
        warn_scripts(&state);
        result = make(&state, cache, key, &made, err);
    } else if (!made) {
        out_step(content->out, "%s are not installed yet: 'fnctl package' or a deploy does it",
                 state.what);
    }
    if (made) {
        char *place = find_place(&state, made);

        *folder = file_join(place, "node_modules");
        free(place);
    }
    free(made);
    free(key);
    free(cache);
    free(state.npm);
    free(state.what);
    return result;
}
