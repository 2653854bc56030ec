#include "packager/zip/temporary.h"

#include "core/file.h"
#include "core/memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_leftover(const char *name, const char *prefix)
{
    size_t len = strlen(prefix);
    long pid;

    if (strncmp(name, prefix, len) != 0)
        return false;
    pid = strtol(name + len, NULL, 10);
    return pid <= 0 || pid == getpid() || (kill((pid_t)pid, 0) < 0 && errno == ESRCH);
}

static void remove_leftovers(const char *folder, const char *prefix)
{
    DIR *stream = opendir(folder);
    struct dirent *item;

    while (stream && (item = readdir(stream)) != NULL)
        if (is_leftover(item->d_name, prefix))
            unlinkat(dirfd(stream), item->d_name, 0);
    if (stream)
        closedir(stream);
}

char *temporary_path(const char *path)
{
    char *folder = file_folder(path);
    char *prefix = xasprintf(".%s.", file_name(path));
    char *temporary = xasprintf("%s/%s%ld", folder, prefix, (long)getpid());

    remove_leftovers(folder, prefix);
    free(prefix);
    free(folder);
    return temporary;
}

int temporary_replace(const char *path, const void *data, size_t len, struct err *err)
{
    char *folder = file_folder(path), *temporary = NULL;
    int fd = -1, result = file_make_folder(folder, 0755, err);

    if (result < 0)
        goto out;
    temporary = temporary_path(path);
    fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0 || file_write_all(fd, data, len) < 0 || rename(temporary, path) < 0) {
        result = err_set(err, ERR_FAILED, "cannot write '%s': %s", path, strerror(errno));
        if (fd >= 0)
            unlink(temporary);
    }
out:
    if (fd >= 0)
        close(fd);
    free(temporary);
    free(folder);
    return result;
}
