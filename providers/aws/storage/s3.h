/*
 * Calls to S3. Each names the account that has to own the bucket, so that a
 * bucket that somebody else made under a name of ours never gets our code.
 */
#ifndef FNCTL_PROVIDERS_AWS_S3_H
#define FNCTL_PROVIDERS_AWS_S3_H

#include "providers/aws/wire/request.h"

/* Where objects go. Borrowed strings. */
struct s3_bucket {
    const char *name;
    const char *owner; /* the account that has to own it; NULL: whoever does */
};

/* Fills a call. `path` is a format for the encoded path below the bucket ("/" for the bucket
 * itself) and the query. */
void s3_call(struct aws_call *call, const struct s3_bucket *bucket, const char *operation,
             const char *method, const char *path, ...) __attribute__((format(printf, 5, 6)));

/* Gives a call the document `xml` (taken) as its body, with its checksum. */
void s3_send(struct aws_call *call, char *xml);

/* The elements called `name` in a reply, of which there may be none or one; an array, the
 * caller's. */
json_t *s3_elements(const json_t *reply, const char *name);

/* Appends `text` with XML's own characters written as entities. */
void s3_escape(struct buf *out, const char *text);

#endif
