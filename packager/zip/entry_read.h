/* Reading the contents of an entry, which must be what was collected. */
#ifndef FNCTL_PACKAGER_ZIP_ENTRY_READ_H
#define FNCTL_PACKAGER_ZIP_ENTRY_READ_H

#include "core/err.h"
#include "packager/files/entries.h"
#include "packager/zip/digest.h"

/*
 * Reads `len` bytes from `offset` on, which must be in the entry. ERR_PACKAGE,
 * naming the file: it cannot be read, it has vanished, it is not as it was
 * when it was found: another size or modification time, another file.
 */
int entry_read(const struct entry *entry, uint64_t offset, void *data, size_t len, struct err *err);

/* The digest of the contents. Errors: the same; ERR_INTERRUPTED. */
int entry_digest(const struct entry *entry, uint8_t digest[static DIGEST_LEN], struct err *err);

#endif
