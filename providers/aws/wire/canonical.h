/*
 * The canonical forms of Signature Version 4: path, query and headers of a
 * request brought into the one form that client and server both hash.
 */
#ifndef FNCTL_PROVIDERS_AWS_CANONICAL_H
#define FNCTL_PROVIDERS_AWS_CANONICAL_H

#include "core/buf.h"
#include "core/strlist.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Appends the canonical path. S3 (`s3`): each byte encoded once, whatever its
 * form on the wire. Other services encode the path as sent once more; with
 * `normalize` empty, "." and ".." segments are removed first.
 */
void canonical_path(struct buf *out, const char *path, bool s3, bool normalize);

/* Appends the canonical query: decoded, encoded and sorted parameters, without X-Amz-Signature
 * and without the parameter `skip` (NULL: none). */
void canonical_query(struct buf *out, const char *query, const char *skip);

/*
 * Appends a line "name:value" for each signed header to `lines` and the names
 * joined by ';' to `names`; both sorted, repeated headers joined by ','.
 * Headers come from `first` and `second` (may be NULL). `only`, as "host;x-amz-date",
 * names the ones to take; NULL: all but those that change on the way (User-Agent, ...).
 */
void canonical_headers(struct buf *lines, struct buf *names, const struct strlist *first,
                       const struct strlist *second, const char *only);

/* Decodes percent-encoding; to free(). */
char *canonical_decode(const char *text, size_t len);

/* The value of the query parameter `name`, decoded, to free(); NULL when it is not there. */
char *canonical_parameter(const char *query, const char *name);

/* The value of header `name` (any case) in a list of "Name: value", without leading blanks,
 * borrowed; NULL when it is not there. */
const char *canonical_header(const struct strlist *headers, const char *name);

/* Whether `name` is one of the names in "a;b;c". */
bool canonical_lists(const char *names, const char *name);

#endif
