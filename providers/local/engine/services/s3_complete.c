#include "providers/local/engine/services/s3_complete.h"
#include "core/json.h"
#include "core/memory.h"
#include "providers/local/engine/events/bucket_events.h"
#include "providers/local/engine/services/s3.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LEAST_PART = 5 << 20, CHUNK = 1 << 20 };

/* A completion: the parts that the request names, as rows, and what they make. */
struct completion {
    struct request *request;
    json_t *upload;
    json_t *parts; /* array of rows of s3_parts */
    const char *algorithm;
    bool composite;
    struct spool *spool;
    struct spool_result result;
    char etag[2 * HASH_MD5_LEN + 16];
    char checksum[CHECKSUM_LEN + 16];
};

/* "\"abc\"" and "abc" are the same tag. */
static bool same_tag(const char *tag, const char *etag)
{
    size_t len = strlen(etag);

    tag += *tag == '"';
    return strncmp(tag, etag, len) == 0 && (tag[len] == '\0' || strcmp(tag + len, "\"") == 0);
}

/* Whether the request's checksum of a part is that of what is there; answers when not. */
static bool checksum_fits(struct completion *completion, const json_t *named, const json_t *row)
{
    const char *given;
    char name[32];

    if (!*completion->algorithm)
        return true;
    snprintf(name, sizeof(name), "Checksum%s", completion->algorithm);
    given = json_string_at(named, name);
    if (strcmp(given, json_string_at(row, "checksum")) == 0 || (!*given && !completion->composite))
        return true;
    if (*given)
        request_fail(completion->request, 400, "InvalidPart",
                     "One or more of the specified parts could not be found.  The part may not "
                     "have been uploaded, or the specified entity tag may not match the part's "
                     "entity tag.");
    else
        request_fail(completion->request, 400, "InvalidRequest",
                     "The upload was created using a %s checksum. The complete request must "
                     "include the checksum for each part. It was missing for part %lld in the "
                     "request.",
                     completion->algorithm, (long long)json_int_at(row, "number"));
    return false;
}

static int64_t number_of(const json_t *named)
{
    return strtoll(json_string_at(named, "PartNumber"), NULL, 10);
}

/* Takes one part of the request; false: answered. */
static bool take_part(struct completion *completion, const json_t *named, bool last)
{
    struct request *request = completion->request;
    int64_t number = number_of(named);
    json_t *row = store_row(request->engine->store,
                            "SELECT number, blob, size, etag, checksum FROM s3_parts"
                            " WHERE upload = ? AND number = ?",
                            "si", json_string_at(completion->upload, "id"), number);
    bool taken = false;

    if (!row || !same_tag(json_string_at(named, "ETag"), json_string_at(row, "etag")))
        request_fail(request, 400, "InvalidPart",
                     "One or more of the specified parts could not be found.  The part may not "
                     "have been uploaded, or the specified entity tag may not match the part's "
                     "entity tag.");
    else if (!last && json_int_at(row, "size") < LEAST_PART)
        request_fail(request, 400, "EntityTooSmall",
                     "Your proposed upload is smaller than the minimum allowed size");
    else
        taken = checksum_fits(completion, named, row);
    if (taken)
        json_array_append(completion->parts, row);
    json_decref(row);
    return taken;
}

static bool is_ascending(const json_t *named)
{
    int64_t before = 0;
    json_t *part;
    size_t i;

    json_array_foreach (named, i, part) {
        if (number_of(part) <= before)
            return false;
        before = number_of(part);
    }
    return true;
}

static bool take_parts(struct completion *completion, json_t *body)
{
    json_t *named = s3_items(body, "Part"), *part;
    bool taken = false;
    size_t i;

    if (json_array_size(named) == 0) {
        request_fail(completion->request, 400, "MalformedXML",
                     "You must specify at least one part");
    } else if (!is_ascending(named)) {
        request_fail(completion->request, 400, "InvalidPartOrder",
                     "The list of parts was not in ascending order. Parts must be ordered by part "
                     "number.");
    } else {
        taken = true;
        json_array_foreach (named, i, part)
            taken = taken && take_part(completion, part, i + 1 == json_array_size(named));
    }
    json_decref(named);
    return taken;
}

