#include "core/json.h"
#include "core/memory.h"
#include "providers/local/engine/services/s3.h"

#include <stdlib.h>
#include <string.h>

#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyz0123456789-."

enum { TAGS_MAX = 50, RULES_MAX = 1000 };

void s3_list_buckets(struct request *request, json_t *input)
{
    json_t *rows = store_rows(request->engine->store,
                              "SELECT name, region, created FROM s3_buckets ORDER BY name", "");
    json_t *buckets = json_array(), *row;
    size_t i;

    (void)input;
    json_array_foreach (rows, i, row)
        json_array_append_new(buckets,
                              json_pack("{s:s, s:o, s:s}", "Name", json_string_at(row, "name"),
                                        "CreationDate", s3_time(json_int_at(row, "created")),
                                        "BucketRegion", json_string_at(row, "region")));
    json_decref(rows);
    s3_reply(request, "ListAllMyBucketsResult",
             json_pack("{s:{s:s}, s:{s:o}}", "Owner", "ID", ENGINE_ACCOUNT, "Buckets", "Bucket",
                       buckets));
}

static bool is_bucket_name(const char *name)
{
    size_t len = strlen(name);

    return len >= 3 && len <= 63 && strspn(name, NAME_LETTERS) == len && !strstr(name, "..") &&
           !strchr("-.", name[0]) && !strchr("-.", name[len - 1]);
}

/* The region a bucket is to be in, and whether it may be named so: us-east-1, where a request may
 * name any other, is the one region that is not named. To free(); NULL: answered. */
static char *take_region(struct request *request)
{
    const char *region = request_region(request);
    bool first = strcmp(region, "us-east-1") == 0;
    json_t *body = NULL;
    const char *constraint;
    char *taken = NULL;

    if (request->body.len && (body = s3_body(request, "CreateBucketConfiguration", false)) == NULL)
        return NULL;
    constraint = json_string_at(body, "LocationConstraint");
    if (strcmp(constraint, "us-east-1") == 0)
        request_fail(request, 400, "InvalidLocationConstraint",
                     "The specified location-constraint is not valid");
    else if (!first && strcmp(constraint, region) != 0)
        request_fail(request, 400, "IllegalLocationConstraintException",
                     "The %s location constraint is incompatible for the region specific endpoint "
                     "this request was sent to.",
                     *constraint ? constraint : "unspecified");
    else
        taken = xstrdup(*constraint ? constraint : region);
    json_decref(body);
    return taken;
}

void s3_create_bucket(struct request *request, json_t *input)
{
    const char *name = json_string_at(input, "Bucket");
    struct store *store = request->engine->store;
    struct strlist headers;
    json_t *row;
    char *region;

    if (!is_bucket_name(name)) {
        request_fail(request, 400, "InvalidBucketName", "The specified bucket is not valid.");
        return;
    }
    region = take_region(request);
    if (!region)
        return;
    row = store_row(store, "SELECT region FROM s3_buckets WHERE name = ?", "s", name);
    strlist_init(&headers);
    strlist_addf(&headers, "Location: /%s", name);
    if (row && strcmp(json_string_at(row, "region"), "us-east-1") != 0)
        request_fail(request, 409, "BucketAlreadyOwnedByYou",
                     "Your previous request to create the named bucket succeeded and you already "
                     "own it.");
    else if (!row &&
             store_run(store, "INSERT INTO s3_buckets (name, region, created) VALUES (?, ?, ?)",
                       "ssi", name, region, clock_now(request->engine->clock)) < 0)
        request_fail_write(request);
    else
        s3_done(request, 200, &headers);
    strlist_release(&headers);
    json_decref(row);
    free(region);
}

void s3_head_bucket(struct request *request, json_t *input)
{
    json_t *row = s3_bucket(request, input);
    struct strlist headers;

    if (!row)
        return;
    strlist_init(&headers);
    strlist_addf(&headers, "x-amz-bucket-region: %s", json_string_at(row, "region"));
    strlist_add(&headers, "x-amz-access-point-alias: false");
    s3_done(request, 200, &headers);
    strlist_release(&headers);
    json_decref(row);
}

void s3_delete_bucket(struct request *request, json_t *input)
{
    const char *name = json_string_at(input, "Bucket");
    struct store *store = request->engine->store;
    json_t *row = s3_bucket(request, input), *object, *parts;

    if (!row)
        return;
    object = store_row(store, "SELECT key FROM s3_objects WHERE bucket = ? LIMIT 1", "s", name);
    parts = store_rows(store,
                       "SELECT p.blob FROM s3_parts p JOIN s3_uploads u ON p.upload = u.id"
                       " WHERE u.bucket = ?",
                       "s", name);
    if (object)
        request_fail(request, 409, "BucketNotEmpty", "The bucket you tried to delete is not empty");
    else if (store_run(store, "DELETE FROM s3_buckets WHERE name = ?", "s", name) < 0)
        request_fail_write(request);
    else
        s3_done(request, 204, NULL);
    s3_drop_blobs(store, parts);
    json_decref(object);
    json_decref(row);
}

