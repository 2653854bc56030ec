#include "packager/elf/ld_cache.h"

#include "core/file.h"

#include <string.h>

/* The header of format 1.1 and its entries, in bytes; the older header that may stand before. */
#define MAGIC "glibc-ld.so.cache1.1"
#define OLD_MAGIC "ld.so-1.7.0"
enum {
    HEADER_LEN = 48,
    ENTRY_LEN = 24,
    OLD_HEADER_LEN = 16,
    OLD_ENTRY_LEN = 12,
    CACHE_MAX = 64 << 20
};
enum { COUNT_OFFSET = 20, FLAGS_OFFSET = 28, KEY_OFFSET = 4, VALUE_OFFSET = 8, HWCAP_OFFSET = 16 };
enum { ENDIAN_MASK = 3, ENDIAN_BIG = 3 };

/* The 32-bit number at `offset`, which must lie inside. */
static uint32_t number(const struct ld_cache *cache, size_t offset)
{
    const unsigned char *p = (const unsigned char *)cache->bytes.data + offset;
    uint32_t value = 0;

    for (int i = 0; i < 4; i++)
        value = value << 8 | p[cache->big_endian ? i : 3 - i];
    return value;
}

static bool inside(const struct ld_cache *cache, size_t offset, size_t len)
{
    return offset <= cache->bytes.len && len <= cache->bytes.len - offset;
}

/* Passes over the old table that glibc before 2.32 writes in front. */
static size_t skip_old(const struct ld_cache *cache)
{
    size_t end;

    if (!inside(cache, 0, OLD_HEADER_LEN) ||
        memcmp(cache->bytes.data, OLD_MAGIC, strlen(OLD_MAGIC)) != 0)
        return 0;
    end = OLD_HEADER_LEN + (size_t)number(cache, 12) * OLD_ENTRY_LEN;
    return (end + 7) / 8 * 8;
}

void ld_cache_init(struct ld_cache *cache, struct buf *bytes)
{
    const uint16_t probe = 1;

    *cache = (struct ld_cache){.bytes = *bytes};
    buf_init(bytes, 0);
    cache->big_endian = *(const unsigned char *)&probe == 0;
    cache->start = skip_old(cache);
    if (!inside(cache, cache->start, HEADER_LEN) ||
        memcmp(cache->bytes.data + cache->start, MAGIC, strlen(MAGIC)) != 0)
        return;
    if (cache->bytes.data[cache->start + FLAGS_OFFSET] & ENDIAN_MASK)
        cache->big_endian =
            (cache->bytes.data[cache->start + FLAGS_OFFSET] & ENDIAN_MASK) == ENDIAN_BIG;
    cache->count = number(cache, cache->start + COUNT_OFFSET);
    if (!inside(cache, cache->start + HEADER_LEN, (size_t)cache->count * ENTRY_LEN))
        cache->count = 0;
}

void ld_cache_open(struct ld_cache *cache, const char *path)
{
    struct buf bytes;
    struct err err;

    buf_init(&bytes, 0);
    if (file_read(path, CACHE_MAX, &bytes, &err) < 0)
        buf_clear(&bytes);
    ld_cache_init(cache, &bytes);
}

void ld_cache_release(struct ld_cache *cache)
{
    buf_release(&cache->bytes);
    *cache = (struct ld_cache){0};
}

/* The string whose offset stands at `place`; NULL when it does not end in the file. */
static const char *string_at(const struct ld_cache *cache, size_t place)
{
    size_t offset = cache->start + number(cache, place);

    if (offset >= cache->bytes.len ||
        !memchr(cache->bytes.data + offset, '\0', cache->bytes.len - offset))
        return NULL;
    return cache->bytes.data + offset;
}

const char *ld_cache_next(const struct ld_cache *cache, const char *name, uint32_t *position)
{
    while (*position < cache->count) {
        size_t entry = cache->start + HEADER_LEN + (size_t)*position * ENTRY_LEN;
        const char *key = string_at(cache, entry + KEY_OFFSET);
        const char *path = NULL;

        ++*position;
        if (key && strcmp(key, name) == 0 && number(cache, entry + HWCAP_OFFSET) == 0 &&
            number(cache, entry + HWCAP_OFFSET + 4) == 0)
            path = string_at(cache, entry + VALUE_OFFSET);
        if (path)
            return path;
    }
    return NULL;
}
