#include "packager/dependencies/node_copy.h"

#include "core/file.h"
#include "core/interrupt.h"
#include "core/memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPTH_MAX = 64, CHUNK = 1 << 16 };

static int fail(const char *from, const char *to, struct err *err)
{
    return err_set(err, ERR_PACKAGE, "cannot copy '%s' to '%s': %s", from, to, strerror(errno));
}

static int copy_bytes(int in, int out)
{
    char chunk[CHUNK];
    ssize_t len;

    while ((len = read(in, chunk, sizeof(chunk))) > 0)
        for (ssize_t done = 0, some; done < len; done += some)
            if ((some = write(out, chunk + done, (size_t)(len - done))) < 0)
                return -1;
    return len < 0 ? -1 : 0;
}

static int copy_file(const char *from, const char *to, mode_t mode, struct err *err)
{
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = in < 0 ? -1 : open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode & 0777);
    int result = out < 0 || copy_bytes(in, out) < 0 ? fail(from, to, err) : 0;

    if (in >= 0)
        close(in);
    if (out >= 0 && close(out) < 0 && result == 0)
        result = fail(from, to, err);
    return result;
}

static int copy_link(const char *from, const char *to, struct err *err)
{
    char target[PATH_MAX];
    ssize_t len = readlink(from, target, sizeof(target) - 1);

    if (len >= 0) {
        target[len] = '\0';
        if (symlink(target, to) == 0)
            return 0;
    }
    return fail(from, to, err);
}

/* Whether an item of a local package's folder is no part of it. */
static bool stays_behind(const char *name, mode_t mode)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strcmp(name, "node_modules") == 0 ||
           (name[0] == '.' && S_ISDIR(mode));
}

static int copy(const char *from, const char *to, int depth, struct err *err);

static int copy_folder(const char *from, const char *to, int depth, struct err *err)
{
    DIR *stream = depth < DEPTH_MAX ? opendir(from) : NULL;
    struct dirent *item;
    int result = 0;

    if (depth == DEPTH_MAX)
        errno = ELOOP;
    if (!stream || (mkdir(to, 0755) < 0 && errno != EEXIST))
        result = fail(from, to, err);
    while (result == 0 && (item = readdir(stream)) != NULL) {
        char *child = file_join(from, item->d_name);
        char *child_to = file_join(to, item->d_name);
        struct stat status;

        if (lstat(child, &status) == 0 && !stays_behind(item->d_name, status.st_mode))
            result = copy(child, child_to, depth + 1, err);
        free(child_to);
        free(child);
    }
    if (stream)
        closedir(stream);
    return result;
}

static int copy(const char *from, const char *to, int depth, struct err *err)
{
    struct stat status;

    if (interrupt_check(err) < 0)
        return -1;
    if (lstat(from, &status) < 0)
        return fail(from, to, err);
    if (S_ISDIR(status.st_mode))
        return copy_folder(from, to, depth, err);
    if (S_ISLNK(status.st_mode))
        return copy_link(from, to, err);
    return S_ISREG(status.st_mode) ? copy_file(from, to, status.st_mode, err) : 0;
}

int node_copy(const char *from, const char *to, struct err *err)
{
    char *folder = file_folder(to);
    int result = file_make_folder(folder, 0755, err);

    if (result < 0)
        err->code = ERR_PACKAGE;
    else
        result = copy(from, to, 0, err);
    free(folder);
    return result;
}
