#include "core/json.h"
#include "core/memory.h"
#include "providers/local/engine/services/s3.h"
#include "providers/local/engine/services/s3_complete.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 1000, PARTS_MAX = 10000 };

json_t *s3_upload(struct request *request, json_t *input)
{
    const char *bucket, *key;
    json_t *row;

    if (!s3_key(request, input, &bucket, &key))
        return NULL;
    row = store_row(request->engine->store,
                    "SELECT id, bucket, key, headers AS \"{headers\", algorithm, type, created"
                    " FROM s3_uploads WHERE id = ? AND bucket = ? AND key = ?",
                    "sss", json_string_at(input, "uploadId"), bucket, key);
    if (!row)
        request_fail(request, 404, "NoSuchUpload",
                     "The specified upload does not exist. The upload ID may be invalid, or the "
                     "upload may have been aborted or completed.");
    return row;
}

/* The type of the checksums: what was asked for, or what the algorithm has by itself. */
static const char *take_type(const struct request *request, const char *algorithm)
{
    const char *type = request_header(request, "x-amz-checksum-type");

    if (type)
        return strcmp(type, "FULL_OBJECT") == 0 ? "FULL_OBJECT" : "COMPOSITE";
    return strcmp(algorithm, "CRC64NVME") == 0 ? "FULL_OBJECT" : "COMPOSITE";
}

void s3_create_upload(struct request *request, json_t *input)
{
    const char *asked = request_header(request, "x-amz-checksum-algorithm");
    const char *algorithm = asked ? checksum_name(asked) : NULL;
    const char *type = algorithm ? take_type(request, algorithm) : NULL;
    const char *bucket, *key;
    char id[UUID_LEN], *headers;
    json_t *kept;

    if (!s3_key(request, input, &bucket, &key))
        return;
    if (asked && !algorithm) {
        request_fail(request, 400, "InvalidRequest",
                     "Checksum algorithm provided is unsupported: %s", asked);
        return;
    }
    hash_uuid(id);
    kept = s3_kept_headers(request);
    headers = json_dumps(kept, JSON_COMPACT);
    if (store_run(request->engine->store,
                  "INSERT INTO s3_uploads (id, bucket, key, headers, algorithm, type, created)"
                  " VALUES (?, ?, ?, ?, ?, ?, ?)",
                  "ssssssi", id, bucket, key, headers, algorithm, type,
                  clock_now(request->engine->clock)) < 0) {
        request_fail_write(request);
    } else {
        s3_reply(request, "InitiateMultipartUploadResult",
                 json_pack("{s:s, s:s, s:s}", "Bucket", bucket, "Key", key, "UploadId", id));
    }
    free(headers);
    json_decref(kept);
}

/* Whether the part has the checksum that its upload wants; answers when not. */
static bool has_checksum(struct request *request, const json_t *upload, const char *algorithm)
{
    const char *wanted = json_string_at(upload, "algorithm");

    if (!*wanted || (algorithm && strcmp(wanted, algorithm) == 0))
        return true;
    request_fail(request, 400, "InvalidRequest",
                 "Checksum Type mismatch occurred, expected checksum Type: %s, actual checksum "
                 "Type: %s",
                 wanted, algorithm ? algorithm : "null");
    return false;
}

static void keep_part(struct request *request, const json_t *upload, int64_t number,
                      const struct spool_result *result, const char *algorithm)
{
    struct store *store = request->engine->store;
    const char *id = json_string_at(upload, "id");
    json_t *old = store_rows(store, "SELECT blob FROM s3_parts WHERE upload = ? AND number = ?",
                             "si", id, number);
    struct strlist headers;

    if (store_run(store,
                  "INSERT OR REPLACE INTO s3_parts"
                  " (upload, number, blob, size, etag, checksum, modified)"
                  " VALUES (?, ?, ?, ?, ?, ?, ?)",
                  "sisissi", id, number, result->blob, (int64_t)result->size, result->md5,
                  algorithm ? result->checksum : NULL, clock_now(request->engine->clock)) < 0) {
        request_fail_write(request);
    } else {
        strlist_init(&headers);
        strlist_addf(&headers, "ETag: \"%s\"", result->md5);
        if (algorithm)
            strlist_addf(&headers, "x-amz-checksum-%s: %s", algorithm, result->checksum);
        s3_done(request, 200, &headers);
        strlist_release(&headers);
    }
    s3_drop_blobs(store, old);
}

