#include "providers/local/engine/services/s3.h"

#include "core/hash.h"
#include "core/json.h"
#include "core/memory.h"
#include "providers/aws/wire/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* 5 GiB, what S3 takes in one request. */
#define BODY_MAX (UINT64_C(5) << 30)

/* Headers of PutObject that GetObject answers with; and all that start with x-amz-meta-. */
static const char *const kept[] = {"content-type",     "content-encoding", "content-disposition",
                                   "content-language", "cache-control",    "expires"};

/* The algorithm of the checksum that the request brings, or will bring in its trailer. */
static const char *asked_algorithm(const struct request *request, const char *trailer)
{
    if (trailer && strncasecmp(trailer, "x-amz-checksum-", 15) == 0)
        return checksum_name(trailer + 15);
    for (const char *const *name = checksum_names; *name; name++) {
        char header[32];

        snprintf(header, sizeof(header), "x-amz-checksum-%s", *name);
        if (request_header(request, header))
            return *name;
    }
    return NULL;
}

void s3_spool(struct request *request)
{
    const char *hash = request_header(request, "X-Amz-Content-Sha256");
    const char *trailer = request_header(request, "X-Amz-Trailer");
    const char *length = request_header(request, "Content-Length");
    struct spool_options options = {.max = BODY_MAX};
    struct err err = {0};
    char *lower = xstrdup(trailer);

    for (char *at = lower; at && *at; at++)
        *at = (char)(*at >= 'A' && *at <= 'Z' ? *at + 32 : *at);
    options.chunked = hash && strncmp(hash, "STREAMING-UNSIGNED-PAYLOAD", 26) == 0;
    options.trailer = lower;
    options.algorithm = asked_algorithm(request, trailer);
    if (hash && strncmp(hash, "STREAMING-AWS4", 14) == 0)
        request_fail(request, 501, "NotImplemented",
                     "the local engine takes no bodies whose chunks are signed, '%s'", hash);
    else if (length && strtoull(length, NULL, 10) > BODY_MAX)
        request_fail(request, 400, "EntityTooLarge",
                     "Your proposed upload exceeds the maximum allowed size");
    else if ((request->spool = spool_new(request->engine->store, &options, &err)) == NULL)
        request_fail(request, 500, "InternalError", "%s", err.message);
    free(lower);
}

json_t *s3_bucket(struct request *request, json_t *input)
{
    const char *owner = request_header(request, "x-amz-expected-bucket-owner");
    const char *name = json_string_at(input, "Bucket");
    json_t *row = store_row(request->engine->store,
                            "SELECT name, region, tags AS \"{tags\", lifecycle AS \"{lifecycle\","
                            " public_access AS \"{public_access\", created"
                            " FROM s3_buckets WHERE name = ?",
                            "s", name);

    if (row && (!owner || strcmp(owner, ENGINE_ACCOUNT) == 0))
        return row;
    if (row)
        request_fail(request, 403, "AccessDenied", "Access Denied");
    else
        request_fail(request, 404, "NoSuchBucket", "The specified bucket does not exist");
    json_decref(row);
    return NULL;
}

bool s3_key(struct request *request, json_t *input, const char **bucket, const char **key)
{
    json_t *row = s3_bucket(request, input);

    if (!row)
        return false;
    json_decref(row);
    *bucket = json_string_at(input, "Bucket");
    *key = json_string_at(input, "Key");
    /* A key that is cut at a NUL would be another object's. */
    if (**key && strlen(*key) <= 1024 && !strstr(request->path, "%00"))
        return true;
    if (strlen(*key) > 1024)
        request_fail(request, 400, "KeyTooLongError", "Your key is too long");
    else
        request_fail(request, 400, "InvalidURI", "Couldn't parse the specified URI.");
    return false;
}

/* Whether the body in memory has the checksum that its header claims; `*claimed`: there is one. */
static bool body_is_whole(const struct request *request, bool *claimed)
{
    const char *md5 = request_header(request, "Content-MD5");
    const char *algorithm = asked_algorithm(request, NULL);
    const char *data = buf_string(&request->body);
    bool whole = true;

    *claimed = md5 || algorithm;
    if (md5) {
        struct hash *hash = hash_new_md5();
        uint8_t digest[HASH_LEN];
        char *text;

        hash_update(hash, data, request->body.len);
        hash_finish(hash, digest);
        text = hash_base64(digest, HASH_MD5_LEN);
        whole = strcmp(text, md5) == 0;
        free(text);
    }
    if (algorithm) {
        struct checksum *checksum = checksum_new(algorithm);
        char header[32], text[CHECKSUM_LEN];

        snprintf(header, sizeof(header), "x-amz-checksum-%s", algorithm);
        checksum_update(checksum, data, request->body.len);
        checksum_finish(checksum, text);
        whole = whole && strcmp(text, request_header(request, header)) == 0;
    }
    return whole;
}

json_t *s3_body(struct request *request, const char *root, bool checked)
{
    struct err err = {0};
    json_t *document, *inside;
    bool claimed;

    if (!body_is_whole(request, &claimed)) {
        request_fail(request, 400, "BadDigest",
                     "The checksum you specified did not match what we received");
        return NULL;
    }
    if (checked && !claimed) {
        request_fail(request, 400, "InvalidRequest",
                     "Missing required header for this request: Content-MD5 OR x-amz-checksum-*");
        return NULL;
    }
    document = aws_xml_to_json(buf_string(&request->body), request->body.len, &err);
    inside = json_incref(json_object_get(document, root));
    json_decref(document);
    /* Without elements it reads as a text. */
    if (json_is_string(inside) && !json_string_length(inside)) {
        json_decref(inside);
        inside = json_object();
    }
    if (!json_is_object(inside)) {
        json_decref(inside);
        inside = NULL;
        request_fail(request, 400, "MalformedXML",
                     "The XML you provided was not well-formed or did not validate against our "
                     "published schema");
    }
    return inside;
}

