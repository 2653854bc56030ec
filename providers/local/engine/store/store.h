/*
 * What the engine remembers: an SQLite database (WAL, synchronous FULL) and
 * content-addressed blob files. A row is written only after its blob is on
 * disk, so kill -9 loses nothing that was acknowledged.
 */
#ifndef FNCTL_ENGINE_STORE_H
#define FNCTL_ENGINE_STORE_H

#include "core/err.h"
#include "core/hash.h"

#include <jansson.h>
#include <sqlite3.h>
#include <stdint.h>

struct store;

/* The tables are described in store_migrations.c. */

/* Opens or makes FOLDER/state.db and FOLDER/blobs, migrating by PRAGMA user_version. */
struct store *store_open(const char *folder, struct err *err);
void store_close(struct store *store);

/* At start: removes what a kill -9 left half-made, and blobs that nothing refers to. */
void store_sweep(struct store *store);

/* The database, for the modules' own statements. */
sqlite3 *store_database(struct store *store);

/* A prepared statement with its parameters bound: `types` has a letter for each argument: 's' text
 * (const char *, may be NULL), 'i' int64_t, 'b' blob (const void *, size_t). Never NULL: a wrong
 * statement is a bug and aborts. Finalize with sqlite3_finalize(). */
sqlite3_stmt *store_prepare(struct store *store, const char *sql, const char *types, ...);

/*
 * The rows of a query as JSON objects under the names of their columns. NULL
 * columns are left out; a column whose name starts with "{" holds JSON and is
 * put in as that, without the brace. The caller owns the array, or (store_row)
 * the first row, NULL when there is none.
 */
json_t *store_rows(struct store *store, const char *sql, const char *types, ...);
json_t *store_row(struct store *store, const char *sql, const char *types, ...);

/* Runs a statement that returns no row; returns the number of rows changed. Less than 0: -1
 * when a constraint does not hold, -2 when the disk is full or broken (logged). */
int store_run(struct store *store, const char *sql, const char *types, ...);

/* One transaction, begun and ended within one callback of the loop. */
int store_begin(struct store *store);
int store_commit(struct store *store);
void store_rollback(struct store *store);

/* Keeps bytes under their SHA-256 (hex in `name`), fsynced. The file is FOLDER/blobs/NAME. */
int store_put_blob(struct store *store, const void *data, size_t len,
                   char name[static HASH_HEX_LEN], struct err *err);

/* For a blob that is written piece by piece: a new file beside the blobs, open for reading and
 * writing; its path is to free(). NULL: ERR_FAILED. */
char *store_incoming(struct store *store, int *fd, struct err *err);

/* Makes the file the blob `name`, its SHA-256 in hex; on disk when this returns. */
int store_keep(struct store *store, const char *path, int fd, const char *name, struct err *err);

/* Removes a blob that nothing refers to any more; NULL and "" are none. */
void store_drop(struct store *store, const char *name);

/* The path of a blob; to free(). */
char *store_blob_path(struct store *store, const char *name);

/* The folder a zip blob is unpacked to, unpacking it on first use; to free(). Entries that would
 * leave the folder ("../", absolute, through symlinks) are refused: ERR_PACKAGE. A folder is
 * complete or not there, also after kill -9. Check at upload with store_check_zip(). */
char *store_unpack(struct store *store, const char *name, struct err *err);

/* As store_check_zip(), of a blob. */
int store_check_blob(struct store *store, const char *name, uint64_t *unzipped, struct err *err);

/* Whether the zip can be unpacked safely: ERR_PACKAGE with the entry and why not. `unzipped` takes
 * the size of its entries. */
int store_check_zip(const void *data, size_t len, uint64_t *unzipped, struct err *err);

/* The unzipped size of a zip blob that passed the check; 0 when it cannot be read. */
uint64_t store_unzipped_size(struct store *store, const char *name);

#endif
