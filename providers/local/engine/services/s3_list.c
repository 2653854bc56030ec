#include "core/http.h"
#include "core/json.h"
#include "core/memory.h"
#include "providers/local/engine/services/s3.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE = 1000 };

/* ListObjectsV2 on its way through the keys. */
struct listing {
    const char *prefix;
    const char *delimiter;
    int64_t max;
    bool encode; /* keys are percent-encoded in the reply */
    bool owner;
    char *last; /* the last key or common prefix that was given; NULL: none */
    bool last_is_prefix;
    json_t *contents;
    json_t *prefixes;
    bool truncated;
};

static int64_t count(const struct listing *listing)
{
    return (int64_t)(json_array_size(listing->contents) + json_array_size(listing->prefixes));
}

static json_t *encoded(const struct listing *listing, const char *text)
{
    struct buf out;
    json_t *value;

    if (!listing->encode)
        return json_string(text);
    buf_init(&out, 0);
    http_encode(&out, text, strlen(text), true);
    value = json_string(buf_string(&out));
    buf_release(&out);
    return value;
}

static void keep_last(struct listing *listing, char *last, bool is_prefix)
{
    free(listing->last);
    listing->last = last;
    listing->last_is_prefix = is_prefix;
}

static json_t *describe(const struct listing *listing, sqlite3_stmt *row)
{
    const char *checksum = (const char *)sqlite3_column_text(row, 4);
    json_t *sums = json_loads(checksum ? checksum : "{}", 0, NULL);
    json_t *item = json_pack("{s:o, s:o, s:o, s:I, s:s}", "Key",
                             encoded(listing, (const char *)sqlite3_column_text(row, 0)),
                             "LastModified", s3_time(sqlite3_column_int64(row, 3)), "ETag",
                             s3_etag((const char *)sqlite3_column_text(row, 2)), "Size",
                             (json_int_t)sqlite3_column_int64(row, 1), "StorageClass", "STANDARD");

    if (*json_string_at(sums, "algorithm")) {
        json_object_set(item, "ChecksumAlgorithm", json_object_get(sums, "algorithm"));
        json_object_set(item, "ChecksumType", json_object_get(sums, "type"));
    }
    if (listing->owner)
        json_object_set_new(item, "Owner", json_pack("{s:s}", "ID", ENGINE_ACCOUNT));
    json_decref(sums);
    return item;
}

/* Takes one row; false when the page is full. */
static bool take(struct listing *listing, sqlite3_stmt *row)
{
    const char *key = (const char *)sqlite3_column_text(row, 0);
    size_t prefix = strlen(listing->prefix);
    const char *cut = *listing->delimiter ? strstr(key + prefix, listing->delimiter) : NULL;
    size_t len = cut ? (size_t)(cut - key) + strlen(listing->delimiter) : 0;

    if (listing->last && listing->last_is_prefix &&
        strncmp(key, listing->last, strlen(listing->last)) == 0)
        return true;
    if (count(listing) == listing->max) {
        listing->truncated = true;
        return false;
    }
    if (cut) {
        keep_last(listing, xstrndup(key, len), true);
        json_array_append_new(listing->prefixes,
                              json_pack("{s:o}", "Prefix", encoded(listing, listing->last)));
    } else {
        keep_last(listing, xstrdup(key), false);
        json_array_append_new(listing->contents, describe(listing, row));
    }
    return true;
}

static void collect(struct store *store, const char *bucket, const char *after,
                    struct listing *listing)
{
    const char *from = strcmp(after, listing->prefix) > 0 ? after : listing->prefix;
    sqlite3_stmt *statement =
        store_prepare(store,
                      "SELECT key, size, etag, modified, checksum FROM s3_objects"
                      " WHERE bucket = ? AND key >= ? AND key > ? ORDER BY key",
                      "sss", bucket, from, after);

    while (sqlite3_step(statement) == SQLITE_ROW &&
           strncmp((const char *)sqlite3_column_text(statement, 0), listing->prefix,
                   strlen(listing->prefix)) == 0 &&
           take(listing, statement))
        ;
    sqlite3_finalize(statement);
}

