#include "providers/local/engine/store/store.h"

#include "core/file.h"
#include "core/memory.h"
#include "providers/local/engine/engine.h"
#include "providers/local/engine/store/store_inside.h"
#include "providers/local/engine/store/store_migrations.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

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

void store_close(struct store *store)
{
    if (!store)
        return;
    for (size_t i = 0; i < STORE_STATEMENTS; i++)
        sqlite3_finalize(store->statements[i]);
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

static size_t slot_of(const char *sql)
{
    size_t hash = 5381;

    for (; *sql; sql++)
        hash = hash * 33 + (unsigned char)*sql;
    return hash % STORE_STATEMENTS;
}

/* Puts a statement that has run back for the next time. */
static void keep(struct store *store, sqlite3_stmt *statement)
{
    sqlite3_stmt **slot = &store->statements[slot_of(sqlite3_sql(statement))];

    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    sqlite3_finalize(*slot);
    *slot = statement;
}

/* Preparing costs more than running most statements: one of the same text is taken again. */
static sqlite3_stmt *prepare(struct store *store, const char *sql, const char *types,
                             va_list arguments)
{
    sqlite3_stmt **slot = &store->statements[slot_of(sql)], *statement = NULL;

    if (*slot && strcmp(sqlite3_sql(*slot), sql) == 0) {
        statement = *slot;
        *slot = NULL;
        bind(statement, types, arguments);
        return statement;
    }
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

static json_t *column(sqlite3_stmt *statement, int i)
{
    const char *text;

    switch (sqlite3_column_type(statement, i)) {
    case SQLITE_INTEGER:
        return json_integer(sqlite3_column_int64(statement, i));
    case SQLITE_FLOAT:
        return json_real(sqlite3_column_double(statement, i));
    case SQLITE_NULL:
        return NULL;
    default:
        text = (const char *)sqlite3_column_text(statement, i);
        return sqlite3_column_name(statement, i)[0] == '{' ? json_loads(text, 0, NULL)
                                                           : json_string(text);
    }
}

static json_t *read_rows(struct store *store, sqlite3_stmt *statement, size_t max)
{
    json_t *rows = json_array();

    while (json_array_size(rows) < max && sqlite3_step(statement) == SQLITE_ROW) {
        json_t *row = json_object();

        for (int i = 0; i < sqlite3_column_count(statement); i++) {
            const char *name = sqlite3_column_name(statement, i);
            json_t *value = column(statement, i);

            if (value)
                json_object_set_new(row, name + (*name == '{'), value);
        }
        json_array_append_new(rows, row);
    }
    keep(store, statement);
    return rows;
}

json_t *store_rows(struct store *store, const char *sql, const char *types, ...)
{
    sqlite3_stmt *statement;
    va_list arguments;

    va_start(arguments, types);
    statement = prepare(store, sql, types, arguments);
    va_end(arguments);
    return read_rows(store, statement, SIZE_MAX);
}

json_t *store_row(struct store *store, const char *sql, const char *types, ...)
{
    sqlite3_stmt *statement;
    va_list arguments;
    json_t *rows, *row;

    va_start(arguments, types);
    statement = prepare(store, sql, types, arguments);
    va_end(arguments);
    rows = read_rows(store, statement, 1);
    row = json_incref(json_array_get(rows, 0));
    json_decref(rows);
    return row;
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
    keep(store, statement);
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
