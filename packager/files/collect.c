#include "packager/files/collect.h"

#include "core/buf.h"
#include "core/file.h"
#include "core/interrupt.h"
#include "core/memory.h"
#include "core/out.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct walk {
    const struct collect *collect;
    struct entries *entries;
    char *real; /* the folder without symbolic links in its path */
};

/* What a folder has: all is looked at while it is open, so that depth costs no descriptors. */
struct item {
    char *name;
    int failure; /* errno of the second look at it; 0: `status` is known */
    struct stat status;
};

struct items {
    struct item *list;
    size_t count, capacity;
};

static void items_release(struct items *items)
{
    for (size_t i = 0; i < items->count; i++)
        free(items->list[i].name);
    free(items->list);
}

static bool is_plain(const char *name)
{
    for (; *name; name++)
        if ((unsigned char)*name < ' ' || (unsigned char)*name >= 0x7f)
            return false;
    return true;
}

const char *collect_fault(const char *name)
{
    json_t *text;

    if (is_plain(name))
        return NULL;
    text = json_string(name);
    if (!text)
        return "is not UTF-8";
    json_decref(text);
    for (; *name; name++)
        if (((unsigned char)*name < ' ' && !strchr("\t\n\r", *name)) || *name == 0x7f)
            return "has control characters in it";
    return NULL;
}

static int fail_vanished(const char *origin, struct err *err)
{
    return err_set(err, ERR_PACKAGE,
                   "'%s' vanished while the source was being read: package again when nothing "
                   "changes it, or exclude it",
                   origin);
}

static int fail_system(const char *origin, struct err *err)
{
    if (errno == ENOENT || errno == ENOTDIR)
        return fail_vanished(origin, err);
    return err_set(err, ERR_PACKAGE, "cannot read '%s': %s", origin, strerror(errno));
}

