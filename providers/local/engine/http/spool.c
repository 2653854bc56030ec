#include "providers/local/engine/http/spool.h"

#include "core/memory.h"
#include "providers/local/engine/http/aws_chunked.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct spool {
    struct store *store;
    struct spool_options options;
    char *trailer;
    char *path; /* NULL: kept */
    int fd;
    struct hash *sha256, *md5;
    struct checksum *checksum;
    struct aws_chunked chunked;
    struct spool_result result;
    struct err err; /* the first failure */
};

struct spool *spool_new(struct store *store, const struct spool_options *options, struct err *err)
{
    struct spool *spool = xcalloc(1, sizeof(*spool));

    spool->store = store;
    spool->options = *options;
    spool->trailer = xstrdup(options->trailer);
    spool->path = store_incoming(store, &spool->fd, err);
    if (!spool->path) {
        spool->fd = -1;
        spool_free(spool);
        return NULL;
    }
    spool->sha256 = hash_new();
    spool->md5 = hash_new_md5();
    if (options->algorithm)
        spool->checksum = checksum_new(options->algorithm);
    return spool;
}

static int take(void *context, const void *data, size_t len)
{
    struct spool *spool = context;
    const char *at = data;

    if (len > spool->options.max - spool->result.size)
        return err_set(&spool->err, ERR_FAILED,
                       "EntityTooLarge: Your proposed upload exceeds the maximum allowed size");
    hash_update(spool->sha256, data, len);
    hash_update(spool->md5, data, len);
    if (spool->checksum)
        checksum_update(spool->checksum, data, len);
    spool->result.size += len;
    while (len > 0) {
        ssize_t written = write(spool->fd, at, len);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return err_set(&spool->err, ERR_FAILED, "cannot write '%s': %s", spool->path,
                           strerror(errno));
        at += written;
        len -= (size_t)written;
    }
    return 0;
}

void spool_write(struct spool *spool, const void *data, size_t len)
{
    if (spool->err.code)
        return;
    if (!spool->options.chunked) {
        take(spool, data, len);
        return;
    }
    if (!spool->chunked.write)
        aws_chunked_init(&spool->chunked, take, spool);
    if (aws_chunked_read(&spool->chunked, data, len) < 0 && !spool->err.code)
        err_set(&spool->err, ERR_FAILED, "IncompleteBody: The body is not aws-chunked");
}

/* The checksum that the trailer claims. */
static void read_trailer(struct spool *spool)
{
    const struct strlist *trailers = &spool->chunked.trailers;
    size_t len = spool->trailer ? strlen(spool->trailer) : 0;

    for (size_t i = 0; len > 0 && i < trailers->count; i++) {
        if (strncmp(trailers->items[i], spool->trailer, len) == 0 && trailers->items[i][len] == ':')
            snprintf(spool->result.claimed, CHECKSUM_LEN, "%s", trailers->items[i] + len + 2);
    }
}

int spool_finish(struct spool *spool, struct spool_result *result, struct err *err)
{
    uint8_t digest[HASH_LEN];

    hash_finish(spool->sha256, digest);
    hash_hex(digest, HASH_LEN, spool->result.blob);
    hash_finish(spool->md5, digest);
    hash_hex(digest, HASH_MD5_LEN, spool->result.md5);
    if (spool->checksum)
        checksum_finish(spool->checksum, spool->result.checksum);
    spool->sha256 = spool->md5 = NULL;
    spool->checksum = NULL;
    if (!spool->err.code && spool->options.chunked && !aws_chunked_done(&spool->chunked))
        err_set(&spool->err, ERR_FAILED,
                "IncompleteBody: You did not provide the number of bytes specified by the "
                "Content-Length HTTP header.");
    read_trailer(spool);
    *result = spool->result;
    *err = spool->err;
    return err->code ? -1 : 0;
}

int spool_keep(struct spool *spool, struct err *err)
{
    if (store_keep(spool->store, spool->path, spool->fd, spool->result.blob, err) < 0)
        return -1;
    free(spool->path);
    spool->path = NULL;
    return 0;
}

void spool_free(struct spool *spool)
{
    if (!spool)
        return;
    if (spool->path)
        unlink(spool->path);
    if (spool->fd >= 0)
        close(spool->fd);
    hash_free(spool->sha256);
    hash_free(spool->md5);
    checksum_free(spool->checksum);
    aws_chunked_release(&spool->chunked);
    free(spool->trailer);
    free(spool->path);
    free(spool);
}
