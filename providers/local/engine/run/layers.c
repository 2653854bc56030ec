#include "providers/local/engine/run/layers.h"

#include "core/file.h"
#include "core/hash.h"
#include "core/memory.h"
#include "providers/local/engine/store/store.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int overlay(const char *from, const char *to, struct err *err);

static int copy_link(const char *from, const char *to, struct err *err)
{
    char target[PATH_MAX];
    ssize_t len = readlink(from, target, sizeof(target) - 1);

    if (len < 0)
        return err_set(err, ERR_FAILED, "cannot read the link '%s': %s", from, strerror(errno));
    target[len] = '\0';
    if (symlink(target, to) < 0)
        return err_set(err, ERR_FAILED, "cannot make the link '%s': %s", to, strerror(errno));
    return 0;
}

/* Puts one entry in place of what an earlier layer had there. */
static int overlay_entry(const char *from, const char *to, struct err *err)
{
    struct stat status, old;

    if (lstat(from, &status) < 0)
        return err_set(err, ERR_FAILED, "cannot read '%s': %s", from, strerror(errno));
    if (lstat(to, &old) == 0 && !(S_ISDIR(status.st_mode) && S_ISDIR(old.st_mode)) &&
        file_remove(to, err) < 0)
        return -1;
    if (S_ISDIR(status.st_mode))
        return overlay(from, to, err);
    if (S_ISLNK(status.st_mode))
        return copy_link(from, to, err);
    /* Unpacked blobs never change, so that a second name of the same file is as good as a copy. */
    if (link(from, to) < 0)
        return err_set(err, ERR_FAILED, "cannot link '%s': %s", to, strerror(errno));
    return 0;
}

static int overlay(const char *from, const char *to, struct err *err)
{
    DIR *folder = opendir(from);
    struct dirent *entry;
    int result = 0;

    if (!folder)
        return err_set(err, ERR_FAILED, "cannot read '%s': %s", from, strerror(errno));
    if (mkdir(to, 0755) < 0 && errno != EEXIST)
        result = err_set(err, ERR_FAILED, "cannot make '%s': %s", to, strerror(errno));
    while (result == 0 && (entry = readdir(folder))) {
        char *source, *target;

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        source = file_join(from, entry->d_name);
        target = file_join(to, entry->d_name);
        result = overlay_entry(source, target, err);
        free(source);
        free(target);
    }
    closedir(folder);
    return result;
}

static int merge(struct engine *engine, const struct strlist *layers, const char *folder,
                 struct err *err)
{
    char *making = xasprintf("%s.new", folder);
    int result = file_remove(making, err);

    for (size_t i = 0; result == 0 && i < layers->count; i++) {
        char *layer = store_unpack(engine->store, layers->items[i], err);

        result = layer ? overlay(layer, making, err) : -1;
        free(layer);
    }
    if (result == 0 && rename(making, folder) < 0)
        result = err_set(err, ERR_FAILED, "cannot make '%s': %s", folder, strerror(errno));
    free(making);
    return result;
}

void layers_sweep(struct engine *engine)
{
    char *folder = file_join(engine->folder, "layers");
    struct err err;

    if (file_remove(folder, &err) < 0)
        engine_log("%s", err.message);
    free(folder);
}

int layers_merge(struct engine *engine, const struct strlist *layers, char **folder,
                 struct err *err)
{
    uint8_t digest[HASH_LEN];
    char hex[HASH_HEX_LEN];
    char *names, *parent;
    int result = 0;

    *folder = NULL;
    if (layers->count == 0)
        return 0;
    if (layers->count == 1) {
        *folder = store_unpack(engine->store, layers->items[0], err);
        return *folder ? 0 : -1;
    }
    names = strlist_join(layers, "\n");
    hash_sha256(names, strlen(names), digest);
    hash_hex(digest, sizeof(digest), hex);
    free(names);
    parent = file_join(engine->folder, "layers");
    *folder = file_join(parent, hex);
    if (!file_is_folder(*folder) &&
        (file_make_folder(parent, 0700, err) < 0 || merge(engine, layers, *folder, err) < 0)) {
        result = err_context(err, "cannot put the layers together");
        free(*folder);
        *folder = NULL;
    }
    free(parent);
    return result;
}
