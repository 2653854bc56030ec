#include "core/json.h"
#include "core/memory.h"
#include "providers/aws/wire/sigv4.h"
#include "providers/local/engine/run/unpack.h"
#include "providers/local/engine/services/lambda.h"
#include "providers/local/engine/services/page.h"
#include "providers/local/engine/store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ZIP_MAX = 50 * 1024 * 1024, PAGE = 50, LOCATION_SECONDS = 600 };

void lambda_arn(struct request *request, const struct function_name *name,
                char arn[static LAMBDA_ARN_LEN])
{
    snprintf(arn, LAMBDA_ARN_LEN, "arn:%s:lambda:%s:" ENGINE_ACCOUNT ":function:%s%s%s",
             request_partition(request), request_region(request), name->name,
             *name->qualifier ? ":" : "", name->qualifier);
}

bool lambda_name(struct request *request, json_t *input, struct function_name *name)
{
    const char *text = json_string_at(input, "FunctionName");
    const char *qualifier = json_string_at(input, "Qualifier");

    if (functions_parse_name(text, name) < 0) {
        request_fail(request, 400, "InvalidParameterValueException",
                     "'%s' is no function name or ARN: a name has 1 to 64 letters, digits, hyphens "
                     "and underscores",
                     text);
        return false;
    }
    if (*name->qualifier && *qualifier && strcmp(name->qualifier, qualifier) != 0) {
        request_fail(request, 400, "InvalidParameterValueException",
                     "The derived qualifier from the function name does not match the specified "
                     "qualifier.");
        return false;
    }
    if (*qualifier)
        snprintf(name->qualifier, sizeof(name->qualifier), "%s", qualifier);
    return true;
}

void lambda_not_found(struct request *request, const struct function_name *name)
{
    char arn[LAMBDA_ARN_LEN];

    lambda_arn(request, name, arn);
    request_fail(request, 404, "ResourceNotFoundException", "Function not found: %s", arn);
}

bool lambda_function(struct request *request, json_t *input, struct function_name *name)
{
    json_t *row;

    if (!lambda_name(request, input, name))
        return false;
    row = store_row(request->engine->store, "SELECT 1 AS found FROM functions WHERE name = ?", "s",
                    name->name);
    if (!row)
        lambda_not_found(request, name);
    json_decref(row);
    return row != NULL;
}

json_t *lambda_load(struct engine *engine, const struct function_name *name,
                    char code[static HASH_HEX_LEN])
{
    char *version = functions_version(engine, name->name, name->qualifier);
    json_t *row = store_row(engine->store,
                            "SELECT f.arn, v.code, v.configuration AS \"{configuration\""
                            " FROM functions f JOIN function_versions v ON v.function = f.name"
                            " WHERE f.name = ? AND v.version = ?",
                            "ss", name->name, version);
    json_t *configuration = json_incref(json_object_get(row, "configuration"));

    if (row)
        snprintf(code, HASH_HEX_LEN, "%s", json_string_at(row, "code"));
    /* Snapshots are of published versions, and taken at once: there are none here. */
    if (configuration && strcmp(version, "$LATEST") != 0 &&
        strcmp(json_string_at(configuration, "SnapStart.ApplyOn"), "PublishedVersions") == 0)
        json_object_set_new(json_object_get(configuration, "SnapStart"), "OptimizationStatus",
                            json_string("On"));
    if (configuration && *name->qualifier)
        json_object_set_new(configuration, "FunctionArn",
                            json_sprintf("%s:%s", json_string_at(row, "arn"), name->qualifier));
    free(version);
    json_decref(row);
    return configuration;
}

json_t *lambda_configuration(struct request *request, const struct function_name *name,
                             char code[static HASH_HEX_LEN])
{
    json_t *configuration = lambda_load(request->engine, name, code);

    if (!configuration)
        lambda_not_found(request, name);
    return configuration;
}

json_t *lambda_time(int64_t now)
{
    char text[CLOCK_RFC3339_LEN];

    clock_format_rfc3339(now, text);
    text[strlen(text) - 1] = '\0';
    return json_sprintf("%s+0000", text);
}

int lambda_save(struct request *request, const char *name, json_t *configuration, const char *code)
{
    char revision[UUID_LEN];
    char *text;
    int result;

    hash_uuid(revision);
    json_object_set_new(configuration, "RevisionId", json_string(revision));
    json_object_set_new(configuration, "LastModified",
                        lambda_time(clock_now(request->engine->clock)));
    text = json_dumps(configuration, JSON_COMPACT);
    result = store_run(request->engine->store,
                       "INSERT INTO function_versions (function, version, configuration, code)"
                       " VALUES (?, '$LATEST', ?, ?) ON CONFLICT DO UPDATE"
                       " SET configuration = excluded.configuration, code = excluded.code",
                       "sss", name, text, code);
    free(text);
    if (result >= 0)
        return 0;
    request_fail_write(request);
    return -1;
}

bool lambda_revision(struct request *request, json_t *input, const char *revision)
{
    const char *wanted = json_string_at(input, "RevisionId");

    if (!*wanted || strcmp(wanted, revision) == 0)
        return true;
    request_fail(request, 412, "PreconditionFailedException",
                 "The RevisionId provided does not match the latest RevisionId. Call the "
                 "GetFunction/GetAlias API to retrieve the latest RevisionId for your resource.");
    return false;
}

