#include "packager/zip/zip_format.h"

#include <string.h>

enum {
    LOCAL_LEN = 30,
    CENTRAL_LEN = 46,
    END_LEN = 22,
    END64_LEN = 56,
    LOCATOR_LEN = 20,
    EXTRA_ID = 1, /* zip64 extended information */
    VERSION_STORED = 10,
    VERSION_DEFLATED = 20,
    VERSION_ZIP64 = 45,
    MADE_BY_UNIX = 3 << 8,
    FLAG_UTF8 = 1 << 11,
    DOS_TIME = 0,
    DOS_DATE = 1 << 5 | 1, /* 1980-01-01, where zip's time begins */
};

static void put16(unsigned char **p, uint64_t value)
{
    *(*p)++ = (unsigned char)(value & 0xff);
    *(*p)++ = (unsigned char)(value >> 8 & 0xff);
}

static void put32(unsigned char **p, uint64_t value)
{
    put16(p, value & 0xffff);
    put16(p, value >> 16 & 0xffff);
}

static void put64(unsigned char **p, uint64_t value)
{
    put32(p, value & UINT32_MAX);
    put32(p, value >> 32);
}

/* A number that the zip64 field has in its stead when it does not fit. */
static void put32_or_more(unsigned char **p, uint64_t value)
{
    put32(p, value < UINT32_MAX ? value : UINT32_MAX);
}

/* Decided by the size alone, since the header is laid out before the entry is compressed. Deflate
 * adds at most 5 bytes for each stored block, of which one has 65535 bytes but for the last of each
 * piece; an eighth of a percent is ample. */
static bool is_large(uint64_t size)
{
    return size + size / 800 + 1024 >= UINT32_MAX;
}

static uint16_t flags_of(const char *path)
{
    for (; *path; path++)
        if ((unsigned char)*path >= 0x80)
            return FLAG_UTF8;
    return 0;
}

static unsigned version_of(const struct zip_record *record)
{
    if (is_large(record->size) || record->offset >= UINT32_MAX)
        return VERSION_ZIP64;
    return record->method == ZIP_DEFLATED ? VERSION_DEFLATED : VERSION_STORED;
}

size_t zip_local_len(const char *path, uint64_t size)
{
    return LOCAL_LEN + strlen(path) + (is_large(size) ? 20 : 0);
}

/* What local header and directory have in common: from the version to the length of the path. */
static void put_common(unsigned char **p, const struct zip_record *record, unsigned version,
                       bool large)
{
    put16(p, version);
    put16(p, flags_of(record->path));
    put16(p, record->method);
    put16(p, DOS_TIME);
    put16(p, DOS_DATE);
    put32(p, record->crc);
    put32(p, large ? UINT32_MAX : record->compressed);
    put32(p, large ? UINT32_MAX : record->size);
    put16(p, strlen(record->path));
}

void zip_put_local(const struct zip_record *record, unsigned char *header)
{
    struct zip_record local = *record;
    unsigned char *p = header;
    bool large = is_large(record->size);
    size_t len = strlen(record->path);

    local.offset = 0; /* an entry has the same bytes wherever it is */
    put32(&p, 0x04034b50);
    put_common(&p, record, version_of(&local), large);
    put16(&p, large ? 20 : 0);
    memcpy(p, record->path, len);
    p += len;
    if (!large)
        return;
    put16(&p, EXTRA_ID);
    put16(&p, 16);
    put64(&p, record->size);
    put64(&p, record->compressed);
}

void zip_put_central(const struct zip_record *record, struct buf *out)
{
    unsigned char bytes[CENTRAL_LEN], extra[28];
    unsigned char *p = bytes, *e = extra;
    bool large = is_large(record->size), far = record->offset >= UINT32_MAX;
    unsigned extra_len = large || far ? 4 + (large ? 16U : 0U) + (far ? 8U : 0U) : 0;

    put32(&p, 0x02014b50);
    put16(&p, MADE_BY_UNIX | version_of(record));
    put_common(&p, record, version_of(record), large);
    put16(&p, extra_len);
    put16(&p, 0); /* comment */
    put16(&p, 0); /* disk */
    put16(&p, 0); /* internal attributes */
    put32(&p, (uint64_t)record->mode << 16);
    put32_or_more(&p, record->offset);
    buf_append(out, bytes, sizeof(bytes));
    buf_puts(out, record->path);
    if (!extra_len)
        return;
    put16(&e, EXTRA_ID);
    put16(&e, extra_len - 4);
    if (large) {
        put64(&e, record->size);
        put64(&e, record->compressed);
    }
    if (far)
        put64(&e, record->offset);
    buf_append(out, extra, extra_len);
}

static void put_end64(uint64_t count, uint64_t offset, uint64_t len, struct buf *out)
{
    unsigned char bytes[END64_LEN + LOCATOR_LEN];
    unsigned char *p = bytes;

    put32(&p, 0x06064b50);
    put64(&p, END64_LEN - 12);
    put16(&p, MADE_BY_UNIX | VERSION_ZIP64);
    put16(&p, VERSION_ZIP64);
    put32(&p, 0); /* this disk */
    put32(&p, 0); /* the directory's disk */
    put64(&p, count);
    put64(&p, count);
    put64(&p, len);
    put64(&p, offset);
    put32(&p, 0x07064b50);
    put32(&p, 0);
    put64(&p, offset + len);
    put32(&p, 1); /* disks */
    buf_append(out, bytes, sizeof(bytes));
}

void zip_put_end(uint64_t count, uint64_t offset, uint64_t len, struct buf *out)
{
    unsigned char bytes[END_LEN];
    unsigned char *p = bytes;
    uint64_t short_count = count < UINT16_MAX ? count : UINT16_MAX;

    if (count >= UINT16_MAX || offset >= UINT32_MAX || len >= UINT32_MAX)
        put_end64(count, offset, len, out);
    put32(&p, 0x06054b50);
    put16(&p, 0);
    put16(&p, 0);
    put16(&p, short_count);
    put16(&p, short_count);
    put32_or_more(&p, len);
    put32_or_more(&p, offset);
    put16(&p, 0); /* comment */
    buf_append(out, bytes, sizeof(bytes));
}
