#include "providers/local/engine/store.h"

#include "core/file.h"
#include "core/memory.h"
#include "providers/local/engine/engine.h"
#include "providers/local/engine/store_migrations.h"
#include "providers/local/engine/unpack.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

struct store {
    char *blobs;    /* FOLDER/blobs */
    char *unpacked; /* FOLDER/unpacked */
    sqlite3 *database;
};

static int database_error(struct store *store, struct err *err)
{
    return err_set(err, ERR_FAILED, "cannot open the engine's state: %s",
                   sqlite3_errmsg(store->database));
}

static int64_t user_version(struct store *store)
{
    sqlite3_stmt *statement = store_prepare(store, "PRAGMA user_version", "");
    int64_t version =
        sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;

    sqlite3_finalize(statement);
    return version;
}

static int execute(struct store *store, const char *sql, struct err *err)
{
    if (sqlite3_exec(store->database, sql, NULL, NULL, NULL) == SQLITE_OK)
        return 0;
    return database_error(store, err);
}

/* All missing steps in one transaction: a state is of one version or of another. */
static int migrate(struct store *store, struct err *err)
{
    int64_t known = 0, version = user_version(store);
    char pragma[64];

    while (store_migrations[known])
        known++;
    if (version > known)
        return err_set(err, ERR_FAILED,
                       "the state was written by a newer fnctl-local (version %lld, this one "
                       "knows %lld): use that one, or remove the folder",
                       (long long)version, (long long)known);
    if (version == known)
        return 0;
    if (execute(store, "BEGIN IMMEDIATE", err) < 0)
        return -1;
    for (; version < known; version++) {
        if (execute(store, store_migrations[version], err) < 0)
            return -1;
    }
    sqlite3_snprintf(sizeof(pragma), pragma, "PRAGMA user_version = %lld", (long long)known);
    return execute(store, pragma, err) < 0 ? -1 : execute(store, "COMMIT", err);
}

static int open_database(struct store *store, const char *folder, struct err *err)
{
    char *path = file_join(folder, "state.db");
    int status =
        sqlite3_open_v2(path, &store->database,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);

    free(path);
    if (status != SQLITE_OK)
        return database_error(store, err);
    sqlite3_busy_timeout(store->database, 5000);
    if (execute(store,
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                "PRAGMA foreign_keys = ON;",
                err) < 0)
        return -1;
    return migrate(store, err);
}

struct store *store_open(const char *folder, struct err *err)
{
    struct store *store = xcalloc(1, sizeof(*store));

    store->blobs = file_join(folder, "blobs");
    store->unpacked = file_join(folder, "unpacked");
    if (file_make_folder(store->blobs, 0700, err) == 0 &&
        file_make_folder(store->unpacked, 0700, err) == 0 && open_database(store, folder, err) == 0)
        return store;
    store_close(store);
    return NULL;
}

static bool is_used(struct store *store, const char *name)
{
    sqlite3_stmt *statement =
        store_prepare(store,
                      "SELECT 1 WHERE EXISTS (SELECT 1 FROM function_versions WHERE code = ?1)"
                      " OR EXISTS (SELECT 1 FROM layers WHERE code = ?1)",
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

void store_close(struct store *store)
{
    if (!store)
        return;
    sqlite3_close(store->database);
    free(store->blobs);
    free(store->unpacked);
    free(store);
}

sqlite3 *store_database(struct store *store)
{
    return store->database;
}

static void bind(sqlite3_stmt *statement, const char *types, va_list arguments)
{
    for (int i = 1; *types; i++, types++) {
        const void *data;
        const char *text;

        switch (*types) {
        case 's':
            text = va_arg(arguments, const char *);
            sqlite3_bind_text(statement, i, text, -1, SQLITE_TRANSIENT);
            break;
        case 'i':
            sqlite3_bind_int64(statement, i, va_arg(arguments, int64_t));
            break;
        case 'b':
            data = va_arg(arguments, const void *);
            sqlite3_bind_blob64(statement, i, data ? data : "", va_arg(arguments, size_t),
                                SQLITE_TRANSIENT);
            break;
        default:
            abort();
        }
    }
}

static sqlite3_stmt *prepare(struct store *store, const char *sql, const char *types,
                             va_list arguments)
{
    sqlite3_stmt *statement = NULL;

    if (sqlite3_prepare_v2(store->database, sql, -1, &statement, NULL) != SQLITE_OK) {
        engine_log("statement '%s': %s", sql, sqlite3_errmsg(store->database));
        abort();
    }
    bind(statement, types, arguments);
    return statement;
}

sqlite3_stmt *store_prepare(struct store *store, const char *sql, const char *types, ...)
{
    sqlite3_stmt *statement;
    va_list arguments;

    va_start(arguments, types);
    statement = prepare(store, sql, types, arguments);
    va_end(arguments);
    return statement;
}

int store_run(struct store *store, const char *sql, const char *types, ...)
{
    sqlite3_stmt *statement;
    va_list arguments;
    int status;

    va_start(arguments, types);
    statement = prepare(store, sql, types, arguments);
    va_end(arguments);
    while ((status = sqlite3_step(statement)) == SQLITE_ROW)
        ;
    sqlite3_finalize(statement);
    if (status == SQLITE_DONE)
        return sqlite3_changes(store->database);
    if (status != SQLITE_CONSTRAINT)
        engine_log("cannot write the state: %s", sqlite3_errmsg(store->database));
    return status == SQLITE_CONSTRAINT ? -1 : -2;
}

int store_begin(struct store *store)
{
    return store_run(store, "BEGIN IMMEDIATE", "") < 0 ? -1 : 0;
}

int store_commit(struct store *store)
{
    if (store_run(store, "COMMIT", "") >= 0)
        return 0;
    store_rollback(store);
    return -1;
}

void store_rollback(struct store *store)
{
    if (!sqlite3_get_autocommit(store->database))
        store_run(store, "ROLLBACK", "");
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
        result = unpack_check(zip, unzipped, err);
        zip_discard(zip);
    } else {
        zip_source_free(source);
        err_set(err, ERR_PACKAGE, "it is no zip: %s", zip_error_strerror(&error));
    }
    zip_error_fini(&error);
    return result;
}