json_t *lambda_location(struct request *request, const char *path)
{
    struct engine *engine = request->engine;
    const struct sigv4_key key = {.id = engine->key_id,
                                  .secret = engine->secret,
                                  .region = request_region(request),
                                  .service = "lambda"};
    struct sigv4_request signed_request = {.method = "GET", .path = path, .normalize = true};
    struct strlist headers;
    struct sigv4 sigv4 = {0};
    struct buf query;
    json_t *location;

    strlist_init(&headers);
    buf_init(&query, 0);
    strlist_addf(&headers, "Host: 127.0.0.1:%d", engine->port);
    signed_request.headers = &headers;
    sigv4_presign(&signed_request, &key, clock_now(engine->clock), LOCATION_SECONDS, &sigv4,
                  &query);
    location = json_sprintf("%s%s?%s", engine->base_url, path, buf_string(&query));
    sigv4_release(&sigv4);
    buf_release(&query);
    strlist_release(&headers);
    return location;
}

void lambda_page(struct request *request, json_t *input, const char *key, json_t *items)
{
    int64_t max = json_int_at(input, "MaxItems");

    request_reply(
        request, 200,
        page_cut(items, json_string_at(input, "Marker"), max ? max : PAGE, key, "NextMarker"));
}

/* The unpacked folder is made at once: a zip that cannot be is refused now, and the first
 * invocation need not wait. */
static int unpack_now(struct request *request, const char *name, int result, struct err *err)
{
    char *folder = result == 0 ? store_unpack(request->engine->store, name, err) : NULL;

    free(folder);
    if (folder)
        return 0;
    if (err->code == ERR_PACKAGE)
        request_fail(request, 400, "InvalidParameterValueException",
                     "Could not unzip uploaded file. Please check your file, then try to upload "
                     "again. (%s)",
                     err->message);
    else
        request_fail(request, 500, "ServiceException", "%s", err->message);
    return -1;
}

/* Says what zip it is: `name` is its SHA-256 in hex. */
static void describe_zip(json_t *description, const char *name, int64_t size)
{
    uint8_t digest[HASH_LEN];
    char *base64;

    for (size_t i = 0; i < HASH_LEN; i++) {
        char digits[3] = {name[2 * i], name[2 * i + 1], '\0'};

        digest[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
    base64 = hash_base64(digest, sizeof(digest));
    json_object_set_new(description, "CodeSha256", json_string(base64));
    json_object_set_new(description, "CodeSize", json_integer(size));
    free(base64);
}

/* An object is a blob already; whoever deletes it leaves the function its code. */
static int take_object(struct request *request, const json_t *code, char name[static HASH_HEX_LEN],
                       json_t *description, uint64_t *unzipped)
{
    struct store *store = request->engine->store;
    const char *bucket = json_string_at(code, "S3Bucket"), *key = json_string_at(code, "S3Key");
    json_t *found = store_row(store, "SELECT name FROM s3_buckets WHERE name = ?", "s", bucket);
    json_t *row = store_row(store, "SELECT blob, size FROM s3_objects WHERE bucket = ? AND key = ?",
                            "ss", bucket, key);
    struct err err = {0};
    int result = -1;

    if (row) {
        snprintf(name, HASH_HEX_LEN, "%s", json_string_at(row, "blob"));
        result = unpack_now(request, name, store_check_blob(store, name, unzipped, &err), &err);
    } else {
        request_fail(request, 400, "InvalidParameterValueException",
                     "Error occurred while GetObject. S3 Error Code: %s. S3 Error Message: The "
                     "specified %s does not exist%s",
                     found ? "NoSuchKey" : "NoSuchBucket", found ? "key" : "bucket",
                     found ? "." : "");
    }
    if (result == 0)
        describe_zip(description, name, json_int_at(row, "size"));
    json_decref(found);
    json_decref(row);
    return result;
}

int lambda_take_zip(struct request *request, const json_t *code, char name[static HASH_HEX_LEN],
                    json_t *description, uint64_t *unzipped)
{
    const json_t *zip = json_object_get(code, "ZipFile");
    struct store *store = request->engine->store;
    struct err err = {0};
    size_t len = 0;
    char *data = NULL;
    int result = -1;

    if (!zip && json_object_get(code, "S3Key"))
        return take_object(request, code, name, description, unzipped);
    if (zip)
        data = hash_unbase64(json_string_value(zip), json_string_length(zip), &len);
    if (!zip)
        request_fail(request, 400, "InvalidParameterValueException",
                     "the local engine takes code as ZipFile or from S3, not as an image");
    else if (!data)
        request_fail(request, 400, "SerializationException", "'zipFile' must be base64");
    else if (len == 0)
        request_fail(request, 400, "InvalidParameterValueException",
                     "Uploaded file must be a non-empty zip");
    else if (len > ZIP_MAX)
        request_fail(request, 413, "RequestEntityTooLargeException",
                     "the zip has %zu bytes, at most %d can be uploaded directly", len, ZIP_MAX);
    else
        result = unpack_now(request, name,
                            store_check_zip(data, len, unzipped, &err) < 0
                                ? -1
                                : store_put_blob(store, data, len, name, &err),
                            &err);
    if (result == 0)
        describe_zip(description, name, (int64_t)len);
    free(data);
    return result;
}

bool lambda_sizes_fit(struct request *request, json_t *configuration, uint64_t unzipped)
{
    json_t *layer;
    size_t i;

    json_array_foreach (json_object_get(configuration, "Layers"), i, layer) {
        json_t *row = store_row(request->engine->store, "SELECT code FROM layers WHERE arn = ?",
                                "s", json_string_at(layer, "Arn"));

        unzipped += store_unzipped_size(request->engine->store, json_string_at(row, "code"));
        json_decref(row);
    }
    if (unzipped <= UNPACK_MAX)
        return true;
    request_fail(request, 400, "InvalidParameterValueException",
                 "Function code combined with layers exceeds the maximum allowed size of %d bytes. "
                 "The actual size is %llu bytes.",
                 UNPACK_MAX, (unsigned long long)unzipped);
    return false;
}
