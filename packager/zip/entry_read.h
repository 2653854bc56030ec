/* Reading the contents of an entry, which must be what was collected. */
#ifndef FNCTL_PACKAGER_ZIP_ENTRY_READ_H
#define FNCTL_PACKAGER_ZIP_ENTRY_READ_H

#include "core/err.h"
#include "packager/files/entries.h"
#include "packager/zip/digest.h"

/* Who reads one entry after the other: those of one folder are opened from there, which spares the
 * kernel most of the way. For one thread; starts as ENTRY_READER_INIT. */
struct entry_reader {
    const char *folder; /* of the last entry: the start of its origin, borrowed */
    size_t len;
    int fd; /* of the folder; -1: not open */
};
#define ENTRY_READER_INIT ((struct entry_reader){.fd = -1})
void entry_reader_release(struct entry_reader *reader);

/*
 * Reads `len` bytes from `offset` on, which must be in the entry. ERR_PACKAGE,
 * naming the file: it cannot be read, it has vanished, it is not as it was
 * when it was found: another size or modification time, another file.
 */
int entry_read(struct entry_reader *reader, const struct entry *entry, uint64_t offset, void *data,
               size_t len, struct err *err);

/* The digest of the contents. Errors: the same; ERR_INTERRUPTED. */
int entry_digest(const struct entry *entry, uint8_t digest[static DIGEST_LEN], struct err *err);

#endif
