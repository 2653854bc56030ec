/*
 * The bytes of a zip file around its contents (PKWARE's APPNOTE): local
 * headers, the central directory and the records at its end. Everything that
 * could differ from one machine to the next is fixed: the date is 1980-01-01,
 * no data descriptors, no comments, and no extra field but zip64's, which is
 * there only where a number does not fit in 32 bits.
 */
#ifndef FNCTL_PACKAGER_ZIP_ZIP_FORMAT_H
#define FNCTL_PACKAGER_ZIP_ZIP_FORMAT_H

#include "core/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ZIP_STORED = 0,
    ZIP_DEFLATED = 8,
    ZIP_PATH_MAX = 65535,    /* bytes of a path that the format has room for */
    ZIP_LOCAL_MAX = 30 + 20, /* bytes of a local header without its path */
};

struct zip_record {
    const char *path;    /* UTF-8; flagged as such when it is not plain ASCII */
    unsigned mode;       /* st_mode: type and permissions, as Unix programs expect them */
    uint16_t method;     /* ZIP_STORED or ZIP_DEFLATED */
    uint32_t crc;        /* CRC-32 of the contents */
    uint64_t size;       /* bytes */
    uint64_t compressed; /* bytes in the zip */
    uint64_t offset;     /* of the local header; for the directory */
};

/* The length of the local header of an entry, which does not depend on how it compresses. */
size_t zip_local_len(const char *path, uint64_t size);

/* Writes the local header to `header`, zip_local_len() bytes. */
void zip_put_local(const struct zip_record *record, unsigned char *header);

/* Appends the entry's record of the central directory. */
void zip_put_central(const struct zip_record *record, struct buf *out);

/* Appends what ends the zip: `count` entries, the directory of `len` bytes at `offset`. */
void zip_put_end(uint64_t count, uint64_t offset, uint64_t len, struct buf *out);

#endif