/* Whether what came is what the request's headers say; answers when not. */
static bool spool_is_right(struct request *request, const struct spool_result *result,
                           const char *algorithm)
{
    const char *hash = request_header(request, "X-Amz-Content-Sha256");
    const char *length = request_header(request, "X-Amz-Decoded-Content-Length");
    const char *md5 = request_header(request, "Content-MD5");
    const char *claimed = *result->claimed ? result->claimed : NULL;
    char header[32];

    if (algorithm && !claimed) {
        snprintf(header, sizeof(header), "x-amz-checksum-%s", algorithm);
        claimed = request_header(request, header);
    }
    if (hash && strlen(hash) == HASH_HEX_LEN - 1 && strcmp(hash, result->blob) != 0) {
        request_fail(request, 400, "XAmzContentSHA256Mismatch",
                     "The provided 'x-amz-content-sha256' header does not match what was "
                     "computed.");
        return false;
    }
    if (length && strtoull(length, NULL, 10) != result->size) {
        request_fail(request, 400, "IncompleteBody",
                     "You did not provide the number of bytes specified by the "
                     "x-amz-decoded-content-length header");
        return false;
    }
    if (algorithm && (!claimed || strcmp(claimed, result->checksum) != 0)) {
        request_fail(request, 400, "BadDigest",
                     "The %s you specified did not match the calculated checksum.", algorithm);
        return false;
    }
    if (md5) {
        size_t len = 0;
        char hex[2 * HASH_MD5_LEN + 1] = "";
        void *digest = hash_unbase64(md5, strlen(md5), &len);

        if (len == HASH_MD5_LEN)
            hash_hex(digest, len, hex);
        free(digest);
        if (strcmp(hex, result->md5) != 0) {
            request_fail(request, 400, "BadDigest",
                         "The Content-MD5 you specified did not match what we received.");
            return false;
        }
    }
    return true;
}

/* An empty body has no spool: it is made here, as there is nothing to wait for. */
bool s3_take_spooled(struct request *request, struct spool_result *result, const char **algorithm)
{
    struct err err = {0};
    size_t len;

    *algorithm = asked_algorithm(request, request_header(request, "X-Amz-Trailer"));
    if (!request->spool) {
        s3_spool(request);
        if (!request->spool)
            return false;
        spool_write(request->spool, buf_string(&request->body), request->body.len);
    }
    if (spool_finish(request->spool, result, &err) == 0) {
        if (!spool_is_right(request, result, *algorithm))
            return false;
        if (spool_keep(request->spool, &err) == 0)
            return true;
    }
    len = strcspn(err.message, ":");
    if (strncmp(err.message, "IncompleteBody", 14) == 0)
        request_fail(request, 400, "IncompleteBody", "%s", err.message + len + 2);
    else if (strncmp(err.message, "EntityTooLarge", 14) == 0)
        request_fail(request, 400, "EntityTooLarge", "%s", err.message + len + 2);
    else
        request_fail(request, 500, "InternalError", "%s", err.message);
    return false;
}

json_t *s3_kept_headers(const struct request *request)
{
    json_t *headers = json_object();

    for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++) {
        const char *value = request_header(request, kept[i]);

        if (value)
            json_object_set_new(headers, kept[i], json_string(value));
    }
    for (size_t i = 0; i < request->headers.count; i++) {
        const char *header = request->headers.items[i];
        size_t len = strcspn(header, ":");
        char *name = xstrndup(header, len);

        for (char *at = name; *at; at++)
            *at = (char)(*at >= 'A' && *at <= 'Z' ? *at + 32 : *at);
        if (strncmp(name, "x-amz-meta-", 11) == 0 && header[len])
            json_object_set_new(headers, name,
                                json_string(header + len + 1 + strspn(header + len + 1, " ")));
        free(name);
    }
    /* How it travelled is no property of the object. */
    if (strcmp(json_string_at(headers, "content-encoding"), "aws-chunked") == 0)
        json_object_del(headers, "content-encoding");
    return headers;
}

void s3_drop_blobs(struct store *store, json_t *rows)
{
    json_t *row;
    size_t i;

    json_array_foreach (rows, i, row)
        store_drop(store, json_string_at(row, "blob"));
    json_decref(rows);
}

json_t *s3_put_row(struct engine *engine, const char *bucket, const char *key,
                   const json_t *document)
{
    struct store *store = engine->store;
    json_t *old = store_rows(store, "SELECT blob FROM s3_objects WHERE bucket = ? AND key = ?",
                             "ss", bucket, key);
    char *headers = json_dumps(json_object_get(document, "headers"), JSON_COMPACT);
    char *checksum = json_dumps(json_object_get(document, "checksum"), JSON_COMPACT);
    int result = store_run(store,
                           "INSERT OR REPLACE INTO s3_objects"
                           " (bucket, key, blob, size, etag, headers, checksum, modified)"
                           " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                           "sssisssi", bucket, key, json_string_at(document, "blob"),
                           json_int_at(document, "size"), json_string_at(document, "etag"), headers,
                           checksum, clock_now(engine->clock));

    free(headers);
    free(checksum);
    if (result >= 0)
        return old;
    json_decref(old);
    return NULL;
}
