#include "providers/local/engine/store/store.h"

#include "core/file.h"
#include "core/memory.h"
#include "providers/local/engine/engine.h"
#include "providers/local/engine/run/unpack.h"
#include "providers/local/engine/store/store_inside.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

static bool is_used(struct store *store, const char *name)
{
    sqlite3_stmt *statement =
        store_prepare(store,
                      "SELECT 1 WHERE EXISTS (SELECT 1 FROM function_versions WHERE code = ?1)"
                      " OR EXISTS (SELECT 1 FROM layers WHERE code = ?1)"
                      " OR EXISTS (SELECT 1 FROM s3_objects WHERE blob = ?1)"
                      " OR EXISTS (SELECT 1 FROM s3_parts WHERE blob = ?1)",
                      "s", name);
    bool used = sqlite3_step(statement) == SQLITE_ROW;

    sqlite3_finalize(statement);
    return used;
}

static void sweep_folder(struct store *store, const char *folder)
{
    DIR *entries = opendir(folder);
    const struct dirent *entry;
    struct err err;

    while (entries && (entry = readdir(entries)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
            !is_used(store, entry->d_name)) {
            char *path = file_join(folder, entry->d_name);

            if (file_remove(path, &err) < 0)
                engine_log("%s", err.message);
            free(path);
        }
    }
    if (entries)
        closedir(entries);
}

void store_sweep(struct store *store)
{
    /* Deleted layers stay for the functions that have them. */
    store_run(store,
              "DELETE FROM layers WHERE deleted AND NOT EXISTS (SELECT 1 FROM function_versions"
              " WHERE instr(configuration, '\"' || arn || '\"') > 0)",
              "");
    sweep_folder(store, store->blobs);
    sweep_folder(store, store->unpacked);
}

/* A rename is on disk when its folder is. */
static void sync_folder(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return;
    fsync(fd);
    close(fd);
}

int store_put_blob(struct store *store, const void *data, size_t len,
                   char name[static HASH_HEX_LEN], struct err *err)
{
    uint8_t digest[HASH_LEN];
    char *path;
    int result = 0;

    hash_sha256(data, len, digest);
    hash_hex(digest, sizeof(digest), name);
    path = store_blob_path(store, name);
    if (!file_exists(path)) {
        result = file_write(path, data, len, 0600, err);
        sync_folder(store->blobs);
    }
    free(path);
    return result;
}

char *store_incoming(struct store *store, int *fd, struct err *err)
{
    char *path = file_join(store->blobs, "incoming.XXXXXX");

    *fd = mkostemp(path, O_CLOEXEC);
    if (*fd >= 0)
        return path;
    err_set(err, ERR_FAILED, "cannot make a file in '%s': %s", store->blobs, strerror(errno));
    free(path);
    return NULL;
}

int store_keep(struct store *store, const char *path, int fd, const char *name, struct err *err)
{
    char *blob = store_blob_path(store, name);
    int result = 0;

    if (file_exists(blob))
        unlink(path);
    else if (fsync(fd) < 0 || rename(path, blob) < 0)
        result = err_set(err, ERR_FAILED, "cannot write '%s': %s", blob, strerror(errno));
    else
        sync_folder(store->blobs);
    free(blob);
    return result;
}

void store_drop(struct store *store, const char *name)
{
    char *path;

    if (!name || !*name || is_used(store, name))
        return;
    path = store_blob_path(store, name);
    unlink(path);
    free(path);
}

char *store_blob_path(struct store *store, const char *name)
{
    return file_join(store->blobs, name);
}

static int unpack(struct store *store, const char *name, const char *folder, struct err *err)
{
    char *path = store_blob_path(store, name);
    int failure = 0, result;
    zip_t *zip = zip_open(path, ZIP_RDONLY, &failure);

    if (zip)
        result = unpack_into(zip, folder, err);
    else
        result = err_set(err, ERR_PACKAGE, "cannot open the zip '%s' (error %d)", path, failure);
    if (zip)
        zip_discard(zip);
    free(path);
    return result;
}

char *store_unpack(struct store *store, const char *name, struct err *err)
{
    char *folder = file_join(store->unpacked, name);
    char *temporary = xasprintf("%s/.%s.XXXXXX", store->unpacked, name);
    struct err ignored;
    bool done = file_is_folder(folder);

    if (done)
        goto out;
    if (!mkdtemp(temporary)) {
        err_set(err, ERR_FAILED, "cannot make a folder below '%s'", store->unpacked);
        goto out;
    }
    /* The folder appears under its name only when it is whole. */
    if (unpack(store, name, temporary, err) < 0 || chmod(temporary, 0755) < 0)
        file_remove(temporary, &ignored);
    else if (rename(temporary, folder) == 0)
        done = true;
    else
        err_set(err, ERR_FAILED, "cannot make the folder '%s'", folder);
out:
    free(temporary);
    if (done)
        return folder;
    free(folder);
    return NULL;
}

int store_check_zip(const void *data, size_t len, uint64_t *unzipped, struct err *err)
{
    zip_error_t error;
    zip_source_t *source;
    zip_t *zip = NULL;
    int result = -1;

    *unzipped = 0;
    zip_error_init(&error);
    source = zip_source_buffer_create(data, len, 0, &error);
    if (source)
        zip = zip_open_from_source(source, ZIP_RDONLY, &error);
    if (zip) {
        /* libzip takes no bytes at all for an empty archive. */
        if (zip_get_num_entries(zip, 0) == 0)
            err_set(err, ERR_PACKAGE, "it is no zip, or an empty one");
        else
            result = unpack_check(zip, unzipped, err);
        zip_discard(zip);
    } else {
        zip_source_free(source);
        err_set(err, ERR_PACKAGE, "it is no zip: %s", zip_error_strerror(&error));
    }
    zip_error_fini(&error);
    return result;
}

int store_check_blob(struct store *store, const char *name, uint64_t *unzipped, struct err *err)
{
    char *path = store_blob_path(store, name);
    int failure = 0, result;
    zip_t *zip = zip_open(path, ZIP_RDONLY, &failure);

    *unzipped = 0;
    if (!zip)
        result = err_set(err, ERR_PACKAGE, "it is no zip (error %d of libzip)", failure);
    else if (zip_get_num_entries(zip, 0) == 0)
        result = err_set(err, ERR_PACKAGE, "it is no zip, or an empty one");
    else
        result = unpack_check(zip, unzipped, err);
    if (zip)
        zip_discard(zip);
    free(path);
    return result;
}

uint64_t store_unzipped_size(struct store *store, const char *name)
{
    char *path = store_blob_path(store, name);
    zip_t *zip = zip_open(path, ZIP_RDONLY, NULL);
    uint64_t size = 0;
    struct err ignored;

    if (zip) {
        unpack_check(zip, &size, &ignored);
        zip_discard(zip);
    }
    free(path);
    return size;
}