/* A token is "k" or "p" and the last key or prefix in hex: opaque, and good for any key. */
static json_t *make_token(const struct listing *listing)
{
    size_t len = strlen(listing->last);
    char *text = xcalloc(2 * len + 2, 1);
    json_t *token;

    text[0] = listing->last_is_prefix ? 'p' : 'k';
    hash_hex(listing->last, len, text + 1);
    token = json_string(text);
    free(text);
    return token;
}

/* Goes on behind what the token tells; -1 when it is none of ours. */
static int take_token(struct listing *listing, const char *token)
{
    size_t len = strlen(token);
    char *last;

    if ((*token != 'p' && *token != 'k') || len < 3 || len % 2 == 0 ||
        strspn(token + 1, "0123456789abcdef") != len - 1)
        return -1;
    last = xcalloc(len, 1);
    for (size_t i = 0; i < (len - 1) / 2; i++) {
        char digits[3] = {token[1 + 2 * i], token[2 + 2 * i], '\0'};

        last[i] = (char)strtol(digits, NULL, 16);
    }
    keep_last(listing, last, *token == 'p');
    return 0;
}

static json_t *make_reply(const struct listing *listing, const char *bucket, json_t *input)
{
    const char *token = json_string_at(input, "continuation-token");
    const char *start = json_string_at(input, "start-after");
    json_t *reply =
        json_pack("{s:s, s:o, s:I, s:I, s:b}", "Name", bucket, "Prefix",
                  encoded(listing, listing->prefix), "KeyCount", (json_int_t)count(listing),
                  "MaxKeys", (json_int_t)listing->max, "IsTruncated", listing->truncated);

    if (*listing->delimiter)
        json_object_set_new(reply, "Delimiter", encoded(listing, listing->delimiter));
    if (listing->encode)
        json_object_set_new(reply, "EncodingType", json_string("url"));
    if (*token)
        json_object_set_new(reply, "ContinuationToken", json_string(token));
    if (listing->truncated)
        json_object_set_new(reply, "NextContinuationToken", make_token(listing));
    if (*start)
        json_object_set_new(reply, "StartAfter", encoded(listing, start));
    json_object_set(reply, "Contents", listing->contents);
    json_object_set(reply, "CommonPrefixes", listing->prefixes);
    return reply;
}

void s3_list_objects(struct request *request, json_t *input)
{
    const char *token = json_string_at(input, "continuation-token");
    const char *most = json_string_at(input, "max-keys");
    struct listing listing = {
        .prefix = json_string_at(input, "prefix"),
        .delimiter = json_string_at(input, "delimiter"),
        .max = *most ? strtoll(most, NULL, 10) : PAGE,
        .encode = strcmp(json_string_at(input, "encoding-type"), "url") == 0,
        .owner = strcmp(json_string_at(input, "fetch-owner"), "true") == 0,
    };
    json_t *row = s3_bucket(request, input);
    char *after;

    if (!row)
        return;
    listing.max = listing.max > PAGE ? PAGE : listing.max;
    if (strcmp(json_string_at(input, "list-type"), "2") != 0 || listing.max < 0) {
        request_fail(request, 400, "InvalidArgument",
                     "list-type must be 2, and max-keys no less "
                     "than 0");
    } else if (*token && take_token(&listing, token) < 0) {
        request_fail(request, 400, "InvalidArgument",
                     "The continuation token provided is incorrect");
    } else {
        listing.contents = json_array();
        listing.prefixes = json_array();
        after = xstrdup(listing.last ? listing.last : json_string_at(input, "start-after"));
        if (listing.max > 0)
            collect(request->engine->store, json_string_at(row, "name"), after, &listing);
        free(after);
        s3_reply(request, "ListBucketResult",
                 make_reply(&listing, json_string_at(row, "name"), input));
    }
    json_decref(listing.contents);
    json_decref(listing.prefixes);
    free(listing.last);
    json_decref(row);
}
