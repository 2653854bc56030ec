#include "providers/local/engine/services/secrets.h"

#include "core/hash.h"
#include "core/json.h"
#include "core/memory.h"
#include "providers/local/engine/services/tags.h"
#include "providers/local/engine/store/store.h"

#include <stdlib.h>
#include <string.h>

enum { DAY = 24 * 60 * 60 * 1000, WINDOW = 30, WINDOW_MIN = 7, SUFFIX_LEN = 6, TAGS_MAX = 50 };

#define SECRET_QUERY                                                                               \
    "SELECT name, arn, document AS \"{document\", tags AS \"{tags\", created, changed, deleted"    \
    " FROM secrets"

json_t *secrets_find(struct engine *engine, const char *id)
{
    /* What waited long enough for its deletion is gone. */
    store_run(engine->store, "DELETE FROM secrets WHERE deleted IS NOT NULL AND deleted <= ?", "i",
              clock_now(engine->clock));
    return store_row(engine->store,
                     SECRET_QUERY " WHERE name = ?1 OR arn = ?1"
                                  " OR (substr(?1, 1, 4) = 'arn:'"
                                  " AND substr(arn, 1, length(arn) - 7) = ?1)",
                     "s", id);
}

json_t *secrets_demand(struct request *request, const char *id, bool deleted_too)
{
    json_t *row = secrets_find(request->engine, id);

    if (!row) {
        request_fail(request, 400, "ResourceNotFoundException",
                     "Secrets Manager can't find the specified secret.");
    } else if (json_object_get(row, "deleted") && !deleted_too) {
        request_fail(request, 400, "InvalidRequestException",
                     "You can't perform this operation on the secret because it was marked for "
                     "deletion.");
        json_decref(row);
        row = NULL;
    }
    return row;
}

/* One of SecretString and SecretBinary at most; answers when there are both. */
static bool check_value(struct request *request, const json_t *input, bool needed)
{
    bool text = json_object_get(input, "SecretString") != NULL;
    bool bytes = json_object_get(input, "SecretBinary") != NULL;

    if ((text && bytes) || (needed && !text && !bytes))
        request_fail(request, 400, "InvalidRequestException",
                     "You must provide either SecretString or SecretBinary%s.",
                     text ? ", not both" : "");
    return !(text && bytes) && (text || bytes || !needed);
}

static bool has_value(const json_t *input)
{
    return json_object_get(input, "SecretString") || json_object_get(input, "SecretBinary");
}

/* Ends the transaction, and answers with ARN, name, and version where there is one. */
static void answer_version(struct request *request, const char *arn, const char *name, bool valued,
                           const char *version)
{
    json_t *body;

    if (valued && !version) {
        store_rollback(request->engine->store);
        request_fail_write(request);
    } else if (store_commit(request->engine->store) < 0) {
        request_fail_write(request);
    } else {
        body = json_pack("{s:s, s:s}", "ARN", arn, "Name", name);
        if (version)
            json_object_set_new(body, "VersionId", json_string(version));
        request_reply(request, 200, body);
    }
}

static void insert(struct request *request, const json_t *input)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    struct engine *engine = request->engine;
    const char *name = json_string_at(input, "Name");
    uint8_t random[SUFFIX_LEN];
    char suffix[SUFFIX_LEN + 1] = "", *arn, *tags_text, *document_text, *version = NULL;
    json_t *tags = json_object(), *document = json_object();
    int result;

    hash_random(random, sizeof(random));
    for (size_t i = 0; i < SUFFIX_LEN; i++)
        suffix[i] = letters[random[i] % (sizeof(letters) - 1)];
    arn = xasprintf("arn:%s:secretsmanager:%s:" ENGINE_ACCOUNT ":secret:%s-%s",
                    request_partition(request), request_region(request), name, suffix);
    tags_add(tags, json_object_get(input, "Tags"));
    if (json_object_get(input, "Description"))
        json_object_set(document, "Description", json_object_get(input, "Description"));
    if (json_object_get(input, "KmsKeyId"))
        json_object_set(document, "KmsKeyId", json_object_get(input, "KmsKeyId"));
    tags_text = json_dumps(tags, JSON_COMPACT);
    document_text = json_dumps(document, JSON_COMPACT);
    store_begin(engine->store);
    result = store_run(engine->store,
                       "INSERT INTO secrets (name, arn, document, tags, created, changed)"
                       " VALUES (?1, ?2, ?3, ?4, ?5, ?5)",
                       "ssssi", name, arn, document_text, tags_text, clock_now(engine->clock));
    if (result >= 0 && has_value(input))
        version = secrets_add_version(engine, name, input, NULL);
    answer_version(request, arn, name, result < 0 || has_value(input), version);
    free(version);
    free(arn);
    free(tags_text);
    free(document_text);
    json_decref(tags);
    json_decref(document);
}

