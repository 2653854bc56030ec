/*
 * Writing a zip: the same entries give the same bytes, whatever the time zone,
 * umask, dates and file system. Entries in the order they come, deflated at
 * level 6, dated 1980-01-01, mode 0755 or 0644, symbolic links as such, no
 * extra fields.
 */
#ifndef FNCTL_PACKAGER_ZIPFILE_H
#define FNCTL_PACKAGER_ZIPFILE_H

#include "core/artifact.h"
#include "core/err.h"
#include "core/out.h"
#include "packager/entries.h"

/*
 * Writes `path` (whose folder must exist) under a temporary name beside it and
 * renames it when it is complete; what killed runs left of it is removed. The
 * `compressed` of the entries is filled, and `artifact`, which the caller
 * releases by free(artifact->path). `label` is the progress bar's.
 * Errors: ERR_PACKAGE with the file: it cannot be read, it has changed since
 * it was collected, the disk is full. ERR_INTERRUPTED. Nothing is left behind.
 */
int zipfile_write(const char *path, struct entries *entries, struct out *out, const char *label,
                  struct artifact *artifact, struct err *err);

#endif
