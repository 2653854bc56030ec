/* Files and folders. Paths are bytes, as the kernel has them. */
#ifndef FNCTL_CORE_FILE_H
#define FNCTL_CORE_FILE_H

#include "core/buf.h"
#include "core/err.h"

#include <stdbool.h>
#include <sys/types.h>

/* Appends the contents of `path` to `out`; an error when it is larger than `max` bytes (0: no
 * bound) or no regular file. Errors: ERR_FAILED, with the system's reason. */
int file_read(const char *path, size_t max, struct buf *out, struct err *err);

/* Writes `path` so that a reader sees the old contents or the new, never a part: a temporary
 * file in the same folder, fsync, rename. `mode` as for open(2): the umask applies. */
int file_write(const char *path, const void *data, size_t len, mode_t mode, struct err *err);

/* Writes all to an open file, whatever signals come; -1 with errno. */
int file_write_all(int fd, const void *bytes, size_t len);

/* Makes the folder and its parents; existing ones are fine. */
int file_make_folder(const char *path, mode_t mode, struct err *err);

/* Removes a file, or a folder with all that is in it; links are not followed. Missing is fine. */
int file_remove(const char *path, struct err *err);

bool file_exists(const char *path);
bool file_is_folder(const char *path);
bool file_is_regular(const char *path);

/* `folder`/`name`, or `name` alone when it is absolute or `folder` is NULL or ""; to free(). */
char *file_join(const char *folder, const char *name);

/* What is before the last slash ("." without one), to free(). */
char *file_folder(const char *path);

/* What is after the last slash; points into `path`. */
const char *file_name(const char *path);

/* A new empty folder below TMPDIR or /tmp, its name starting with `prefix`, mode 0700; to free().
 */
char *file_temporary_folder(const char *prefix, struct err *err);

/* The full path of program `name` in PATH, to free(); NULL when there is none. */
char *file_find_program(const char *name);

#endif
