/*
 * The index of a zip: what each of its entries was made of, so that the next
 * run copies what did not change. A file of its own in the project's cache; it
 * is only a hint, and is believed when all of it fits: its own checksum, the
 * version of this format and of the compressor, and the zip as it lies there.
 */
#ifndef FNCTL_PACKAGER_ZIP_ZIP_INDEX_H
#define FNCTL_PACKAGER_ZIP_ZIP_INDEX_H

#include "core/artifact.h"
#include "core/buf.h"
#include "packager/files/entries.h"
#include "packager/zip/digest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Which compressor made the zip: its level, and the file that its code is in, since a library says
 * nowhere which version it is. */
struct zip_maker {
    uint64_t level;
    uint64_t size;
    struct entry_stamp stamp;
};

struct zip_index {
    struct zip_maker maker;
    const char *archive; /* absolute path of the zip; in `data` */
    uint64_t size;       /* of the zip */
    struct entry_stamp stamp;
    uint64_t unzipped_size;
    uint64_t count;               /* entries */
    char sha256[HASH_BASE64_LEN]; /* of the zip; both as in struct artifact */
    char identity[HASH_HEX_LEN];
    const unsigned char *records; /* in `data` */
    size_t records_len;
};

struct zip_index_entry {
    const char *path; /* in the index, ends with a NUL */
    uint64_t size, compressed;
    uint64_t offset; /* of the local header in the zip */
    /* All zero: the file was so new that a change might not have shown, or it is no file. */
    struct entry_stamp stamp;
    uint32_t crc;
    uint32_t mode;
    uint16_t method;
    uint8_t elf; /* enum entry_elf */
    uint8_t digest[DIGEST_LEN];
};

/*
 * Reads an index; `index` points into `data`. False when it is not one, whole
 * and unharmed: the entries are sorted, and lie in the zip one behind the other.
 */
bool zip_index_parse(struct zip_index *index, const void *data, size_t len);

/* A walk over the entries, in order: `cursor` starts as {0}; false at the end. */
struct zip_index_cursor {
    size_t at;
    uint64_t offset;
};
bool zip_index_next(const struct zip_index *index, struct zip_index_cursor *cursor,
                    struct zip_index_entry *entry);

/* Writes an index: its head, which has all but the records, then the entries (offsets are not
 * written, they follow), then the checksum. */
void zip_index_begin(const struct zip_index *index, struct buf *out);
void zip_index_add(const struct zip_index_entry *entry, struct buf *out);
void zip_index_end(struct buf *out);

#endif
