/*
 * Writing a zip: the same entries give the same bytes, whatever the time zone,
 * umask, dates, file system and number of processors. Entries in the order they
 * come, deflated where that makes them shorter, dated 1980-01-01, mode 0755 or
 * 0644, symbolic links as such.
 *
 * The writer is our own, where reading is libzip's: compressed on all
 * processors it is as fast as libdeflate alone, where libzip, fed with what was
 * compressed beforehand, takes a tenth longer and needs 400 bytes an entry; it
 * has the SHA-256 when it has the file; and an entry's bytes are its own, so
 * that a later run can copy them, headers and all.
 */
#ifndef FNCTL_PACKAGER_ZIP_ZIPFILE_H
#define FNCTL_PACKAGER_ZIP_ZIPFILE_H

#include "core/artifact.h"
#include "core/err.h"
#include "core/out.h"
#include "packager/files/entries.h"
#include "packager/zip/zip_cache.h"

struct zipfile_options {
    struct out *out;         /* progress */
    const char *label;       /* of the progress bar */
    int level;               /* of compression, 1 to 12 */
    struct zip_cache *cache; /* of that level, for `path`; NULL: none */
};

/*
 * Makes the zip `path`. When it is there and would become the same, nothing is
 * written; what did not change since the cache saw it is copied; the result is
 * that of compressing everything, to the byte.
 *
 * Writes `path` (whose folder must exist) under a temporary name beside it and
 * renames it when it is complete; what killed runs left of it is removed. The
 * entries are sorted; their `compressed` is filled, and `artifact`, which the
 * caller releases by free(artifact->path).
 * Errors: ERR_PACKAGE with the file: it cannot be read, it has changed since
 * it was collected, two are to have the same path, the disk is full.
 * ERR_INTERRUPTED. Nothing is left behind.
 */
int zipfile_write(const char *path, struct entries *entries, const struct zipfile_options *options,
                  struct artifact *artifact, struct err *err);

#endif
