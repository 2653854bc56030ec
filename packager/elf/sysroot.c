#include "packager/elf/sysroot.h"

#include "core/buf.h"
#include "core/memory.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINKS_MAX = 40 /* as the kernel has it */ };

const char *sysroot_inside(const char *root, const char *path)
{
    size_t len = strlen(root);

    return strncmp(path, root, len) == 0 && path[len] == '/' ? path + len : NULL;
}

/* A path that is being walked, as the kernel does it after chroot(2). */
struct walk {
    struct buf done; /* what is known to have no links in it, the root at its start */
    size_t root_len;
    char *rest;
    int links; /* that were followed */
};

static void cut(struct buf *done, size_t len)
{
    done->len = len;
    done->data[len] = '\0';
}

/* Takes off the last name; the parent of the root is the root. */
static void go_up(struct walk *walk)
{
    size_t len = walk->done.len;

    while (len > walk->root_len && walk->done.data[--len] != '/')
        continue;
    cut(&walk->done, len);
}

/* When `done` is a link, takes it off and puts what it stands for before the rest. */
static bool follow(struct walk *walk)
{
    char target[PATH_MAX];
    ssize_t len = readlink(walk->done.data, target, sizeof(target) - 1);
    char *rest = walk->rest;

    if (len < 0)
        return true;
    target[len] = '\0';
    if (target[0] == '/')
        cut(&walk->done, walk->root_len);
    else
        go_up(walk);
    walk->rest = xasprintf("%s/%s", target, rest);
    free(rest);
    return ++walk->links <= LINKS_MAX;
}

/* Walks over the first name of the rest; false when there are too many links. */
static bool step(struct walk *walk)
{
    char *rest = walk->rest;
    char *name = rest + strspn(rest, "/");
    size_t len = strcspn(name, "/");
    bool up = len == 2 && strncmp(name, "..", 2) == 0;
    bool here = len == 0 || (len == 1 && *name == '.');

    walk->rest = xstrdup(name + len);
    if (up) {
        go_up(walk);
    } else if (!here) {
        buf_putc(&walk->done, '/');
        buf_append(&walk->done, name, len);
    }
    free(rest);
    return up || here || follow(walk);
}

static char *resolve_within(const char *root, const char *path)
{
    struct walk walk = {.root_len = strlen(root), .rest = xstrdup(path)};
    bool good = true;
    struct stat status;
    char *result = NULL;

    buf_init(&walk.done, 0);
    buf_puts(&walk.done, root);
    while (good && *walk.rest)
        good = step(&walk);
    if (good && lstat(walk.done.data, &status) == 0)
        result = buf_take(&walk.done);
    buf_release(&walk.done);
    free(walk.rest);
    return result;
}

char *sysroot_resolve(const char *root, const char *path)
{
    return *root ? resolve_within(root, path) : realpath(path, NULL);
}
