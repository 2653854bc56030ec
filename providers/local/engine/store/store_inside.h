/* The inside of a store: for store.c and store_blobs.c alone. */
#ifndef FNCTL_ENGINE_STORE_INSIDE_H
#define FNCTL_ENGINE_STORE_INSIDE_H

#include <sqlite3.h>

enum { STORE_STATEMENTS = 128 };

struct store {
    char *blobs;    /* FOLDER/blobs */
    char *unpacked; /* FOLDER/unpacked */
    sqlite3 *database;
    /* Statements that ran and wait to run again, at the hash of their text. */
    sqlite3_stmt *statements[STORE_STATEMENTS];
};

#endif
