#include "core/json.h"
#include "core/memory.h"
#include "providers/local/engine/events/bucket_events.h"
#include "providers/local/engine/services/s3.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { DELETE_MAX = 1000 };

static json_t *find_object(struct request *request, const char *bucket, const char *key)
{
    return store_row(request->engine->store,
                     "SELECT blob, size, etag, headers AS \"{headers\", checksum AS \"{checksum\","
                     " modified FROM s3_objects WHERE bucket = ? AND key = ?",
                     "ss", bucket, key);
}

/* Whether the request may write the object: If-None-Match: * wants that there is none. */
static bool may_write(struct request *request, const char *bucket, const char *key)
{
    const char *condition = request_header(request, "If-None-Match");
    json_t *row;
    bool free_to = true;

    if (request_header(request, "x-amz-copy-source")) {
        request_fail(request, 501, "NotImplemented", "the local engine does not copy objects");
        return false;
    }
    if (condition && strcmp(condition, "*") == 0) {
        row = find_object(request, bucket, key);
        free_to = row == NULL;
        json_decref(row);
    }
    if (!free_to)
        request_fail(request, 412, "PreconditionFailed",
                     "At least one of the pre-conditions you specified did not hold");
    return free_to;
}

/* The checksum as a header, "x-amz-checksum-sha256: ..."; nothing when there is none. */
static void add_checksum(struct strlist *headers, const json_t *checksum)
{
    const char *algorithm = json_string_at(checksum, "algorithm");

    if (!*algorithm)
        return;
    strlist_addf(headers, "x-amz-checksum-%s: %s", algorithm, json_string_at(checksum, "value"));
    strlist_addf(headers, "x-amz-checksum-type: %s", json_string_at(checksum, "type"));
}

/* The object, and that it is told: both are on disk or none. As s3_put_row(). */
static json_t *put_and_tell(struct engine *engine, const char *bucket, const char *key,
                            const json_t *document)
{
    const struct bucket_event event = {.name = "ObjectCreated:Put",
                                       .bucket = bucket,
                                       .key = key,
                                       .etag = json_string_at(document, "etag"),
                                       .size = json_int_at(document, "size")};
    json_t *old = store_begin(engine->store) < 0 ? NULL : s3_put_row(engine, bucket, key, document);

    if (!old) {
        store_rollback(engine->store);
        return NULL;
    }
    bucket_events_tell(engine, &event);
    if (store_commit(engine->store) == 0)
        return old;
    json_decref(old);
    return NULL;
}

void s3_put_object(struct request *request, json_t *input)
{
    struct store *store = request->engine->store;
    const char *bucket, *key, *algorithm;
    struct spool_result result;
    struct strlist headers;
    json_t *document, *old;

    if (!s3_key(request, input, &bucket, &key) || !may_write(request, bucket, key) ||
        !s3_take_spooled(request, &result, &algorithm))
        return;
    document = json_pack("{s:s, s:I, s:s, s:o, s:{}}", "blob", result.blob, "size",
                         (json_int_t)result.size, "etag", result.md5, "headers",
                         s3_kept_headers(request), "checksum");
    if (algorithm)
        json_object_update_new(json_object_get(document, "checksum"),
                               json_pack("{s:s, s:s, s:s}", "algorithm", algorithm, "type",
                                         "FULL_OBJECT", "value", result.checksum));
    old = put_and_tell(request->engine, bucket, key, document);
    if (old) {
        s3_drop_blobs(store, old);
        strlist_init(&headers);
        strlist_addf(&headers, "ETag: \"%s\"", result.md5);
        add_checksum(&headers, json_object_get(document, "checksum"));
        s3_done(request, 200, &headers);
        strlist_release(&headers);
    } else {
        store_drop(store, result.blob);
        request_fail_write(request);
    }
    json_decref(document);
}

/* What a Range header asks for. */
struct range {
    uint64_t first;
    uint64_t len;
    bool partial;
};

/* "bytes=0-9", "bytes=10-", "bytes=-5"; what is none is ignored, as HTTP has it. -1: it is beyond
 * the end. */
static int read_range(const struct request *request, uint64_t size, struct range *range)
{
    const char *text = request_header(request, "Range");
    unsigned long long first = 0, last = size ? size - 1 : 0;
    char *end;

    *range = (struct range){.len = size};
    if (!text || strncmp(text, "bytes=", 6) != 0 || strchr(text, ','))
        return 0;
    text += 6;
    if (*text == '-') {
        first = strtoull(text + 1, &end, 10);
        if (first == 0)
            return -1;
        first = first > size ? 0 : size - first;
    } else {
        first = strtoull(text, &end, 10);
        if (end == text || *end != '-')
            return 0;
        if (end[1])
            last = strtoull(end + 1, &end, 10);
        else
            end++;
        last = last >= size ? size - 1 : last;
    }
    if (*end)
        return 0;
    if (first >= size || first > last)
        return -1;
    *range = (struct range){first, last - first + 1, true};
    return 0;
}

