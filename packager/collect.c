#include "packager/collect.h"

#include "core/buf.h"
#include "core/file.h"
#include "core/interrupt.h"
#include "core/memory.h"
#include "core/out.h"
#include "core/strlist.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const defaults[] = {
    ".git",
    ".gitignore",
    ".hg/",
    ".svn/",
    ".fnctl/",
    "fnctl.json",
    ".fnctlignore",
    "/fnctl.schema.json",
    ".venv/",
    "venv/",
    "__pycache__/",
    "*.pyc",
    ".pytest_cache/",
    ".mypy_cache/",
    ".ruff_cache/",
    ".tox/",
    "*.o",
    ".DS_Store",
    /* Secrets that lie about in projects; `include` brings one in that is meant. */
    ".env",
    ".env.*",
    ".netrc",
    ".aws/",
    ".ssh/",
    "id_rsa",
    "id_ecdsa",
    "id_ed25519",
};

void collect_add_defaults(struct ignore *exclude)
{
    for (size_t i = 0; i < sizeof(defaults) / sizeof(*defaults); i++)
        ignore_add(exclude, defaults[i], strlen(defaults[i]), "built in");
}

struct walk {
    const struct collect *collect;
    struct entries *entries;
    char *real; /* the folder without symbolic links in its path */
};

/* Why a zip cannot have a file of that name; NULL when it can. */
static const char *find_fault(const char *name)
{
    json_t *text = json_string(name);

    if (!text)
        return "is not UTF-8";
    json_decref(text);
    for (; *name; name++)
        if (((unsigned char)*name < ' ' && !strchr("\t\n\r", *name)) || *name == 0x7f)
            return "has control characters in it";
    return NULL;
}

static int fail_system(const char *origin, struct err *err)
{
    if (errno == ENOENT || errno == ENOTDIR)
        return err_set(err, ERR_PACKAGE, "'%s' vanished while the source was being read", origin);
    return err_set(err, ERR_PACKAGE, "cannot read '%s': %s", origin, strerror(errno));
}

/* Whether the link at `path` with that target stays below the root by its text alone. */
static bool stays_inside(const char *path, const char *target)
{
    int depth = 0;

    if (target[0] == '/')
        return false;
    for (; *path; path++)
        depth += *path == '/';
    while (*target) {
        size_t len = strcspn(target, "/");

        if (len == 2 && target[0] == '.' && target[1] == '.')
            depth--;
        else if (len && !(len == 1 && target[0] == '.'))
            depth++;
        if (depth < 0)
            return false;
        target += len + (target[len] == '/');
    }
    return true;
}

static int check_link(const struct walk *walk, const char *path, const char *origin,
                      const char *target, struct err *err)
{
    char *real = realpath(origin, NULL);
    size_t len = strlen(walk->real);
    bool inside = stays_inside(path, target);

    if (real && inside && len > 1)
        inside = strncmp(real, walk->real, len) == 0 && (real[len] == '/' || real[len] == '\0');
    free(real);
    if (inside)
        return 0;
    return err_set(err, ERR_PACKAGE,
                   "the symbolic link '%s' leads to '%s', outside of the source folder '%s': put a "
                   "copy in its place, or exclude it",
                   origin, target, walk->collect->folder);
}

static int add_link(struct walk *walk, const char *path, const char *origin, const char *reason,
                    struct err *err)
{
    char target[PATH_MAX];
    ssize_t len = readlink(origin, target, sizeof(target) - 1);

    if (len < 0)
        return fail_system(origin, err);
    target[len] = '\0';
    if (check_link(walk, path, origin, target, err) < 0)
        return -1;
    entries_add_link(walk->entries, path, origin, target, reason);
    return 0;
}

static const char *describe_type(mode_t mode)
{
    if (S_ISSOCK(mode))
        return "a socket";
    return S_ISFIFO(mode) ? "a pipe" : "a device";
}