/* Appends a blob to the spool. */
static int append(struct completion *completion, const char *blob, struct err *err)
{
    char *path = store_blob_path(completion->request->engine->store, blob);
    char *chunk = xcalloc(CHUNK, 1);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = -1;

    while (fd >= 0 && (got = read(fd, chunk, CHUNK)) > 0)
        spool_write(completion->spool, chunk, (size_t)got);
    if (got < 0)
        err_set(err, ERR_FAILED, "cannot read '%s': %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    free(chunk);
    free(path);
    return got < 0 ? -1 : 0;
}

static int assemble(struct completion *completion, struct err *err)
{
    const struct spool_options options = {
        .max = UINT64_MAX,
        .algorithm =
            *completion->algorithm && !completion->composite ? completion->algorithm : NULL};
    json_t *part;
    size_t i;

    completion->spool = spool_new(completion->request->engine->store, &options, err);
    if (!completion->spool)
        return -1;
    json_array_foreach (completion->parts, i, part) {
        if (append(completion, json_string_at(part, "blob"), err) < 0)
            return -1;
    }
    if (spool_finish(completion->spool, &completion->result, err) < 0)
        return -1;
    return spool_keep(completion->spool, err);
}

/* The digests of the parts' digests, with their number behind. */
static void sum_up(struct completion *completion)
{
    struct hash *md5 = hash_new_md5();
    struct checksum *sum = completion->composite && *completion->algorithm
                               ? checksum_new(completion->algorithm)
                               : NULL;
    char hex[2 * HASH_MD5_LEN + 1], text[CHECKSUM_LEN];
    uint8_t digest[HASH_LEN];
    json_t *part;
    size_t i, len, count = json_array_size(completion->parts);

    json_array_foreach (completion->parts, i, part) {
        const char *etag = json_string_at(part, "etag");
        const char *checksum = json_string_at(part, "checksum");
        void *decoded = hash_unbase64(checksum, strlen(checksum), &len);

        for (size_t j = 0; j < HASH_MD5_LEN; j++) {
            char digits[3] = {etag[2 * j], etag[2 * j + 1], '\0'};

            digest[j] = (uint8_t)strtoul(digits, NULL, 16);
        }
        hash_update(md5, digest, HASH_MD5_LEN);
        if (sum && decoded)
            checksum_update(sum, decoded, len);
        free(decoded);
    }
    hash_finish(md5, digest);
    hash_hex(digest, HASH_MD5_LEN, hex);
    snprintf(completion->etag, sizeof(completion->etag), "%s-%zu", hex, count);
    if (sum) {
        checksum_finish(sum, text);
        snprintf(completion->checksum, sizeof(completion->checksum), "%s-%zu", text, count);
    } else {
        snprintf(completion->checksum, sizeof(completion->checksum), "%s",
                 completion->result.checksum);
    }
}

static bool tell(const struct completion *completion)
{
    const struct bucket_event event = {.name = "ObjectCreated:CompleteMultipartUpload",
                                       .bucket = json_string_at(completion->upload, "bucket"),
                                       .key = json_string_at(completion->upload, "key"),
                                       .etag = completion->etag,
                                       .size = (int64_t)completion->result.size};

    bucket_events_tell(completion->request->engine, &event);
    return true;
}

/* The object takes the upload's place, in one transaction. */
static int replace(struct completion *completion)
{
    struct engine *engine = completion->request->engine;
    const char *id = json_string_at(completion->upload, "id");
    json_t *document =
        json_pack("{s:s, s:I, s:s, s:O, s:{}}", "blob", completion->result.blob, "size",
                  (json_int_t)completion->result.size, "etag", completion->etag, "headers",
                  json_object_get(completion->upload, "headers"), "checksum");
    json_t *parts, *old = NULL;

    if (*completion->algorithm)
        json_object_update_new(json_object_get(document, "checksum"),
                               json_pack("{s:s, s:s, s:s}", "algorithm", completion->algorithm,
                                         "type",
                                         completion->composite ? "COMPOSITE" : "FULL_OBJECT",
                                         "value", completion->checksum));
    parts = store_rows(engine->store, "SELECT blob FROM s3_parts WHERE upload = ?", "s", id);
    if (store_begin(engine->store) == 0 &&
        (old = s3_put_row(engine, json_string_at(completion->upload, "bucket"),
                          json_string_at(completion->upload, "key"), document)) != NULL &&
        store_run(engine->store, "DELETE FROM s3_uploads WHERE id = ?", "s", id) >= 0 &&
        tell(completion) && store_commit(engine->store) == 0) {
        s3_drop_blobs(engine->store, parts);
        s3_drop_blobs(engine->store, old);
        json_decref(document);
        return 0;
    }
    store_rollback(engine->store);
    json_decref(parts);
    json_decref(old);
    json_decref(document);
    return -1;
}

static void reply(struct completion *completion)
{
    struct request *request = completion->request;
    json_t *upload = completion->upload, *body;
    char name[32];

    body = json_pack("{s:o, s:O, s:O, s:o}", "Location",
                     json_sprintf("%s%s", request->engine->base_url, request->path), "Bucket",
                     json_object_get(upload, "bucket"), "Key", json_object_get(upload, "key"),
                     "ETag", s3_etag(completion->etag));
    if (*completion->algorithm) {
        snprintf(name, sizeof(name), "Checksum%s", completion->algorithm);
        json_object_set_new(body, name, json_string(completion->checksum));
        json_object_set_new(body, "ChecksumType",
                            json_string(completion->composite ? "COMPOSITE" : "FULL_OBJECT"));
    }
    s3_reply(request, "CompleteMultipartUploadResult", body);
}

void s3_complete_upload(struct request *request, json_t *input)
{
    struct completion completion = {.request = request, .parts = json_array()};
    json_t *body = NULL;
    struct err err = {0};

    completion.upload = s3_upload(request, input);
    if (!completion.upload)
        goto out;
    completion.algorithm = json_string_at(completion.upload, "algorithm");
    completion.composite = strcmp(json_string_at(completion.upload, "type"), "FULL_OBJECT") != 0;
    body = s3_body(request, "CompleteMultipartUpload", false);
    if (!body || !take_parts(&completion, body))
        goto out;
    if (assemble(&completion, &err) < 0) {
        request_fail(request, 500, "InternalError", "%s", err.message);
        goto out;
    }
    sum_up(&completion);
    if (replace(&completion) < 0)
        request_fail_write(request);
    else
        reply(&completion);
out:
    spool_free(completion.spool);
    json_decref(completion.parts);
    json_decref(completion.upload);
    json_decref(body);
}