void s3_get_location(struct request *request, json_t *input)
{
    json_t *row = s3_bucket(request, input);
    const char *region = json_string_at(row, "region");

    if (!row)
        return;
    s3_reply(request, "LocationConstraint",
             json_string(strcmp(region, "us-east-1") == 0 ? "" : region));
    json_decref(row);
}

/* Keeps `document` (taken) in a column of the bucket; NULL removes it. */
static void put_document(struct request *request, json_t *input, const char *sql, json_t *document,
                         int status)
{
    struct engine *engine = request->engine;

    char *text = document ? json_dumps(document, JSON_COMPACT) : NULL;
    json_t *row = s3_bucket(request, input);

    if (row && store_run(request->engine->store, sql, "ss", text, json_string_at(row, "name")) < 0)
        request_fail_write(request);
    else if (row)
        s3_done(request, status, NULL);
    s3_expire(engine);
    json_decref(row);
    json_decref(document);
    free(text);
}

static void get_document(struct request *request, json_t *input, const char *column,
                         const char *root, const char *code)
{
    json_t *row = s3_bucket(request, input);
    json_t *document = json_object_get(row, column);

    if (document)
        s3_reply(request, root, json_incref(document));
    else if (row)
        request_fail(request, 404, code, "The bucket has none of these: %s", root);
    json_decref(row);
}

#define PUBLIC_ACCESS "PublicAccessBlockConfiguration"
#define SET_PUBLIC_ACCESS "UPDATE s3_buckets SET public_access = ? WHERE name = ?"

void s3_put_public_access(struct request *request, json_t *input)
{
    static const char *const members[] = {"BlockPublicAcls", "IgnorePublicAcls",
                                          "BlockPublicPolicy", "RestrictPublicBuckets"};
    json_t *body = s3_body(request, PUBLIC_ACCESS, true), *document;

    if (!body)
        return;
    document = json_object();
    for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++)
        json_object_set_new(document, members[i],
                            json_boolean(strcmp(json_string_at(body, members[i]), "true") == 0));
    json_decref(body);
    put_document(request, input, SET_PUBLIC_ACCESS, document, 200);
}

void s3_get_public_access(struct request *request, json_t *input)
{
    get_document(request, input, "public_access", PUBLIC_ACCESS,
                 "NoSuchPublicAccessBlockConfiguration");
}

void s3_delete_public_access(struct request *request, json_t *input)
{
    put_document(request, input, SET_PUBLIC_ACCESS, NULL, 204);
}

#define SET_TAGS "UPDATE s3_buckets SET tags = ? WHERE name = ?"

void s3_put_tagging(struct request *request, json_t *input)
{
    json_t *body = s3_body(request, "Tagging", true), *tags, *tag;
    bool valid;
    size_t i;

    if (!body)
        return;
    tags = s3_items(json_object_get(body, "TagSet"), "Tag");
    valid = json_array_size(tags) <= TAGS_MAX;
    json_array_foreach (tags, i, tag)
        valid = valid && *json_string_at(tag, "Key") && strlen(json_string_at(tag, "Key")) <= 128 &&
                json_is_string(json_object_get(tag, "Value")) &&
                strlen(json_string_at(tag, "Value")) <= 256;
    json_decref(body);
    if (valid) {
        put_document(request, input, SET_TAGS, json_pack("{s:{s:O}}", "TagSet", "Tag", tags), 204);
    } else {
        request_fail(request, 400, "InvalidTag",
                     "a tag has a key of 1 to 128 and a value of at "
                     "most 256 characters; a bucket has at most 50");
    }
    json_decref(tags);
}

void s3_get_tagging(struct request *request, json_t *input)
{
    get_document(request, input, "tags", "Tagging", "NoSuchTagSet");
}

void s3_delete_tagging(struct request *request, json_t *input)
{
    put_document(request, input, SET_TAGS, NULL, 204);
}

#define SET_LIFECYCLE "UPDATE s3_buckets SET lifecycle = ? WHERE name = ?"

static bool is_rule(const json_t *rule)
{
    const char *status = json_string_at(rule, "Status");

    return (strcmp(status, "Enabled") == 0 || strcmp(status, "Disabled") == 0) &&
           (json_object_get(rule, "Filter") || json_object_get(rule, "Prefix"));
}

void s3_put_lifecycle(struct request *request, json_t *input)
{
    json_t *body = s3_body(request, "LifecycleConfiguration", true), *rules, *rule;
    bool valid;
    size_t i;

    if (!body)
        return;
    rules = s3_items(body, "Rule");
    valid = json_array_size(rules) > 0 && json_array_size(rules) <= RULES_MAX;
    json_array_foreach (rules, i, rule)
        valid = valid && is_rule(rule);
    json_decref(body);
    if (valid) {
        put_document(request, input, SET_LIFECYCLE, json_pack("{s:O}", "Rule", rules), 200);
    } else {
        request_fail(request, 400, "MalformedXML",
                     "The XML you provided was not well-formed or did not validate against our "
                     "published schema");
    }
    json_decref(rules);
}

void s3_get_lifecycle(struct request *request, json_t *input)
{
    get_document(request, input, "lifecycle", "LifecycleConfiguration",
                 "NoSuchLifecycleConfiguration");
}

void s3_delete_lifecycle(struct request *request, json_t *input)
{
    put_document(request, input, SET_LIFECYCLE, NULL, 204);
}
