/* Digests, encodings and random numbers, over OpenSSL. */
#ifndef FNCTL_CORE_HASH_H
#define FNCTL_CORE_HASH_H

#include "core/err.h"

#include <stddef.h>
#include <stdint.h>

enum {
    HASH_LEN = 32, /* SHA-256 in bytes */
    HASH_MD5_LEN = 16,
    HASH_SHA1_LEN = 20,
    HASH_HEX_LEN = 65,    /* SHA-256 in lower-case hex and NUL */
    HASH_BASE64_LEN = 45, /* SHA-256 in base64 and NUL */
    UUID_LEN = 37,        /* a random UUID and NUL */
};

/* A running digest. */
struct hash;

struct hash *hash_new(void); /* SHA-256 */

/* The digests that S3 has besides: 16 and 20 bytes of hash_finish()'s `digest`. */
struct hash *hash_new_md5(void);
struct hash *hash_new_sha1(void);

void hash_update(struct hash *hash, const void *data, size_t len);
/* Adds a string with its NUL, so that one does not run into the next. */
void hash_text(struct hash *hash, const char *text);
/* Writes the digest and frees the hash. */
void hash_finish(struct hash *hash, uint8_t digest[static HASH_LEN]);
/* Writes the digest and begins a new one, which costs less than a new hash. */
void hash_take(struct hash *hash, uint8_t digest[static HASH_LEN]);
void hash_free(struct hash *hash);

void hash_sha256(const void *data, size_t len, uint8_t digest[static HASH_LEN]);
/* For names that others made so; protects nothing. */
void hash_sha1(const void *data, size_t len, uint8_t digest[static HASH_SHA1_LEN]);
void hash_hmac(const void *key, size_t key_len, const void *data, size_t len,
               uint8_t digest[static HASH_LEN]);

/* The SHA-256 of a file; ERR_FAILED when it cannot be read. */
int hash_file(const char *path, uint8_t digest[static HASH_LEN], struct err *err);

/* Lower-case hex of `len` bytes; `text` takes 2 * len + 1. */
void hash_hex(const void *data, size_t len, char *text);

/* Base64 (RFC 4648, with padding) of `data`, to free(). */
char *hash_base64(const void *data, size_t len);

/* Decodes base64; to free(), NULL when `text` is not base64. The result is followed by a NUL. */
void *hash_unbase64(const char *text, size_t text_len, size_t *len);

/* Random bytes for keys. */
void hash_random(void *data, size_t len);

/* A random UUID (version 4). */
void hash_uuid(char text[static UUID_LEN]);

#endif
