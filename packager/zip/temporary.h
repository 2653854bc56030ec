/* Temporary files beside what they become, named after the process: those of the dead are told
 * from those of the living, and removed. */
#ifndef FNCTL_PACKAGER_ZIP_TEMPORARY_H
#define FNCTL_PACKAGER_ZIP_TEMPORARY_H

#include "core/err.h"

#include <stddef.h>

/* The name under which this process makes `path`, in the same folder; to free(). Removes what
 * killed processes left of it. */
char *temporary_path(const char *path);

/*
 * Writes a file so that a reader sees the old contents or the new. Unlike
 * file_write() it does not wait for the disk: for what is checked when it is
 * read, and can be made again. The folder is made when it is missing.
 */
int temporary_replace(const char *path, const void *data, size_t len, struct err *err);

#endif
