/* Running the programs that install packages: pip, uv, npm. */
#ifndef FNCTL_PACKAGER_DEPENDENCIES_DEPENDENCY_TOOL_H
#define FNCTL_PACKAGER_DEPENDENCIES_DEPENDENCY_TOOL_H

#include "core/err.h"
#include "core/hash.h"

struct dependency_tool {
    const char *name;               /* "pip", for messages */
    const char *const *argv;        /* ends with NULL */
    const char *folder;             /* where it runs */
    const char *const *environment; /* "NAME=value" beyond ours; ends with NULL */
    const char *what;               /* "the Python packages of 'requirements.txt' for ..." */
    const char *const *unmet;       /* what it says when it finds no package; ends with NULL */
    const char *advice;             /* what to do then */
    const char *const *torn;        /* what it says of files it could not write, though it ends with
                                       0; ends with NULL; NULL: it fails then */
};

/*
 * Runs it. ERR_PACKAGE with its last words when it fails or says that files are not whole, and
 * with the advice where that fits; ERR_SERVICE when what it says tells of the network;
 * ERR_INTERRUPTED.
 */
int dependency_tool_run(const struct dependency_tool *tool, struct err *err);

/* Adds to `hash` which program it is (its real file, size and time, which change with its version)
 * and those variables of our environment that start with `prefix` in any case, which configure it
 * (NULL: none do). */
void dependency_tool_hash(struct hash *hash, const char *program, const char *prefix);

#endif