static void create_secret(struct request *request, json_t *input)
{
    const char *name = json_string_at(input, "Name");
    json_t *row = secrets_find(request->engine, name);

    if (row && json_object_get(row, "deleted"))
        request_fail(request, 400, "InvalidRequestException",
                     "You can't create this secret because a secret with this name is already "
                     "scheduled for deletion.");
    else if (row)
        request_fail(request, 400, "ResourceExistsException",
                     "The operation failed because the secret %s already exists.", name);
    else if (check_value(request, input, false))
        insert(request, input);
    json_decref(row);
}

/* A version of that token which is there already is the answer to the same request sent again. */
static bool is_repeated(struct request *request, const json_t *row, const json_t *input)
{
    const char *token = json_string_at(input, "ClientRequestToken");
    json_t *version =
        *token ? secrets_version(request->engine, json_string_at(row, "name"), token, "") : NULL;
    bool same;

    if (!version)
        return false;
    same = strcmp(json_string_at(version, "text"), json_string_at(input, "SecretString")) == 0 &&
           strcmp(json_string_at(version, "bytes"), json_string_at(input, "SecretBinary")) == 0;
    if (same)
        request_reply(request, 200,
                      json_pack("{s:O, s:O, s:s, s:O}", "ARN", json_object_get(row, "arn"), "Name",
                                json_object_get(row, "name"), "VersionId", token, "VersionStages",
                                json_object_get(version, "stages")));
    else
        request_fail(request, 400, "ResourceExistsException",
                     "A resource with the ID you requested already exists.");
    json_decref(version);
    return true;
}

static void put_value(struct request *request, json_t *input)
{
    const json_t *stages = json_object_get(input, "VersionStages");
    json_t *row = secrets_demand(request, json_string_at(input, "SecretId"), false);
    char *version;

    if (row && check_value(request, input, true) && !is_repeated(request, row, input)) {
        store_begin(request->engine->store);
        version = secrets_add_version(request->engine, json_string_at(row, "name"), input, stages);
        if (version && store_commit(request->engine->store) >= 0) {
            request_reply(
                request, 200,
                json_pack("{s:O, s:O, s:s, s:o}", "ARN", json_object_get(row, "arn"), "Name",
                          json_object_get(row, "name"), "VersionId", version, "VersionStages",
                          stages ? json_incref((json_t *)stages) : json_pack("[s]", "AWSCURRENT")));
        } else {
            store_rollback(request->engine->store);
            request_fail_write(request);
        }
        free(version);
    }
    json_decref(row);
}

static void update_secret(struct request *request, json_t *input)
{
    json_t *row = secrets_demand(request, json_string_at(input, "SecretId"), false), *document;
    char *version = NULL, *text;
    bool valued = has_value(input);
    int result;

    if (!row || !check_value(request, input, false)) {
        json_decref(row);
        return;
    }
    document = json_object_get(row, "document");
    if (json_object_get(input, "Description"))
        json_object_set(document, "Description", json_object_get(input, "Description"));
    if (json_object_get(input, "KmsKeyId"))
        json_object_set(document, "KmsKeyId", json_object_get(input, "KmsKeyId"));
    text = json_dumps(document, JSON_COMPACT);
    store_begin(request->engine->store);
    result = store_run(request->engine->store, "UPDATE secrets SET document = ? WHERE name = ?",
                       "ss", text, json_string_at(row, "name"));
    if (result >= 0 && valued)
        version = secrets_add_version(request->engine, json_string_at(row, "name"), input, NULL);
    answer_version(request, json_string_at(row, "arn"), json_string_at(row, "name"),
                   result < 0 || valued, version);
    free(version);
    free(text);
    json_decref(row);
}

