#include "packager/files/collect_item.h"

#include "core/out.h"
#include "packager/files/collect.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

int collect_item_fail(const char *origin, struct err *err)
{
    if (errno == ENOENT || errno == ENOTDIR)
        return fail_vanished(origin, err);
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

static int check_link(const struct collect_root *root, const char *path, const char *origin,
                      const char *target, struct err *err)
{
    size_t len = strlen(root->real);
    bool inside = stays_inside(path, target);
    char *real = inside ? realpath(origin, NULL) : NULL;

    if (inside && !real)
        return fail_link(origin, target, err);
    if (inside && len > 1)
        inside = strncmp(real, root->real, len) == 0 && (real[len] == '/' || real[len] == '\0');
    free(real);
    if (inside)
        return 0;
    return err_set(err, ERR_PACKAGE,
                   "the symbolic link '%s' leads to '%s', outside of the source folder '%s': put a "
                   "copy in its place, or exclude it",
                   origin, target, root->folder);
}

static int add_link(struct entries *entries, const struct collect_root *root, const char *path,
                    const char *origin, const char *reason, struct err *err)
{
    char target[PATH_MAX];
    ssize_t len = readlink(origin, target, sizeof(target) - 1);

    if (len < 0)
        return collect_item_fail(origin, err);
    target[len] = '\0';
    if (check_link(root, path, origin, target, err) < 0)
        return -1;
    entries_add_link(entries, path, origin, target, reason);
    return 0;
}

static const char *describe_type(mode_t mode)
{
    if (S_ISSOCK(mode))
        return "a socket";
    return S_ISFIFO(mode) ? "a pipe" : "a device";
}

int collect_item_add(struct entries *entries, const struct collect_root *root, const char *path,
                     const char *origin, const struct stat *status, const char *fault,
                     const char *reason, struct err *err)
{
    if (fault) {
        char *visible = out_visible(origin, strlen(origin));

        err_set(err, ERR_PACKAGE, "the name '%s' %s: rename or exclude it", visible, fault);
        free(visible);
        return -1;
    }
    if (S_ISLNK(status->st_mode))
        return add_link(entries, root, path, origin, reason, err);
    if (!S_ISREG(status->st_mode))
        return err_set(err, ERR_PACKAGE, "'%s' is %s, which cannot be packaged: exclude it", origin,
                       describe_type(status->st_mode));
    entries_add_file(entries, path, origin, status, reason);
    return 0;
}