static int fail_folder(const char *folder, struct err *err)
{
    if (errno != EACCES)
        return fail_system(folder, err);
    return err_set(err, ERR_PACKAGE,
                   "cannot read the folder '%s': %s: make it readable, or exclude it", folder,
                   strerror(EACCES));
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

/* Why the link, inside by its text, leads nowhere; `errno` is what realpath() said. */
static int fail_link(const char *origin, const char *target, struct err *err)
{
    if (errno == ELOOP)
        return err_set(err, ERR_PACKAGE,
                       "the symbolic link '%s' leads in a circle, by '%s': remove or exclude it",
                       origin, target);
    if (errno == ENOENT || errno == ENOTDIR)
        return err_set(
            err, ERR_PACKAGE,
            "the symbolic link '%s' leads to '%s', which does not exist: mend, remove or "
            "exclude it",
            origin, target);
    return err_set(err, ERR_PACKAGE, "cannot follow the symbolic link '%s' to '%s': %s", origin,
                   target, strerror(errno));
}

static int check_link(const struct walk *walk, const char *path, const char *origin,
                      const char *target, struct err *err)
{
    size_t len = strlen(walk->real);
    bool inside = stays_inside(path, target);
    char *real = inside ? realpath(origin, NULL) : NULL;

    if (inside && !real)
        return fail_link(origin, target, err);
    if (inside && len > 1)
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
    const char *fault = collect_fault(path);

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

/* Why a file that is not excluded, or included all the same, is in; to free(). */
static char *describe(struct verdict verdict)
{
    if (verdict.excluded)
        return xasprintf("%s '%s'", verdict.included->where, verdict.included->text);
    if (verdict.restored)
        return xasprintf("source, %s '%s'", verdict.restored->where, verdict.restored->text);
    return xstrdup("source");
}

/* Adds what the open folder has under `name` to the items. */
static void look(struct items *items, int folder, const char *name)
{
    struct item *item;

    if (items->count == items->capacity) {
        items->capacity = items->capacity ? items->capacity * 2 : 16;
        items->list = xreallocarray(items->list, items->capacity, sizeof(*items->list));
    }
    item = &items->list[items->count++];
    *item = (struct item){.name = xstrdup(name)};
    if (fstatat(folder, name, &item->status, AT_SYMLINK_NOFOLLOW) < 0)
        item->failure = errno;
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(((const struct item *)left)->name, ((const struct item *)right)->name);
}

/* The folder's items by name, so that of several faults the same one is told each time. -1 with
 * errno: half a folder must not be deployed. */
static int read_items(const char *folder, struct items *items)
{
    DIR *stream = opendir(folder);
    struct dirent *entry;
    int failure;

    if (!stream)
        return -1;
    /* NULL is the end when errno is still 0, else a failure. */
    while ((errno = 0, entry = readdir(stream)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            look(items, dirfd(stream), entry->d_name);
    failure = errno;
    closedir(stream);
    if (items->count)
        qsort(items->list, items->count, sizeof(*items->list), compare_names);
    errno = failure;
    return failure ? -1 : 0;
}

static bool has_item(const struct items *items, const char *name)
{
    for (size_t i = 0; i < items->count; i++)
        if (strcmp(items->list[i].name, name) == 0)
            return true;
    return false;
}

/* Notes which rules of `include` have something to match. */
static void note_used(const struct walk *walk, const char *path, bool folder)
{
    const struct ignore *include = &walk->collect->rules->include;

    for (size_t i = 0; walk->collect->used && i < include->count; i++)
        if (!walk->collect->used[i])
            walk->collect->used[i] = ignore_rule_matches(&include->rules[i], path, folder);
}

/* Whether nothing at or below a place with that verdict can go in. */
static bool is_out(const struct walk *walk, struct verdict verdict)
{
    return verdict.excluded && !verdict.included && !walk->collect->rules->include.count;
}

static int walk_folder(struct walk *walk, const char *path, struct verdict above,
                       struct verdict verdict, struct err *err);

static int visit(struct walk *walk, const char *path, const struct item *item, struct verdict above,
                 struct err *err)
{
    struct subject subject = {.path = path, .folder = S_ISDIR(item->status.st_mode)};
    struct verdict verdict = rules_judge(walk->collect->rules, above, &subject);
    char *origin, *reason;
    int result;

    note_used(walk, path, subject.folder);
    if (subject.folder)
        return is_out(walk, verdict) ? 0 : walk_folder(walk, path, above, verdict, err);
    if (verdict.excluded && !verdict.included)
        return 0;
    origin = file_join(walk->collect->folder, path);
    reason = describe(verdict);
    errno = item->failure;
    result = item->failure ? fail_system(origin, err)
                           : add(walk, path, origin, &item->status, reason, err);
    free(origin);
    free(reason);
    return result;
}

static int visit_items(struct walk *walk, const char *path, const char *folder,
                       const struct items *items, struct verdict verdict, struct err *err)
{
    int result = rules_enter(walk->collect->rules, folder, path, err);

    for (size_t i = 0; i < items->count && result == 0; i++) {
        char *child = file_join(path, items->list[i].name);

        result = interrupt_check(err) < 0 ? -1 : visit(walk, child, &items->list[i], verdict, err);
        free(child);
    }
    rules_leave(walk->collect->rules);
    return result;
}

/* `verdict` is on the folder at `path`, `above` on the one it is in. */
static int walk_folder(struct walk *walk, const char *path, struct verdict above,
                       struct verdict verdict, struct err *err)
{
    char *folder = *path ? file_join(walk->collect->folder, path) : xstrdup(walk->collect->folder);
    struct subject virtualenv = {.path = path, .folder = true, .virtualenv = true};
    struct items items = {0};
    int result = 0;

    if (read_items(folder, &items) < 0) {
        /* Nobody asked for what is there. */
        if (!verdict.excluded || verdict.included)
            result = fail_folder(folder, err);
        goto out;
    }
    if (*path && has_item(&items, "pyvenv.cfg"))
        verdict = rules_judge(walk->collect->rules, above, &virtualenv);
    if (!is_out(walk, verdict))
        result = visit_items(walk, path, folder, &items, verdict, err);
out:
    items_release(&items);
    free(folder);
    return result;
}

int collect_files(struct entries *entries, const struct collect *collect, struct err *err)
{
    struct walk walk = {.collect = collect, .entries = entries};
    struct verdict start = rules_start(collect->rules);
    int result;

    if (!file_is_folder(collect->folder))
        return err_set(err, ERR_PACKAGE, "the source folder '%s' %s", collect->folder,
                       file_exists(collect->folder) ? "is no folder" : "does not exist");
    walk.real = realpath(collect->folder, NULL);
    if (!walk.real)
        return fail_system(collect->folder, err);
    result = walk_folder(&walk, "", start, start, err);
    free(walk.real);
    entries_sort(entries);
    return result;
}
