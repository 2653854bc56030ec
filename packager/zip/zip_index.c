#include "packager/zip/zip_index.h"

#include "packager/zip/zip_format.h"

#include <endian.h>
#include <string.h>

/* To be changed with the format, and with whatever makes other bytes of the same files. */
static const char magic[16] = "fnctl zip index2";

enum {
    HEAD_LEN = sizeof(magic) + 8 * 14 + HASH_BASE64_LEN + HASH_HEX_LEN,
    RECORD_LEN = 8 * 6 + 16 + DIGEST_LEN
};

/* Numbers are little-endian. */
static inline void set(unsigned char **p, uint64_t value, size_t len)
{
    value = htole64(value);
    memcpy(*p, &value, len); /* one store */
    *p += len;
}

static void set_stamp(unsigned char **p, const struct entry_stamp *stamp)
{
    set(p, stamp->modified, 8);
    set(p, stamp->changed, 8);
    set(p, stamp->inode, 8);
    set(p, stamp->device, 8);
}

static void put(struct buf *out, uint64_t value)
{
    unsigned char bytes[8], *p = bytes;

    set(&p, value, sizeof(bytes));
    buf_append(out, bytes, sizeof(bytes));
}

static inline uint64_t get(const unsigned char **p, size_t len)
{
    uint64_t value = 0;

    memcpy(&value, *p, len); /* one load */
    *p += len;
    return le64toh(value);
}

static void put_stamp(struct buf *out, const struct entry_stamp *stamp)
{
    unsigned char bytes[32], *p = bytes;

    set_stamp(&p, stamp);
    buf_append(out, bytes, sizeof(bytes));
}

static struct entry_stamp get_stamp(const unsigned char **p)
{
    struct entry_stamp stamp;

    stamp.modified = get(p, 8);
    stamp.changed = get(p, 8);
    stamp.inode = get(p, 8);
    stamp.device = get(p, 8);
    return stamp;
}

static void get_bytes(const unsigned char **p, void *bytes, size_t len)
{
    memcpy(bytes, *p, len);
    *p += len;
}

/* A text that fills its place, and a NUL. */
static bool get_text(const unsigned char **p, char *text, size_t size)
{
    get_bytes(p, text, size);
    return memchr(text, '\0', size) == text + size - 1;
}

void zip_index_begin(const struct zip_index *index, struct buf *out)
{
    size_t len = strlen(index->archive) + 1;

    buf_append(out, magic, sizeof(magic));
    put(out, index->maker.level);
    put(out, index->maker.size);
    put_stamp(out, &index->maker.stamp);
    put(out, index->size);
    put_stamp(out, &index->stamp);
    put(out, index->unzipped_size);
    put(out, index->count);
    buf_append(out, index->sha256, sizeof(index->sha256));
    buf_append(out, index->identity, sizeof(index->identity));
    put(out, len);
    buf_append(out, index->archive, len);
}

void zip_index_add(const struct zip_index_entry *entry, struct buf *out)
{
    unsigned char record[RECORD_LEN], *p = record;
    size_t len = strlen(entry->path) + 1;

    set(&p, entry->size, 8);
    set(&p, entry->compressed, 8);
    set_stamp(&p, &entry->stamp);
    set(&p, entry->crc, 4);
    set(&p, entry->mode, 4);
    set(&p, entry->method, 2);
    set(&p, entry->elf, 2);
    set(&p, len, 4);
    memcpy(p, entry->digest, DIGEST_LEN);
    buf_append(out, record, sizeof(record));
    buf_append(out, entry->path, len);
}

void zip_index_end(struct buf *out)
{
    uint8_t digest[DIGEST_LEN];

    digest_bytes(out->data, out->len, digest);
    buf_append(out, digest, sizeof(digest));
}

bool zip_index_next(const struct zip_index *index, struct zip_index_cursor *cursor,
                    struct zip_index_entry *entry)
{
    const unsigned char *p = index->records + cursor->at;
    size_t left = index->records_len - cursor->at;
    uint64_t len;

    if (left < RECORD_LEN)
        return false;
    entry->size = get(&p, 8);
    entry->compressed = get(&p, 8);
    entry->stamp = get_stamp(&p);
    entry->crc = (uint32_t)get(&p, 4);
    entry->mode = (uint32_t)get(&p, 4);
    entry->method = (uint16_t)get(&p, 2);
    entry->elf = (uint8_t)get(&p, 2);
    len = get(&p, 4);
    get_bytes(&p, entry->digest, DIGEST_LEN);
    entry->path = (const char *)p;
    if (len > left - RECORD_LEN || len < 2 || memchr(p, '\0', (size_t)len) != p + len - 1)
        return false;
    entry->offset = cursor->offset;
    cursor->offset += zip_local_len(entry->path, entry->size) + entry->compressed;
    cursor->at += RECORD_LEN + (size_t)len;
    return true;
}

/* Whether the entries are all there, in order, and not beyond the end of the zip. */
static bool is_sound(const struct zip_index *index)
{
    struct zip_index_cursor cursor = {0};
    struct zip_index_entry entry, last = {.path = ""};
    uint64_t unzipped = 0;

    for (uint64_t i = 0; i < index->count; i++) {
        if (!zip_index_next(index, &cursor, &entry) || strcmp(last.path, entry.path) >= 0 ||
            entry.compressed > index->size || cursor.offset > index->size)
            return false;
        unzipped += entry.size;
        last = entry;
    }
    return cursor.at == index->records_len && unzipped == index->unzipped_size;
}

bool zip_index_parse(struct zip_index *index, const void *data, size_t len)
{
    const unsigned char *p = data, *end;
    uint8_t digest[DIGEST_LEN];
    uint64_t path_len;

    if (len < HEAD_LEN + DIGEST_LEN || memcmp(p, magic, sizeof(magic)) != 0)
        return false;
    end = p + len - DIGEST_LEN;
    digest_bytes(data, len - DIGEST_LEN, digest);
    if (memcmp(digest, end, DIGEST_LEN) != 0)
        return false;
    p += sizeof(magic);
    index->maker.level = get(&p, 8);
    index->maker.size = get(&p, 8);
    index->maker.stamp = get_stamp(&p);
    index->size = get(&p, 8);
    index->stamp = get_stamp(&p);
    index->unzipped_size = get(&p, 8);
    index->count = get(&p, 8);
    if (!get_text(&p, index->sha256, sizeof(index->sha256)) ||
        !get_text(&p, index->identity, sizeof(index->identity)))
        return false;
    path_len = get(&p, 8);
    if (path_len < 2 || path_len > (size_t)(end - p) ||
        memchr(p, '\0', (size_t)path_len) != p + path_len - 1)
        return false;
    index->archive = (const char *)p;
    index->records = p + path_len;
    index->records_len = (size_t)(end - index->records);
    return is_sound(index);
}
