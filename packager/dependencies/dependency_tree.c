#include "packager/dependencies/dependency_tree.h"

#include "core/file.h"
#include "core/interrupt.h"
#include "core/memory.h"
#include "core/out.h"
#include "core/strlist.h"
#include "packager/files/collect.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Links may lead round in a circle; no real tree is that deep. */
enum { DEPTH_MAX = 64 };

struct walk {
    const struct dependency_tree *tree;
    struct entries *entries, *left_out;
    char *real; /* the folder without links */
    int depth;
};

static int fail(const char *origin, struct err *err)
{
    return err_set(err, ERR_PACKAGE, "cannot read '%s': %s", origin, strerror(errno));
}

/* The sum of all files in a folder. */
static uint64_t folder_size(const char *path, int depth)
{
    DIR *stream = depth < DEPTH_MAX ? opendir(path) : NULL;
    struct dirent *item;
    uint64_t size = 0;

    while (stream && (item = readdir(stream)) != NULL) {
        struct stat status;

        if (strcmp(item->d_name, ".") == 0 || strcmp(item->d_name, "..") == 0 ||
            fstatat(dirfd(stream), item->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        if (S_ISDIR(status.st_mode)) {
            char *child = file_join(path, item->d_name);

            size += folder_size(child, depth + 1);
            free(child);
        } else {
            size += (uint64_t)status.st_size;
        }
    }
    if (stream)
        closedir(stream);
    return size;
}

static void leave_out(struct walk *walk, const char *path, const char *origin,
                      const struct stat *status, const char *reason)
{
    bool folder = S_ISDIR(status->st_mode);
    char *shown = xasprintf("%s%s%s%s", walk->tree->place, *walk->tree->place ? "/" : "", path,
                            folder ? "/" : "");
    struct entry *entry = entries_add_file(walk->left_out, shown, origin, status, reason);

    if (folder)
        entry->size = folder_size(origin, 0);
    free(shown);
}

/* The rule that keeps `path` out, or NULL. */
static const struct ignore_rule *find_rule(const struct walk *walk, const char *path,
                                           const char *origin, bool folder)
{
    char *full = file_join(walk->tree->root, path);
    const struct ignore_rule *rule = ignore_match(walk->tree->rules, full, folder);

    free(full);
    if (!rule || rule->negated || (walk->tree->needed && walk->tree->needed(origin, folder)))
        return NULL;
    return rule;
}

/* Whether a link leads to a place within the folder, where it can stay a link; its target. */
static bool stays_inside(const struct walk *walk, const char *origin, char target[static PATH_MAX])
{
    ssize_t len = readlink(origin, target, PATH_MAX - 1);
    char *real = realpath(origin, NULL);
    size_t root = strlen(walk->real);
    bool inside = len > 0 && target[0] != '/' && real && strncmp(real, walk->real, root) == 0 &&
                  real[root] == '/';

    target[len > 0 ? len : 0] = '\0';
    free(real);
    return inside;
}

static int fail_name(const char *origin, const char *fault, struct err *err)
{
    char *visible = out_visible(origin, strlen(origin));

    err_set(err, ERR_PACKAGE, "the name '%s' %s, which no zip can have", visible, fault);
    free(visible);
    return -1;
}

static int add(struct walk *walk, const char *path, const char *origin, const struct stat *status,
               struct err *err)
{
    const char *fault = collect_fault(path);
    char *place = file_join(walk->tree->place, path);
    char target[PATH_MAX];

    if (fault) {
        free(place);
        return fail_name(origin, fault, err);
    }
    if (walk->tree->taken && entries_find(walk->tree->taken, place))
        leave_out(walk, path, origin, status, "the source has a file in its place");
    else if (S_ISLNK(status->st_mode) && stays_inside(walk, origin, target))
        entries_add_link(walk->entries, place, origin, target, walk->tree->reason);
    else
        entries_add_file(walk->entries, place, origin, status, walk->tree->reason);
    free(place);
    return 0;
}

static int walk_folder(struct walk *walk, const char *path, const char *origin, struct err *err);

static int visit(struct walk *walk, const char *path, const char *origin, struct err *err)
{
    char target[PATH_MAX];
    const struct ignore_rule *rule;
    struct stat status;

    if (lstat(origin, &status) < 0)
        return fail(origin, err);
    if (S_ISLNK(status.st_mode) && !stays_inside(walk, origin, target) &&
        stat(origin, &status) < 0) {
        leave_out(walk, path, origin, &status, "a link that leads nowhere");
        return 0;
    }
    rule = find_rule(walk, path, origin, S_ISDIR(status.st_mode));
    if (rule) {
        char *reason = xasprintf("%s '%s'", rule->where, rule->text);

        leave_out(walk, path, origin, &status, reason);
        free(reason);
    } else if (S_ISDIR(status.st_mode)) {
        return walk_folder(walk, path, origin, err);
    } else if (S_ISREG(status.st_mode) || S_ISLNK(status.st_mode)) {
        return add(walk, path, origin, &status, err);
    } else {
        leave_out(walk, path, origin, &status, "neither a file nor a folder");
    }
    return 0;
}

static int walk_names(struct walk *walk, const char *path, const char *origin,
                      const struct strlist *names, struct err *err)
{
    int result = 0;

    for (size_t i = 0; i < names->count && result == 0; i++) {
        char *child = file_join(path, names->items[i]);
        char *child_origin = file_join(origin, names->items[i]);

        result = interrupt_check(err) < 0 ? -1 : visit(walk, child, child_origin, err);
        free(child_origin);
        free(child);
    }
    return result;
}

static int walk_folder(struct walk *walk, const char *path, const char *origin, struct err *err)
{
    struct strlist names;
    struct dirent *item;
    DIR *stream;
    int result;

    if (walk->depth == DEPTH_MAX)
        return err_set(err, ERR_PACKAGE, "the folders of '%s' are nested more than %d deep",
                       walk->tree->folder, DEPTH_MAX);
    stream = opendir(origin);
    if (!stream)
        return fail(origin, err);
    strlist_init(&names);
    while ((errno = 0, item = readdir(stream)) != NULL)
        if (strcmp(item->d_name, ".") != 0 && strcmp(item->d_name, "..") != 0)
            strlist_add(&names, item->d_name);
    result = errno ? fail(origin, err) : 0;
    closedir(stream);
    walk->depth++;
    if (result == 0)
        result = walk_names(walk, path, origin, &names, err);
    walk->depth--;
    strlist_release(&names);
    return result;
}

int dependency_tree_add(const struct dependency_tree *tree, struct entries *entries,
                        struct entries *left_out, struct err *err)
{
    struct walk walk = {.tree = tree,
                        .entries = entries,
                        .left_out = left_out,
                        .real = realpath(tree->folder, NULL)};
    int result;

    if (!walk.real)
        return fail(tree->folder, err);
    result = walk_folder(&walk, "", tree->folder, err);
    entries_sort(entries);
    entries_sort(left_out);
    free(walk.real);
    return result;
}
