/*
 * The digest of a file's contents, by which an unchanged one is known: XXH3,
 * 128 bits. It guards against chance, not against somebody who makes two files
 * of one digest on purpose, who could deploy either anyway. SHA-256 takes
 * twenty times as long, a twentieth of the time that a whole zip takes.
 */
#ifndef FNCTL_PACKAGER_ZIP_DIGEST_H
#define FNCTL_PACKAGER_ZIP_DIGEST_H

#include <stddef.h>
#include <stdint.h>

enum { DIGEST_LEN = 16 };

/* A running digest. */
struct digest;

struct digest *digest_new(void);
void digest_free(struct digest *digest);

void digest_update(struct digest *digest, const void *data, size_t len);

/* The digest of `len` bytes at once. */
void digest_bytes(const void *data, size_t len, uint8_t bytes[static DIGEST_LEN]);

/* Writes the digest of what came, in XXH3's canonical order of bytes, and begins anew. */
void digest_take(struct digest *digest, uint8_t bytes[static DIGEST_LEN]);

#endif
