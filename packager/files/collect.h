/* The files of a source folder. */
#ifndef FNCTL_PACKAGER_FILES_COLLECT_H
#define FNCTL_PACKAGER_FILES_COLLECT_H

#include "core/err.h"
#include "packager/files/entries.h"
#include "packager/files/rules.h"

#include <stdbool.h>

struct collect {
    const char *folder;  /* the source */
    struct rules *rules; /* with the .gitignore files above the source read already */
    bool *used;          /* set for each rule of `include` that matches something; or NULL */
};

/*
 * Adds the files below the folder, sorted by the bytes of their path, each
 * with the rule that put it in. Folders have no entries of their own.
 *
 * A symbolic link stays one when it is relative and leads to something inside
 * the folder. ERR_PACKAGE, naming the file: a link out, to nothing or in a
 * circle, a socket, pipe or device, a name that is not UTF-8 or has control
 * characters in it, a folder that cannot be read, a file that vanishes
 * meanwhile. What is excluded may be all of that.
 */
int collect_files(struct entries *entries, const struct collect *collect, struct err *err);

/* Why a zip cannot have a file of that name: "is not UTF-8"; NULL when it can. */
const char *collect_fault(const char *name);

#endif
