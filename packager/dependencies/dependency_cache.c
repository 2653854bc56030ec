#include "packager/dependencies/dependency_cache.h"

#include "core/file.h"
#include "core/memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Seconds: of complete folders, which several stages and branches may share; and of those that
 * somebody seems to have been killed in. */
enum { UNUSED_MAX = 14 * 24 * 3600, ABANDONED = 24 * 3600 };

enum { DEPTH_MAX = 32 };

char *dependency_cache_folder(const char *project)
{
    return file_join(strcmp(project, ".") == 0 ? "" : project, ".fnctl/dependencies");
}

char *dependency_cache_find(const char *cache, const char *key)
{
    char *folder = file_join(cache, key);

    /* The time of the last use is the folder's. Where it cannot be set nothing is pruned either. */
    if (file_is_folder(folder)) {
        utimensat(AT_FDCWD, folder, NULL, 0);
        return folder;
    }
    free(folder);
    return NULL;
}

char *dependency_cache_begin(const char *cache, const char *key, struct err *err)
{
    char *path = xasprintf("%s/%s.XXXXXX", cache, key);

    if (file_make_folder(cache, 0755, err) < 0) {
        err->code = ERR_PACKAGE;
    } else if (!mkdtemp(path)) {
        err_set(err, ERR_PACKAGE, "cannot make the folder '%s': %s", path, strerror(errno));
    } else {
        chmod(path, 0755);
        return path;
    }
    free(path);
    return NULL;
}

char *dependency_cache_keep(const char *cache, const char *key, const char *begun, struct err *err)
{
    char *folder = file_join(cache, key);
    struct err ignored = {0};

    if (rename(begun, folder) == 0)
        return folder;
    if (errno == ENOTEMPTY || errno == EEXIST) {
        file_remove(begun, &ignored);
        return folder;
    }
    err_set(err, ERR_PACKAGE, "cannot rename '%s' to '%s': %s", begun, folder, strerror(errno));
    free(folder);
    return NULL;
}

static void add_status(struct hash *hash, const char *path, const struct stat *status)
{
    hash_text(hash, path);
    hash_update(hash, &status->st_size, sizeof(status->st_size));
    hash_update(hash, &status->st_mtim, sizeof(status->st_mtim));
}

/* What building a package leaves in its own folder is not what it is built from. */
static bool is_made(const char *name)
{
    const char *dot = strrchr(name, '.');

    return name[0] == '.' || strcmp(name, "build") == 0 || strcmp(name, "__pycache__") == 0 ||
           strcmp(name, "node_modules") == 0 || (dot && strcmp(dot, ".egg-info") == 0);
}

/* The sizes and times of a package's own files, in the order of their names. */
static void add_place(struct hash *hash, const char *path, int depth)
{
    struct dirent **names = NULL;
    struct stat status;
    int count;

    if (stat(path, &status) < 0)
        return;
    if (!S_ISDIR(status.st_mode)) {
        add_status(hash, path, &status);
        return;
    }
    count = depth < DEPTH_MAX ? scandir(path, &names, NULL, alphasort) : 0;
    for (int i = 0; i < count; i++) {
        char *child = file_join(path, names[i]->d_name);

        if (!is_made(names[i]->d_name))
            add_place(hash, child, depth + 1);
        free(child);
        free(names[i]);
    }
    free(names);
}

void dependency_cache_hash(struct hash *hash, const char *path)
{
    add_place(hash, path, 0);
}

static bool is_old(const char *cache, const char *name, time_t now)
{
    char *path = file_join(cache, name);
    struct stat status;
    bool old = lstat(path, &status) == 0 &&
               now - status.st_mtime > (strchr(name, '.') ? ABANDONED : UNUSED_MAX);

    free(path);
    return old;
}

void dependency_cache_prune(const char *cache)
{
    DIR *stream = opendir(cache);
    time_t now = time(NULL);
    struct dirent *item;

    while (stream && (item = readdir(stream)) != NULL) {
        struct err ignored = {0};
        char *path;

        if (item->d_name[0] == '.' || !is_old(cache, item->d_name, now))
            continue;
        path = file_join(cache, item->d_name);
        file_remove(path, &ignored);
        free(path);
    }
    if (stream)
        closedir(stream);
}
