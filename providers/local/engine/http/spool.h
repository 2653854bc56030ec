/*
 * The body of a request on its way to disk: it is written to a file beside the
 * blobs as it comes, hashed on the way, and becomes a blob when the request is
 * found good. Nothing of it is in memory, whatever its length.
 */
#ifndef FNCTL_ENGINE_SPOOL_H
#define FNCTL_ENGINE_SPOOL_H

#include "core/hash.h"
#include "providers/local/engine/store/checksum.h"
#include "providers/local/engine/store/store.h"

#include <stdbool.h>

struct spool;

struct spool_options {
    bool chunked;          /* the body is aws-chunked */
    const char *algorithm; /* of the checksum to be computed; NULL: none */
    const char *trailer;   /* the trailer that holds it, in lower case; NULL: none is expected */
    uint64_t max;          /* bytes of content; more is an error */
};

/* What came, once it is whole. */
struct spool_result {
    char blob[HASH_HEX_LEN];        /* SHA-256 in hex, the name of the blob */
    char md5[2 * HASH_MD5_LEN + 1]; /* hex */
    char checksum[CHECKSUM_LEN];    /* "" without an algorithm */
    char claimed[CHECKSUM_LEN];     /* by the trailer; "" without one */
    uint64_t size;
};

/* NULL when no file can be made: ERR_FAILED. */
struct spool *spool_new(struct store *store, const struct spool_options *options, struct err *err);

/* Takes a piece. What goes wrong is told by spool_finish(). */
void spool_write(struct spool *spool, const void *data, size_t len);

/* The body has come to its end. Errors: ERR_FAILED with S3's code and ": " in front:
 * IncompleteBody, EntityTooLarge; without one when the disk cannot take it. The hashes are there
 * all the same. */
int spool_finish(struct spool *spool, struct spool_result *result, struct err *err);

/* Keeps the finished body as a blob, on disk when this returns. */
int spool_keep(struct spool *spool, struct err *err);

/* What was not kept is removed. */
void spool_free(struct spool *spool);

#endif
