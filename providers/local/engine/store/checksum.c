#include "providers/local/engine/store/checksum.h"

#include "core/hash.h"
#include "core/memory.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

const char *const checksum_names[] = {"CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256", NULL};
enum kind { CRC32, CRC32C, CRC64NVME, SHA1, SHA256 };

struct checksum {
    enum kind kind;
    uint64_t crc;
    uint64_t table[256]; /* of the CRCs that zlib does not have */
    struct hash *hash;
};

/* Reflected polynomials. */
#define CASTAGNOLI UINT64_C(0x82f63b78)
#define NVME UINT64_C(0x9a6c9329ac4bc9b5)

static void fill_table(struct checksum *checksum, uint64_t polynomial)
{
    for (uint64_t i = 0; i < 256; i++) {
        uint64_t value = i;

        for (int bit = 0; bit < 8; bit++)
            value = value & 1 ? value >> 1 ^ polynomial : value >> 1;
        checksum->table[i] = value;
    }
}

static int find(const char *algorithm)
{
    for (int i = 0; checksum_names[i]; i++) {
        if (strcasecmp(checksum_names[i], algorithm) == 0)
            return i;
    }
    return -1;
}

const char *checksum_name(const char *algorithm)
{
    int found = find(algorithm);

    return found < 0 ? NULL : checksum_names[found];
}

struct checksum *checksum_new(const char *algorithm)
{
    int kind = find(algorithm);
    struct checksum *checksum;

    if (kind < 0)
        return NULL;
    checksum = xcalloc(1, sizeof(*checksum));
    checksum->kind = (enum kind)kind;
    if (kind == CRC32C || kind == CRC64NVME) {
        fill_table(checksum, kind == CRC32C ? CASTAGNOLI : NVME);
        checksum->crc = kind == CRC32C ? UINT32_MAX : UINT64_MAX;
    } else if (kind != CRC32) {
        checksum->hash = kind == SHA1 ? hash_new_sha1() : hash_new();
    }
    return checksum;
}

void checksum_update(struct checksum *checksum, const void *data, size_t len)
{
    const uint8_t *bytes = data;

    if (checksum->hash) {
        hash_update(checksum->hash, data, len);
    } else if (checksum->kind == CRC32) {
        checksum->crc = crc32_z((uLong)checksum->crc, bytes, len);
    } else {
        for (size_t i = 0; i < len; i++)
            checksum->crc = checksum->table[(checksum->crc ^ bytes[i]) & 0xff] ^ checksum->crc >> 8;
    }
}

void checksum_finish(struct checksum *checksum, char text[static CHECKSUM_LEN])
{
    static const size_t lengths[] = {4, 4, 8, HASH_SHA1_LEN, HASH_LEN};
    size_t len = lengths[checksum->kind];
    uint64_t crc = checksum->kind == CRC32 ? checksum->crc : ~checksum->crc;
    uint8_t digest[HASH_LEN];
    char *base64;

    if (checksum->hash) {
        hash_finish(checksum->hash, digest);
        checksum->hash = NULL;
    } else {
        for (size_t i = 0; i < len; i++)
            digest[i] = (uint8_t)(crc >> 8 * (len - 1 - i));
    }
    base64 = hash_base64(digest, len);
    snprintf(text, CHECKSUM_LEN, "%s", base64);
    free(base64);
    checksum_free(checksum);
}

void checksum_free(struct checksum *checksum)
{
    if (!checksum)
        return;
    hash_free(checksum->hash);
    free(checksum);
}