static int add(struct walk *walk, const char *path, const char *origin, const struct stat *status,
               const char *reason, struct err *err)
{
    const char *fault = find_fault(path);

    if (fault) {
        char *visible = out_visible(origin, strlen(origin));

        err_set(err, ERR_PACKAGE, "the name '%s' %s: rename or exclude it", visible, fault);
        free(visible);
        return -1;
    }
    if (S_ISLNK(status->st_mode))
        return add_link(walk, path, origin, reason, err);
    if (!S_ISREG(status->st_mode))
        return err_set(err, ERR_PACKAGE, "'%s' is %s, which cannot be packaged: exclude it", origin,
                       describe_type(status->st_mode));
    entries_add_file(walk->entries, path, origin, status, reason);
    return 0;
}

/* What the rules say of a path, given what they say of its folder. */
struct verdict {
    const struct ignore_rule *included; /* the rule of `include` that put it in; or NULL */
    bool excluded;
};

static struct verdict judge(const struct collect *collect, struct verdict above, const char *path,
                            bool folder)
{
    const struct ignore_rule *include = ignore_match(collect->include, path, folder);
    const struct ignore_rule *exclude = NULL;
    struct verdict verdict = above;

    if (include)
        verdict.included = include->negated ? NULL : include;
    if (!above.excluded)
        exclude = ignore_match(collect->exclude, path, folder);
    if (exclude)
        verdict.excluded = !exclude->negated;
    return verdict;
}

static int read_names(const char *folder, struct strlist *names, struct err *err)
{
    DIR *stream = opendir(folder);
    struct dirent *item;
    int result = 0;

    if (!stream)
        return fail_system(folder, err);
    /* NULL is the end when errno is still 0, else a failure: half a folder must not be deployed. */
    while ((errno = 0, item = readdir(stream)) != NULL)
        if (strcmp(item->d_name, ".") != 0 && strcmp(item->d_name, "..") != 0)
            strlist_add(names, item->d_name);
    if (errno)
        result = fail_system(folder, err);
    closedir(stream);
    return result;
}

static int walk_folder(struct walk *walk, const char *path, struct verdict above, struct err *err);

static int visit(struct walk *walk, const char *path, struct verdict above, struct err *err)
{
    char *origin = file_join(walk->collect->folder, path);
    struct verdict verdict;
    struct stat status;
    int result = 0;

    if (lstat(origin, &status) < 0) {
        result = fail_system(origin, err);
        goto out;
    }
    verdict = judge(walk->collect, above, path, S_ISDIR(status.st_mode));
    if (S_ISDIR(status.st_mode)) {
        if (!verdict.excluded || verdict.included || walk->collect->include->count)
            result = walk_folder(walk, path, verdict, err);
    } else if (verdict.included && verdict.excluded) {
        char *reason = xasprintf("include '%s'", verdict.included->text);

        result = add(walk, path, origin, &status, reason, err);
        free(reason);
    } else if (!verdict.excluded) {
        result = add(walk, path, origin, &status, "source", err);
    }
out:
    free(origin);
    return result;
}

static int walk_folder(struct walk *walk, const char *path, struct verdict above, struct err *err)
{
    char *folder = *path ? file_join(walk->collect->folder, path) : xstrdup(walk->collect->folder);
    struct strlist names;
    int result;

    strlist_init(&names);
    result = read_names(folder, &names, err);
    for (size_t i = 0; i < names.count && result == 0; i++) {
        char *child = file_join(path, names.items[i]);

        result = interrupt_check(err) < 0 ? -1 : visit(walk, child, above, err);
        free(child);
    }
    strlist_release(&names);
    free(folder);
    return result;
}

int collect_files(struct entries *entries, const struct collect *collect, struct err *err)
{
    struct walk walk = {.collect = collect, .entries = entries};
    struct verdict verdict = {.excluded = collect->only_included};
    int result;

    if (!file_is_folder(collect->folder))
        return err_set(err, ERR_PACKAGE, "the source folder '%s' %s", collect->folder,
                       file_exists(collect->folder) ? "is no folder" : "does not exist");
    walk.real = realpath(collect->folder, NULL);
    if (!walk.real)
        return fail_system(collect->folder, err);
    result = walk_folder(&walk, "", verdict, err);
    free(walk.real);
    entries_sort(entries);
    return result;
}
