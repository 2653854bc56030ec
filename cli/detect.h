/*
 * Looks at a folder and says what fnctl could deploy from it. Reads, never
 * runs; two levels deep; files above 1 MB, hidden files and links to folders
 * are left out.
 */
#ifndef FNCTL_CLI_DETECT_H
#define FNCTL_CLI_DETECT_H

#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>

/* In the order in which they are preferred. */
enum detect_kind { DETECT_WSGI, DETECT_PYTHON, DETECT_NODE, DETECT_EXECUTABLE, DETECT_KINDS };

struct candidate {
    enum detect_kind kind;
    char *file;               /* below the folder: "api/app.py"; owned */
    char *target;             /* for `app` or `handler`: "api.app.app", "build/bot"; owned */
    const char *architecture; /* DETECT_EXECUTABLE: "x86_64", "arm64", or NULL for a script */
    bool web;                 /* answers HTTP requests */
    bool made;                /* DETECT_EXECUTABLE: the folder's Makefile names it */
    int rank;                 /* within its kind, smaller is better */
};

struct detection {
    bool empty;                   /* nothing there, hidden files and fnctl's own apart */
    bool requirements;            /* there is a requirements.txt */
    struct candidate *candidates; /* best first; owned */
    size_t count;
    char *script; /* a script that is there, but is no runtime; or NULL; owned */
    char *advice; /* of what was recognised but cannot be deployed as it stands; or NULL; owned */
};

/* Fails (ERR_FAILED) only when the folder itself cannot be read. */
int detect_folder(const char *folder, struct detection *detection, struct err *err);
void detection_release(struct detection *detection);

/* "Flask or other WSGI app", ...: for sentences. */
const char *detect_describe(enum detect_kind kind);

#endif
