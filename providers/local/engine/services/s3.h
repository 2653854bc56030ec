/*
 * S3, path-style (and BUCKET.localhost): buckets and objects in the store, an
 * object's bytes as a blob. One version of each object; no ACLs and policies:
 * who has the engine's credentials may do everything. Lifecycle rules work by
 * the hour: objects expire, uploads are aborted.
 */
#ifndef FNCTL_ENGINE_S3_H
#define FNCTL_ENGINE_S3_H

#include "providers/local/engine/http/spool.h"
#include "providers/local/engine/services/operations.h"
#include "providers/local/engine/store/store.h"

#include <stdbool.h>

/*
 * For operations.c.
 */

/* Makes the path path-style: a bucket in the Host header goes in front of it. */
void s3_use_path(struct request *request);

/* Whether the words in the query that mean operations are exactly these ("?uploadId&partNumber";
 * NULL: none). */
bool s3_query_means(const struct request *request, const char *words);

/* Whether the request, of which only the headers are there, says that it is PutObject or UploadPart
 * with a body. */
bool s3_keeps_body(const struct request *request);

/* Gives the request a spool for its body; answers when it cannot. */
void s3_spool(struct request *request);

/*
 * For S3's operations. Where one returns false or NULL, it has answered.
 */

/* The bucket that the input names, as a row of the store; the caller's. Its owner must be the one
 * that the request expects. */
json_t *s3_bucket(struct request *request, json_t *input);

/* ... and the input's Key must be one; both borrowed from the input. */
bool s3_key(struct request *request, json_t *input, const char **bucket, const char **key);

/* The XML body's root element, which must be called `root`; the caller's. `checked`: it must come
 * with a checksum, which must be right. */
json_t *s3_body(struct request *request, const char *root, bool checked);

/* The body that was spooled, complete and with the checksums that its headers claim. `algorithm`
 * takes the name of the checksum; NULL: none was asked for. */
bool s3_take_spooled(struct request *request, struct spool_result *result, const char **algorithm);

/* Answers with XML: `body` (taken) in the element `root`. Lists repeat their element. */
void s3_reply(struct request *request, const char *root, json_t *body);

/* Answers with headers alone; may be NULL. */
void s3_done(struct request *request, int status, struct strlist *headers);

/* The request's headers that GET and HEAD give back: type, encoding, metadata ...; the caller's. */
json_t *s3_kept_headers(const struct request *request);

/* "\"ETAG\"" */
json_t *s3_etag(const char *etag);

/* "2026-11-20T09:15:00.000Z" */
json_t *s3_time(int64_t time);

/* The elements of a document called `name`, none, one or more: an array, the caller's. */
json_t *s3_items(const json_t *document, const char *name);

/* The rows' blobs, dropped where nothing refers to them any more; takes `rows`. */
void s3_drop_blobs(struct store *store, json_t *rows);

/* Makes the object be this blob, in place of what was there: rows for s3_drop_blobs(), once that is
 * committed. `document` has blob, size, etag, headers, checksum. NULL: not written. */
json_t *s3_put_row(struct engine *engine, const char *bucket, const char *key,
                   const json_t *document);

/* Removes what lifecycle rules say, now and then every hour. Call at start. */
void s3_expire(struct engine *engine);

typedef void s3_operation(struct request *request, json_t *input);
s3_operation s3_list_buckets, s3_create_bucket, s3_head_bucket, s3_delete_bucket, s3_get_location,
    s3_put_public_access, s3_get_public_access, s3_delete_public_access, s3_put_lifecycle,
    s3_get_lifecycle, s3_delete_lifecycle, s3_put_notification, s3_get_notification, s3_put_tagging,
    s3_get_tagging, s3_delete_tagging;
s3_operation s3_put_object, s3_get_object, s3_delete_object, s3_delete_objects, s3_list_objects;
s3_operation s3_create_upload, s3_upload_part, s3_list_parts, s3_list_uploads, s3_complete_upload,
    s3_abort_upload;

#endif