static void answer_deletion(struct request *request, const json_t *row, int result, int64_t date)
{
    if (result < 0)
        request_fail_write(request);
    else
        request_reply(request, 200,
                      json_pack("{s:O, s:O, s:f}", "ARN", json_object_get(row, "arn"), "Name",
                                json_object_get(row, "name"), "DeletionDate",
                                (double)date / 1000.0));
}

static void delete_secret(struct request *request, json_t *input)
{
    struct engine *engine = request->engine;
    bool force = json_bool_at(input, "ForceDeleteWithoutRecovery");
    const json_t *days = json_object_get(input, "RecoveryWindowInDays");
    int64_t window = days ? json_integer_value(days) : WINDOW, now = clock_now(engine->clock);
    json_t *row;

    if ((force && days) || window < WINDOW_MIN || window > WINDOW) {
        request_fail(request, 400, "InvalidParameterException",
                     force ? "You can't use ForceDeleteWithoutRecovery in conjunction with "
                             "RecoveryWindowInDays."
                           : "RecoveryWindowInDays value must be between 7 and 30 days "
                             "(inclusive).");
        return;
    }
    row = secrets_demand(request, json_string_at(input, "SecretId"), force);
    if (row && force)
        answer_deletion(request, row,
                        store_run(engine->store, "DELETE FROM secrets WHERE name = ?", "s",
                                  json_string_at(row, "name")),
                        now);
    else if (row)
        answer_deletion(request, row,
                        store_run(engine->store, "UPDATE secrets SET deleted = ? WHERE name = ?",
                                  "is", now + window * DAY, json_string_at(row, "name")),
                        now + window * DAY);
    json_decref(row);
}

static void restore_secret(struct request *request, json_t *input)
{
    json_t *row = secrets_demand(request, json_string_at(input, "SecretId"), true);

    if (row && store_run(request->engine->store, "UPDATE secrets SET deleted = NULL WHERE name = ?",
                         "s", json_string_at(row, "name")) < 0)
        request_fail_write(request);
    else if (row)
        request_reply(request, 200,
                      json_pack("{s:O, s:O}", "ARN", json_object_get(row, "arn"), "Name",
                                json_object_get(row, "name")));
    json_decref(row);
}

static void write_tags(struct request *request, const json_t *row)
{
    const json_t *tags = json_object_get(row, "tags");
    char *text = json_dumps(tags, JSON_COMPACT);

    if (json_object_size(tags) > TAGS_MAX)
        request_fail(request, 400, "InvalidParameterException", "a secret has at most %d tags",
                     TAGS_MAX);
    else if (store_run(request->engine->store, "UPDATE secrets SET tags = ? WHERE name = ?", "ss",
                       text, json_string_at(row, "name")) < 0)
        request_fail_write(request);
    else
        request_reply(request, 200, NULL);
    free(text);
}

static void tag_secret(struct request *request, json_t *input)
{
    json_t *row = secrets_demand(request, json_string_at(input, "SecretId"), false);

    if (row) {
        tags_add(json_object_get(row, "tags"), json_object_get(input, "Tags"));
        write_tags(request, row);
    }
    json_decref(row);
}

static void untag_secret(struct request *request, json_t *input)
{
    json_t *row = secrets_demand(request, json_string_at(input, "SecretId"), false);

    if (row) {
        tags_remove(json_object_get(row, "tags"), json_object_get(input, "TagKeys"));
        write_tags(request, row);
    }
    json_decref(row);
}

#define ID_MEMBER                                                                                  \
    {                                                                                              \
        .name = "SecretId", .type = SHAPE_STRING, .required = true, .min = 1, .max = 2048          \
    }
#define TOKEN_MEMBER                                                                               \
    {                                                                                              \
        .name = "ClientRequestToken", .type = SHAPE_STRING, .min = 32, .max = 64                   \
    }
