/*
 * The file that a zip is written to, and its SHA-256, which a thread of its own
 * computes behind the writer: it reads back what is final, from the system's
 * cache, so that a header which is filled in late, or a run of bytes that the
 * kernel copies, needs no second way.
 */
#ifndef FNCTL_PACKAGER_ZIP_ZIP_OUTPUT_H
#define FNCTL_PACKAGER_ZIP_ZIP_OUTPUT_H

#include "core/err.h"
#include "core/hash.h"

#include <stddef.h>
#include <stdint.h>

struct zip_output;

/* Makes the file `path`, which must not exist; messages call it `name`. Both are borrowed. */
struct zip_output *zip_output_new(const char *path, const char *name, struct err *err);

/* Closes the file and frees; does not remove it. */
void zip_output_free(struct zip_output *output);

/* Where the next byte goes. */
uint64_t zip_output_offset(const struct zip_output *output);

/* Appends. All errors: ERR_PACKAGE with the name and the system's reason, as a full disk. */
int zip_output_append(struct zip_output *output, const void *data, size_t len, struct err *err);

/* Appends `len` bytes of the file `from`, by the kernel where it can; settles as it goes. */
int zip_output_copy(struct zip_output *output, int from, uint64_t offset, uint64_t len,
                    struct err *err);

/* Leaves out `len` bytes, to be written by zip_output_fill() later. */
void zip_output_leave(struct zip_output *output, size_t len);
int zip_output_fill(struct zip_output *output, uint64_t offset, const void *data, size_t len,
                    struct err *err);

/* Says that all that was appended is as it stays: it may be hashed. */
void zip_output_settle(struct zip_output *output);

/* Settles, and writes the SHA-256 of the whole file. To be called once. */
int zip_output_finish(struct zip_output *output, uint8_t digest[static HASH_LEN], struct err *err);

#endif