static void add_object_headers(struct request *request, const json_t *row, struct strlist *headers,
                               bool whole)
{
    const char *mode = request_header(request, "x-amz-checksum-mode");
    json_t *kept = json_object_get(row, "headers"), *value;
    time_t seconds = (time_t)(json_int_at(row, "modified") / 1000);
    const char *name;
    struct tm time;
    char date[64];

    gmtime_r(&seconds, &time);
    strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &time);
    strlist_addf(headers, "Last-Modified: %s", date);
    strlist_addf(headers, "ETag: \"%s\"", json_string_at(row, "etag"));
    strlist_add(headers, "Accept-Ranges: bytes");
    strlist_addf(headers, "x-amz-request-id: %s", request->id);
    if (!json_object_get(kept, "content-type"))
        strlist_add(headers, "content-type: binary/octet-stream");
    json_object_foreach (kept, name, value)
        strlist_addf(headers, "%s: %s", name, json_string_value(value));
    if (whole && mode && strcmp(mode, "ENABLED") == 0)
        add_checksum(headers, json_object_get(row, "checksum"));
}

static void send_object(struct request *request, const json_t *row)
{
    char *path = store_blob_path(request->engine->store, json_string_at(row, "blob"));
    uint64_t size = (uint64_t)json_int_at(row, "size");
    struct strlist headers;
    struct range range;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    strlist_init(&headers);
    if (fd < 0) {
        request_fail(request, 500, "InternalError", "cannot open '%s': %s", path, strerror(errno));
    } else if (read_range(request, size, &range) < 0) {
        close(fd);
        request_fail(request, 416, "InvalidRange", "The requested range is not satisfiable");
    } else {
        add_object_headers(request, row, &headers, !range.partial);
        if (range.partial)
            strlist_addf(
                &headers, "Content-Range: bytes %llu-%llu/%llu", (unsigned long long)range.first,
                (unsigned long long)(range.first + range.len - 1), (unsigned long long)size);
        request_respond_file(request, range.partial ? 206 : 200, &headers, fd, range.first,
                             range.len);
    }
    strlist_release(&headers);
    free(path);
}

/* Whether an entity tag, "*" or "\"ETAG\"", is the object's. */
static bool tag_is(const char *tag, const json_t *row)
{
    const char *etag = json_string_at(row, "etag");
    size_t len = strlen(etag);

    tag += *tag == '"';
    return strcmp(tag, "*") == 0 ||
           (strncmp(tag, etag, len) == 0 && (tag[len] == '\0' || strcmp(tag + len, "\"") == 0));
}

void s3_get_object(struct request *request, json_t *input)
{
    const char *match = request_header(request, "If-Match");
    const char *none = request_header(request, "If-None-Match");
    const char *bucket, *key;
    json_t *row;

    if (!s3_key(request, input, &bucket, &key))
        return;
    row = find_object(request, bucket, key);
    if (!row)
        request_fail(request, 404, "NoSuchKey", "The specified key does not exist.");
    else if (match && !tag_is(match, row))
        request_fail(request, 412, "PreconditionFailed",
                     "At least one of the pre-conditions you specified did not hold");
    else if (none && tag_is(none, row))
        s3_done(request, 304, NULL);
    else
        send_object(request, row);
    json_decref(row);
}

/* Without versions it makes no difference whether there was one. */
static int delete_object(struct request *request, const char *bucket, const char *key)
{
    struct store *store = request->engine->store;
    json_t *old = store_rows(store, "SELECT blob FROM s3_objects WHERE bucket = ? AND key = ?",
                             "ss", bucket, key);
    const struct bucket_event event = {
        .name = "ObjectRemoved:Delete", .bucket = bucket, .key = key};
    int result = store_begin(store);

    if (result == 0)
        result = store_run(store, "DELETE FROM s3_objects WHERE bucket = ? AND key = ?", "ss",
                           bucket, key);
    if (result > 0)
        bucket_events_tell(request->engine, &event);
    if (result < 0)
        store_rollback(store);
    else
        result = store_commit(store);
    if (result >= 0)
        s3_drop_blobs(store, old);
    else
        json_decref(old);
    return result;
}

void s3_delete_object(struct request *request, json_t *input)
{
    const char *bucket, *key;

    if (!s3_key(request, input, &bucket, &key))
        return;
    if (delete_object(request, bucket, key) < 0)
        request_fail_write(request);
    else
        s3_done(request, 204, NULL);
}

void s3_delete_objects(struct request *request, json_t *input)
{
    json_t *row = s3_bucket(request, input), *body, *objects, *object, *reply;
    bool quiet;
    size_t i;

    if (!row)
        return;
    body = s3_body(request, "Delete", true);
    if (!body)
        goto out;
    objects = s3_items(body, "Object");
    quiet = strcmp(json_string_at(body, "Quiet"), "true") == 0;
    if (json_array_size(objects) == 0 || json_array_size(objects) > DELETE_MAX) {
        request_fail(request, 400, "MalformedXML", "from 1 to %d objects can be named", DELETE_MAX);
    } else {
        reply = json_array();
        json_array_foreach (objects, i, object) {
            const char *key = json_string_at(object, "Key");

            if (delete_object(request, json_string_at(row, "name"), key) >= 0 && !quiet)
                json_array_append_new(reply, json_pack("{s:s}", "Key", key));
        }
        s3_reply(request, "DeleteResult", json_pack("{s:o}", "Deleted", reply));
    }
    json_decref(objects);
    json_decref(body);
out:
    json_decref(row);
}
