/* What becomes of a file that the walk through a source came by and no rule leaves out. */
#ifndef FNCTL_PACKAGER_FILES_COLLECT_ITEM_H
#define FNCTL_PACKAGER_FILES_COLLECT_ITEM_H

#include "core/err.h"
#include "packager/files/entries.h"

#include <sys/stat.h>

/* The folder that links may not lead out of. */
struct collect_root {
    const char *folder; /* as the user knows it */
    const char *real;   /* without symbolic links */
};

/*
 * Adds it. Of the status of a symbolic link only the type is looked at.
 * `fault` is what collect_fault() says of the path.
 * ERR_PACKAGE, naming it, when it cannot be in a zip: see collect_files().
 */
int collect_item_add(struct entries *entries, const struct collect_root *root, const char *path,
                     const char *origin, const struct stat *status, const char *fault,
                     const char *reason, struct err *err);

/* Says, with -1, why the item cannot be looked at, by `errno`. */
int collect_item_fail(const char *origin, struct err *err);

#endif
