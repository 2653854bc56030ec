/* A file cut into the parts of a multipart upload, and what they have to hash to. */
#ifndef FNCTL_PROVIDERS_AWS_UPLOAD_PARTS_H
#define FNCTL_PROVIDERS_AWS_UPLOAD_PARTS_H

#include "core/err.h"
#include "core/hash.h"
#include "core/http.h"

#include <stdbool.h>

enum { UPLOAD_PART = 8 << 20 }; /* bytes; another size would not find the parts sent before */

struct upload_part {
    struct http_file file;
    char hash[HASH_HEX_LEN];        /* SHA-256, as the request's signature has it */
    char checksum[HASH_BASE64_LEN]; /* ... as S3 has it */
    char md5[2 * HASH_MD5_LEN + 1]; /* what the ETag is, of services that keep no checksums */
    char *etag;                     /* as S3 told it; NULL: the part is not there */
    int64_t sent;                   /* bytes, of what is under way */
};

struct upload_parts {
    struct upload_part *items;
    size_t count;
    int64_t size;
    uint8_t digest[HASH_LEN];       /* SHA-256 of the whole file */
    char checksum[HASH_BASE64_LEN]; /* of the object: the digest of the parts' digests */
    char md5[2 * HASH_MD5_LEN + 1]; /* likewise */
};

/* Reads the file once. Errors: ERR_FAILED when it cannot be read. */
int upload_parts_read(struct upload_parts *parts, int fd, struct err *err);
void upload_parts_release(struct upload_parts *parts);

/* Whether S3's words about a part (`part` not NULL), or the object, are of this content: its
 * SHA-256 where there is one, else its ETag. Either may be NULL or "". */
bool upload_part_matches(const struct upload_part *part, const char *checksum, const char *etag);
bool upload_object_matches(const struct upload_parts *parts, const char *checksum,
                           const char *etag);

#endif