#define VALUE_MEMBERS                                                                              \
    {.name = "SecretString", .type = SHAPE_STRING, .min = 1, .max = 65536},                        \
    {                                                                                              \
        .name = "SecretBinary", .type = SHAPE_STRING, .min = 1, .max = 87384                       \
    }
static const struct shape create_shape[] = {
    {.name = "Name",
     .type = SHAPE_STRING,
     .required = true,
     .min = 1,
     .max = 512,
     .pattern = "[A-Za-z0-9/_+=.@!-]+"},
    TOKEN_MEMBER,
    {.name = "Description", .type = SHAPE_STRING, .max = 2048},
    {.name = "KmsKeyId", .type = SHAPE_STRING, .max = 2048},
    VALUE_MEMBERS,
    {.name = "Tags", .type = SHAPE_ANY},
    SHAPE_END};
static const struct shape get_shape[] = {
    ID_MEMBER,
    {.name = "VersionId", .type = SHAPE_STRING, .min = 32, .max = 64},
    {.name = "VersionStage", .type = SHAPE_STRING, .min = 1, .max = 256},
    SHAPE_END};
static const struct shape batch_shape[] = {
    {.name = "SecretIdList", .type = SHAPE_STRINGS, .min = 1, .max = 20},
    {.name = "MaxResults", .type = SHAPE_INTEGER, .min = 1, .max = 20},
    {.name = "NextToken", .type = SHAPE_STRING, .min = 1, .max = 4096},
    SHAPE_END};
static const struct shape put_shape[] = {
    ID_MEMBER,
    TOKEN_MEMBER,
    VALUE_MEMBERS,
    {.name = "VersionStages", .type = SHAPE_STRINGS, .min = 1, .max = 20},
    SHAPE_END};
static const struct shape update_shape[] = {
    ID_MEMBER,
    TOKEN_MEMBER,
    VALUE_MEMBERS,
    {.name = "Description", .type = SHAPE_STRING, .max = 2048},
    {.name = "KmsKeyId", .type = SHAPE_STRING, .max = 2048},
    SHAPE_END};
static const struct shape delete_shape[] = {
    ID_MEMBER,
    {.name = "RecoveryWindowInDays", .type = SHAPE_INTEGER},
    {.name = "ForceDeleteWithoutRecovery", .type = SHAPE_BOOLEAN},
    SHAPE_END};
static const struct shape id_shape[] = {ID_MEMBER, SHAPE_END};
static const struct shape list_shape[] = {
    {.name = "IncludePlannedDeletion", .type = SHAPE_BOOLEAN},
    {.name = "MaxResults", .type = SHAPE_INTEGER, .min = 1, .max = 100},
    {.name = "NextToken", .type = SHAPE_STRING, .min = 1, .max = 4096},
    SHAPE_END};
static const struct shape tag_shape[] = {
    ID_MEMBER, {.name = "Tags", .type = SHAPE_ANY, .required = true}, SHAPE_END};
static const struct shape untag_shape[] = {
    ID_MEMBER, {.name = "TagKeys", .type = SHAPE_STRINGS, .required = true}, SHAPE_END};

const struct operation secretsmanager_operations[] = {
    {"CreateSecret", NULL, NULL, create_secret, create_shape, false},
    {"GetSecretValue", NULL, NULL, secrets_get, get_shape, false},
    {"BatchGetSecretValue", NULL, NULL, secrets_get_batch, batch_shape, false},
    {"PutSecretValue", NULL, NULL, put_value, put_shape, false},
    {"UpdateSecret", NULL, NULL, update_secret, update_shape, false},
    {"DescribeSecret", NULL, NULL, secrets_describe, id_shape, false},
    {"ListSecrets", NULL, NULL, secrets_list, list_shape, false},
    {"DeleteSecret", NULL, NULL, delete_secret, delete_shape, false},
    {"RestoreSecret", NULL, NULL, restore_secret, id_shape, false},
    {"TagResource", NULL, NULL, tag_secret, tag_shape, false},
    {"UntagResource", NULL, NULL, untag_secret, untag_shape, false},
    {NULL, NULL, NULL, NULL, NULL, false}};
