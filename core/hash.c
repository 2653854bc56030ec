#include "core/hash.h"

#include "core/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct hash {
    EVP_MD_CTX *context;
};

static struct hash *start(const EVP_MD *kind)
{
    struct hash *hash = xcalloc(1, sizeof(*hash));

    hash->context = EVP_MD_CTX_new();
    if (!hash->context || !EVP_DigestInit_ex(hash->context, kind, NULL))
        abort();
    return hash;
}

struct hash *hash_new(void)
{
    return start(EVP_sha256());
}

struct hash *hash_new_md5(void)
{
    return start(EVP_md5());
}

struct hash *hash_new_sha1(void)
{
    return start(EVP_sha1());
}

void hash_update(struct hash *hash, const void *data, size_t len)
{
    EVP_DigestUpdate(hash->context, data, len);
}

void hash_text(struct hash *hash, const char *text)
{
    hash_update(hash, text, strlen(text) + 1);
}

void hash_finish(struct hash *hash, uint8_t digest[static HASH_LEN])
{
    EVP_DigestFinal_ex(hash->context, digest, NULL);
    hash_free(hash);
}

void hash_take(struct hash *hash, uint8_t digest[static HASH_LEN])
{
    EVP_DigestFinal_ex(hash->context, digest, NULL);
    if (!EVP_DigestInit_ex(hash->context, NULL, NULL))
        abort();
}

void hash_free(struct hash *hash)
{
    if (!hash)
        return;
    EVP_MD_CTX_free(hash->context);
    free(hash);
}

void hash_sha256(const void *data, size_t len, uint8_t digest[static HASH_LEN])
{
    EVP_Digest(data, len, digest, NULL, EVP_sha256(), NULL);
}

void hash_sha1(const void *data, size_t len, uint8_t digest[static HASH_SHA1_LEN])
{
    EVP_Digest(data, len, digest, NULL, EVP_sha1(), NULL);
}

void hash_hmac(const void *key, size_t key_len, const void *data, size_t len,
               uint8_t digest[static HASH_LEN])
{
    HMAC(EVP_sha256(), key, (int)key_len, data, len, digest, NULL);
}

int hash_file(const char *path, uint8_t digest[static HASH_LEN], struct err *err)
{
    char chunk[65536];
    ssize_t len = -1;
    struct hash *hash = hash_new();
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    while (fd >= 0 && (len = read(fd, chunk, sizeof(chunk))) > 0)
        hash_update(hash, chunk, (size_t)len);
    if (len < 0)
        err_set(err, ERR_FAILED, "cannot read '%s': %s", path, strerror(errno));
    hash_finish(hash, digest);
    if (fd >= 0)
        close(fd);
    return len < 0 ? -1 : 0;
}

void hash_hex(const void *data, size_t len, char *text)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *bytes = data;

    for (size_t i = 0; i < len; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    text[2 * len] = '\0';
}

char *hash_base64(const void *data, size_t len)
{
    char *text = xcalloc((len + 2) / 3 * 4 + 1, 1);

    EVP_EncodeBlock((unsigned char *)text, data, (int)len);
    return text;
}

void *hash_unbase64(const char *text, size_t text_len, size_t *len)
{
    unsigned char *data;
    size_t padding = 0;
    int decoded;

    *len = 0;
    if (text_len % 4)
        return NULL;
    while (padding < 2 && padding < text_len && text[text_len - 1 - padding] == '=')
        padding++;
    data = xcalloc(text_len / 4 * 3 + 1, 1);
    decoded = EVP_DecodeBlock(data, (const unsigned char *)text, (int)text_len);
    if (decoded < 0 || (size_t)decoded < padding) {
        free(data);
        return NULL;
    }
    *len = (size_t)decoded - padding;
    data[*len] = '\0';
    return data;
}

void hash_random(void *data, size_t len)
{
    if (RAND_bytes(data, (int)len) != 1)
        abort();
}

void hash_uuid(char text[static UUID_LEN])
{
    uint8_t b[16];

    hash_random(b, sizeof(b));
    b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);
    b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
    snprintf(text, UUID_LEN, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
             b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13],
             b[14], b[15]);
}