/* The blob goes again when the part is not wanted. */
static void take_part(struct request *request, const json_t *upload, int64_t number,
                      const struct spool_result *result, const char *algorithm)
{
    struct store *store = request->engine->store;

    if (has_checksum(request, upload, algorithm))
        keep_part(request, upload, number, result, algorithm);
    store_drop(store, result->blob);
}

void s3_upload_part(struct request *request, json_t *input)
{
    int64_t number = strtoll(json_string_at(input, "partNumber"), NULL, 10);
    json_t *upload = s3_upload(request, input);
    struct spool_result result;
    const char *algorithm;

    if (!upload)
        return;
    if (request_header(request, "x-amz-copy-source"))
        request_fail(request, 501, "NotImplemented", "the local engine does not copy objects");
    else if (number < 1 || number > PARTS_MAX)
        request_fail(request, 400, "InvalidArgument",
                     "Part number must be an integer between 1 and %d, inclusive", PARTS_MAX);
    else if (s3_take_spooled(request, &result, &algorithm))
        take_part(request, upload, number, &result, algorithm);
    json_decref(upload);
}

/* The number that a parameter of the query holds; `usual` when it is not there. */
static int64_t number_of(json_t *input, const char *name, int64_t usual)
{
    const char *text = json_string_at(input, name);
    int64_t number = strtoll(text, NULL, 10);

    return !*text || number < 0 ? usual : number > usual ? usual : number;
}

static json_t *describe_part(const json_t *row, const char *algorithm)
{
    json_t *part = json_pack(
        "{s:I, s:o, s:o, s:I}", "PartNumber", (json_int_t)json_int_at(row, "number"),
        "LastModified", s3_time(json_int_at(row, "modified")), "ETag",
        s3_etag(json_string_at(row, "etag")), "Size", (json_int_t)json_int_at(row, "size"));
    char name[32];

    if (*algorithm && json_object_get(row, "checksum")) {
        snprintf(name, sizeof(name), "Checksum%s", algorithm);
        json_object_set(part, name, json_object_get(row, "checksum"));
    }
    return part;
}

void s3_list_parts(struct request *request, json_t *input)
{
    json_t *upload = s3_upload(request, input), *rows, *row, *parts, *reply;
    int64_t most = number_of(input, "max-parts", PAGE), last = 0;
    int64_t after = number_of(input, "part-number-marker", PARTS_MAX + 1);
    const char *algorithm = json_string_at(upload, "algorithm");
    size_t i;

    if (!upload)
        return;
    after = *json_string_at(input, "part-number-marker") ? after : 0;
    rows = store_rows(request->engine->store,
                      "SELECT number, size, etag, checksum, modified FROM s3_parts"
                      " WHERE upload = ? AND number > ? ORDER BY number LIMIT ?",
                      "sii", json_string_at(upload, "id"), after, most + 1);
    parts = json_array();
    json_array_foreach (rows, i, row) {
        if ((int64_t)i == most)
            break;
        last = json_int_at(row, "number");
        json_array_append_new(parts, describe_part(row, algorithm));
    }
    reply = json_pack("{s:O, s:O, s:O, s:{s:s}, s:{s:s}, s:s, s:I, s:I, s:I, s:b}", "Bucket",
                      json_object_get(upload, "bucket"), "Key", json_object_get(upload, "key"),
                      "UploadId", json_object_get(upload, "id"), "Initiator", "ID", ENGINE_ACCOUNT,
                      "Owner", "ID", ENGINE_ACCOUNT, "StorageClass", "STANDARD", "PartNumberMarker",
                      (json_int_t)after, "NextPartNumberMarker", (json_int_t)last, "MaxParts",
                      (json_int_t)most, "IsTruncated", (int64_t)json_array_size(rows) > most);
    if (*algorithm) {
        json_object_set(reply, "ChecksumAlgorithm", json_object_get(upload, "algorithm"));
        json_object_set(reply, "ChecksumType", json_object_get(upload, "type"));
    }
    json_object_set_new(reply, "Part", parts);
    s3_reply(request, "ListPartsResult", reply);
    json_decref(rows);
    json_decref(upload);
}

