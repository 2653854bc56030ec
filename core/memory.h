/*
 * Allocation that cannot fail.
 *
 * Every size that comes from outside (a file, a reply, a header) is bounded
 * by its module before memory is asked for, so running out means that the
 * machine itself is out of memory: the program says so and aborts. This is
 * the one place where a leaf ends the process.
 *
 * What these functions return is the caller's to release with free().
 */
#ifndef FNCTL_CORE_MEMORY_H
#define FNCTL_CORE_MEMORY_H

#include <stddef.h>

/* Zeroed memory for `count` items of `size` bytes; `count * size` may not overflow. */
void *xcalloc(size_t count, size_t size);

/* Resizes `memory` (may be NULL) to `count` items of `size` bytes. */
void *xreallocarray(void *memory, size_t count, size_t size);

/* A copy of `text`; NULL gives NULL. */
char *xstrdup(const char *text);

/* A copy of the first `len` bytes of `text`, terminated. */
char *xstrndup(const char *text, size_t len);

/* A formatted string. */
char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Overwrites `len` bytes in a way that the compiler may not drop: for secrets. */
void memory_wipe(void *memory, size_t len);

#endif
