#include "core/file.h"

#include "core/memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

/* Reads to the end, which may be beyond what stat() said: some files grow, those of /proc have no
 * size. Fails with EFBIG beyond `max` (0: no bound). */
static int read_all(int fd, size_t max, struct buf *out)
{
    char chunk[65536];
    size_t total = 0;
    ssize_t len;

    while ((len = read(fd, chunk, sizeof(chunk))) != 0) {
        if (len < 0 && errno == EINTR)
            continue;
        if (len < 0)
            return -1;
        total += (size_t)len;
        if ((max && total > max) || buf_append(out, chunk, (size_t)len) < 0) {
            errno = EFBIG;
            return -1;
        }
    }
    return 0;
}

int file_read(const char *path, size_t max, struct buf *out, struct err *err)
{
    struct stat status;
    int result = -1;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

    if (fd < 0 || fstat(fd, &status) < 0) {
        err_set(err, ERR_FAILED, "cannot read '%s': %s", path, strerror(errno));
        goto out;
    }
    if (!S_ISREG(status.st_mode)) {
        err_set(err, ERR_FAILED, "cannot read '%s': it is %s", path,
                S_ISDIR(status.st_mode) ? "a folder" : "no regular file");
        goto out;
    }
    if (max && (size_t)status.st_size > max) {
        err_set(err, ERR_FAILED, "cannot read '%s': it has %lld bytes, at most %zu are allowed",
                path, (long long)status.st_size, max);
        goto out;
    }
    if (read_all(fd, max, out) < 0) {
        if (errno == EFBIG)
            err_set(err, ERR_FAILED, "cannot read '%s': it has more than %zu bytes", path,
                    max ? max : out->max);
        else
            err_set(err, ERR_FAILED, "cannot read '%s': %s", path, strerror(errno));
        goto out;
    }
    result = 0;
out:
    if (fd >= 0)
        close(fd);
    return result;
}

int file_write_all(int fd, const void *bytes, size_t len)
{
    const char *data = bytes;

    while (len) {
        ssize_t written = write(fd, data, len);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return -1;
        data += written;
        len -= (size_t)written;
    }
    return 0;
}

/* A new file beside `path`, its name in `*temporary`. Not mkstemp(3), which knows no umask. */
static int open_temporary(const char *path, mode_t mode, char **temporary)
{
    uint64_t number = 0;
    int fd = -1;

    *temporary = NULL;
    for (int i = 0; fd < 0 && i < 100; i++) {
        if (getrandom(&number, sizeof(number), 0) < 0)
            break;
        free(*temporary);
        *temporary = xasprintf("%s.%016llx", path, (unsigned long long)number);
        fd = open(*temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (fd < 0 && errno != EEXIST)
            break;
    }
    return fd;
}

int file_write(const char *path, const void *data, size_t len, mode_t mode, struct err *err)
{
    char *temporary;
    int fd = open_temporary(path, mode, &temporary);
    int result = -1;

    if (fd < 0) {
        err_set(err, ERR_FAILED, "cannot write '%s': %s", path, strerror(errno));
        goto out;
    }
    if (file_write_all(fd, data, len) < 0 || fsync(fd) < 0 || rename(temporary, path) < 0) {
        err_set(err, ERR_FAILED, "cannot write '%s': %s", path, strerror(errno));
        unlink(temporary);
        goto out;
    }
    result = 0;
out:
    if (fd >= 0)
        close(fd);
    free(temporary);
    return result;
}

int file_make_folder(const char *path, mode_t mode, struct err *err)
{
    char *copy = xstrdup(path);
    int result = 0;

    if (!*copy)
        result = err_set(err, ERR_FAILED, "cannot make a folder without a name");
    for (char *slash = copy + 1; result == 0; slash++) {
        char kept = *slash;

        if (kept != '/' && kept != '\0')
            continue;
        *slash = '\0';
        if (mkdir(copy, mode) < 0 && (errno != EEXIST || !file_is_folder(copy)))
            result =
                err_set(err, ERR_FAILED, "cannot make the folder '%s': %s", copy, strerror(errno));
        *slash = kept;
        if (kept == '\0')
            break;
    }
    free(copy);
    return result;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

int file_remove(const char *path, struct err *err)
{
    struct stat status;

    if (lstat(path, &status) < 0 && errno == ENOENT)
        return 0;
    if (nftw(path, remove_entry, 32, FTW_DEPTH | FTW_PHYS) < 0)
        return err_set(err, ERR_FAILED, "cannot remove '%s': %s", path, strerror(errno));
    return 0;
}

bool file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

bool file_is_folder(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

bool file_is_regular(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

char *file_join(const char *folder, const char *name)
{
    size_t len = folder ? strlen(folder) : 0, name_len = strlen(name) + 1;
    char *path;

    if (len == 0 || name[0] == '/')
        return xstrdup(name);
    len -= folder[len - 1] == '/';
    /* Once or twice for each of tens of thousands of files, where printf() would show. */
    path = xcalloc(len + 1 + name_len, 1);
    memcpy(path, folder, len);
    path[len] = '/';
    memcpy(path + len + 1, name, name_len);
    return path;
}

char *file_folder(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (!slash)
        return xstrdup(".");
    return slash == path ? xstrdup("/") : xstrndup(path, (size_t)(slash - path));
}

const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

char *file_temporary_folder(const char *prefix, struct err *err)
{
    const char *base = getenv("TMPDIR");
    char *path = xasprintf("%s/%s.XXXXXX", base && *base ? base : "/tmp", prefix);

    if (mkdtemp(path))
        return path;
    err_set(err, ERR_FAILED, "cannot make a temporary folder '%s': %s", path, strerror(errno));
    free(path);
    return NULL;
}

char *file_find_program(const char *name)
{
    const char *path = getenv("PATH");

    if (strchr(name, '/'))
        return access(name, X_OK) == 0 ? xstrdup(name) : NULL;
    for (path = path ? path : "/usr/local/bin:/usr/bin:/bin"; *path;) {
        size_t len = strcspn(path, ":");
        char *candidate = xasprintf("%.*s/%s", len ? (int)len : 1, len ? path : ".", name);

        if (file_is_regular(candidate) && access(candidate, X_OK) == 0)
            return candidate;
        free(candidate);
        path += len + (path[len] == ':');
    }
    return NULL;
}
