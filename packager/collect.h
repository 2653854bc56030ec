/* The files of a source folder. */
#ifndef FNCTL_PACKAGER_COLLECT_H
#define FNCTL_PACKAGER_COLLECT_H

#include "core/err.h"
#include "packager/entries.h"
#include "packager/ignore.h"

#include <stdbool.h>

struct collect {
    const char *folder;           /* the source */
    const struct ignore *exclude; /* what stays out */
    const struct ignore *include; /* what goes in all the same, even below an excluded folder */
    bool only_included;           /* nothing but what `include` names */
};

/*
 * Adds the files below the folder, sorted by the bytes of their path, each
 * with the rule that put it in. Folders have no entries of their own.
 *
 * A symbolic link stays one when it is relative and leads to a place inside
 * the folder. ERR_PACKAGE, naming the file: a link out, a socket, pipe or
 * device, a name that is not UTF-8, a file that vanishes meanwhile. What is
 * excluded is not looked at.
 */
int collect_files(struct entries *entries, const struct collect *collect, struct err *err);

/* Adds what is never source: version control, caches, fnctl's own files, virtual environments. */
void collect_add_defaults(struct ignore *exclude);

#endif