static json_t *describe_upload(const json_t *row)
{
    json_t *upload =
        json_pack("{s:O, s:O, s:o, s:s, s:{s:s}, s:{s:s}}", "UploadId", json_object_get(row, "id"),
                  "Key", json_object_get(row, "key"), "Initiated",
                  s3_time(json_int_at(row, "created")), "StorageClass", "STANDARD", "Owner", "ID",
                  ENGINE_ACCOUNT, "Initiator", "ID", ENGINE_ACCOUNT);

    if (json_object_get(row, "algorithm")) {
        json_object_set(upload, "ChecksumAlgorithm", json_object_get(row, "algorithm"));
        json_object_set(upload, "ChecksumType", json_object_get(row, "type"));
    }
    return upload;
}

void s3_list_uploads(struct request *request, json_t *input)
{
    const char *prefix = json_string_at(input, "prefix");
    const char *key = json_string_at(input, "key-marker");
    const char *id = json_string_at(input, "upload-id-marker");
    int64_t most = number_of(input, "max-uploads", PAGE);
    json_t *bucket = s3_bucket(request, input), *rows, *row, *uploads, *reply;
    size_t i;

    if (!bucket)
        return;
    rows = store_rows(request->engine->store,
                      "SELECT id, key, algorithm, type, created FROM s3_uploads WHERE bucket = ?1"
                      " AND substr(key, 1, length(?2)) = ?2"
                      " AND (key > ?3 OR (key = ?3 AND ?4 <> '' AND id > ?4))"
                      " ORDER BY key, created, id LIMIT ?5",
                      "ssssi", json_string_at(bucket, "name"), prefix, key, id, most + 1);
    uploads = json_array();
    json_array_foreach (rows, i, row) {
        if ((int64_t)i < most)
            json_array_append_new(uploads, describe_upload(row));
    }
    row = json_array_get(uploads, json_array_size(uploads) - 1);
    reply = json_pack("{s:O, s:s, s:s, s:s, s:I, s:b}", "Bucket", json_object_get(bucket, "name"),
                      "KeyMarker", key, "UploadIdMarker", id, "Prefix", prefix, "MaxUploads",
                      (json_int_t)most, "IsTruncated", (int64_t)json_array_size(rows) > most);
    json_object_set_new(reply, "NextKeyMarker", json_string(json_string_at(row, "Key")));
    json_object_set_new(reply, "NextUploadIdMarker", json_string(json_string_at(row, "UploadId")));
    json_object_set_new(reply, "Upload", uploads);
    s3_reply(request, "ListMultipartUploadsResult", reply);
    json_decref(rows);
    json_decref(bucket);
}

void s3_abort_upload(struct request *request, json_t *input)
{
    struct store *store = request->engine->store;
    json_t *upload = s3_upload(request, input), *parts;
    const char *id = json_string_at(upload, "id");

    if (!upload)
        return;
    parts = store_rows(store, "SELECT blob FROM s3_parts WHERE upload = ?", "s", id);
    if (store_run(store, "DELETE FROM s3_uploads WHERE id = ?", "s", id) < 0)
        request_fail_write(request);
    else
        s3_done(request, 204, NULL);
    s3_drop_blobs(store, parts);
    json_decref(upload);
}
