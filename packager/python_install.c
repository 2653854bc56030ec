#include "packager/python_install.h"

#include "core/embedded.h"
#include "core/file.h"
#include "core/memory.h"
#include "packager/dependencies/dependency_cache.h"
#include "packager/dependencies/dependency_tool.h"
#include "packager/dependencies/requirements.h"

#include <stdlib.h>
#include <string.h>

#define DRIVER "packager/pip.py"

/* How the cache's keys are made; another number lets all that is in there be made anew. */
#define KEY_FORMAT "python 1"

/* What is to be installed, and by what. */
struct install {
    const struct content *content;
    const struct python_target *target;
    const char *file;
    char *full; /* its path from the root: the tools run in the project's folder */
    char *uv;   /* the program; NULL: there is none */
    char *python;
    char *what; /* for messages */
};

static const char *const no_wheel[] = {"No matching distribution", "no wheels", "no usable wheels",
                                       "No solution found", NULL};
static const char wheel_advice[] =
    "only wheels for that platform are installed; of a package that has none make one "
    "('python3 -m pip wheel NAME -w wheels', on a system as old as the runtime's) and set "
    "PIP_FIND_LINKS=wheels";

static void add_uv(const struct install *install, const char *folder, struct strlist *argv)
{
    const struct python_target *target = install->target;

    strlist_add(argv, install->uv);
    strlist_add(argv, "pip");
    strlist_add(argv, "install");
    strlist_add(argv, "--no-progress");
    strlist_add(argv, "--target");
    strlist_add(argv, folder);
    strlist_add(argv, "--python-platform");
    strlist_take(argv, python_target_uv(target));
    strlist_add(argv, "--python-version");
    strlist_addf(argv, "3.%d", target->minor);
    strlist_add(argv, "--only-binary");
    strlist_add(argv, ":all:");
    strlist_add(argv, "--requirement");
    strlist_add(argv, install->full);
}

static int add_pip(const struct install *install, const char *folder, struct strlist *argv,
                   struct err *err)
{
    const struct embedded_file *driver = embedded_find(DRIVER);
    const struct python_target *target = install->target;
    struct strlist tags;

    if (!driver)
        return err_set(err, ERR_PACKAGE, "this build of fnctl lacks its file '%s'", DRIVER);
    strlist_add(argv, install->python);
    strlist_add(argv, "-c");
    strlist_add(argv, (const char *)driver->start);
    strlist_addf(argv, "3.%d", target->minor);
    strlist_add(argv, target->machine);
    strlist_add(argv, install->full);
    strlist_add(argv, "--quiet");
    strlist_add(argv, "--no-compile");
    strlist_add(argv, "--target");
    strlist_add(argv, folder);
    strlist_add(argv, "--only-binary=:all:");
    strlist_addf(argv, "--python-version=3.%d", target->minor);
    strlist_add(argv, "--implementation=cp");
    strlist_addf(argv, "--abi=cp3%d", target->minor);
    strlist_init(&tags);
    python_target_tags(target, &tags);
    for (size_t i = 0; i < tags.count; i++)
        strlist_addf(argv, "--platform=%s", tags.items[i]);
    strlist_release(&tags);
    return 0;
}

/* What somebody may have set for their own environment does not hold for another folder. */
static const char *const environment[] = {"PIP_USER=0",
                                          "PIP_REQUIRE_VIRTUALENV=0",
                                          "PIP_DISABLE_PIP_VERSION_CHECK=1",
                                          "PIP_NO_INPUT=1",
                                          "PIP_ROOT_USER_ACTION=ignore",
                                          "PYTHONDONTWRITEBYTECODE=1",
                                          "PYTHONIOENCODING=utf-8",
                                          NULL};

static int run_tool(const struct install *install, const char *folder, struct err *err)
{
    struct strlist argv;
    struct dependency_tool tool = {.name = install->uv ? "uv" : "pip",
                                   .folder = install->content->settings->folder,
                                   .environment = environment,
                                   .what = install->what,
                                   .unmet = no_wheel,
                                   .advice = wheel_advice};
    int result = 0;

    strlist_init(&argv);
    if (install->uv)
        add_uv(install, folder, &argv);
    else
        result = add_pip(install, folder, &argv, err);
    tool.argv = (const char *const *)argv.items;
    if (result == 0) {
        out_step(install->content->out, "installing %s with %s", install->what, tool.name);
        result = dependency_tool_run(&tool, err);
    }
    if (result < 0 && strstr(err->message, "No module named 'pip'"))
        err_set(err, ERR_PACKAGE,
                "cannot install %s: '%s' has no pip: install uv or pip (Debian's package is "
                "python3-pip)",
                install->what, install->python);
    strlist_release(&argv);
    return result;
}

static int make(const struct install *install, const char *cache, const char *key, char **folder,
                struct err *err)
{
    struct err ignored = {0};
    char *begun, *full;
    int result = -1;

    if (!install->uv && !install->python)
        return err_set(err, ERR_PACKAGE,
                       "cannot install %s: neither uv nor python3 is in PATH; install one (with "
                       "python3 also pip)",
                       install->what);
    begun = dependency_cache_begin(cache, key, err);
    if (!begun)
        return -1;
    full = realpath(begun, NULL);
    if (run_tool(install, full ? full : begun, err) == 0)
        *folder = dependency_cache_keep(cache, key, begun, err);
    if (*folder)
        result = 0;
    else
        file_remove(begun, &ignored);
    dependency_cache_prune(cache);
    free(full);
    free(begun);
    return result;
}

/* The key of the cache, to free(). */
static char *find_key(const struct install *install, struct err *err)
{
    const struct python_target *target = install->target;
    char *platform = python_target_uv(target);
    struct hash *hash = hash_new();
    uint8_t digest[HASH_LEN];
    char text[HASH_HEX_LEN];

    hash_text(hash, KEY_FORMAT);
    hash_text(hash, target->name);
    hash_update(hash, &target->glibc, sizeof(target->glibc));
    hash_text(hash, platform);
    if (install->uv)
        dependency_tool_hash(hash, install->uv, "UV_");
    else if (install->python)
        dependency_tool_hash(hash, install->python, "PIP_");
    free(platform);
    if (requirements_hash(hash, install->file, install->content->settings->folder, err) < 0) {
        hash_free(hash);
        return NULL;
    }
    hash_finish(hash, digest);
    hash_hex(digest, HASH_LEN / 2, text);
    return xstrdup(text);
}

int python_install(const struct content *content, const struct python_target *target,
                   const char *file, bool install, char **folder, struct err *err)
{
    struct install state = {
        .content = content,
        .target = target,
        .file = file,
        .full = realpath(file, NULL),
        .uv = file_find_program("uv"),
        .python = file_find_program("python3"),
        .what = xasprintf("the Python packages of '%s' for %s", file, target->name)};
    char *cache = dependency_cache_folder(content->settings->folder);
    char *key = find_key(&state, err);
    int result = key ? 0 : -1;

    *folder = key ? dependency_cache_find(cache, key) : NULL;
    if (key && !*folder && install)
        result = make(&state, cache, key, folder, err);
    else if (key && !*folder)
        out_step(content->out, "%s are not installed yet: 'fnctl package' or a deploy does it",
                 state.what);
    free(key);
    free(cache);
    free(state.full);
    free(state.uv);
    free(state.python);
    free(state.what);
    return result;
}
