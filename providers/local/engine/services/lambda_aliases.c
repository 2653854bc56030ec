#include "core/json.h"
#include "core/memory.h"
#include "providers/local/engine/run/keep_warm.h"
#include "providers/local/engine/services/lambda.h"
#include "providers/local/engine/store/store.h"

#include <stdlib.h>
#include <string.h>

#define ALIAS_COLUMNS                                                                              \
    "f.arn || ':' || a.name AS \"AliasArn\", a.name AS \"Name\", a.version AS "                    \
    "\"FunctionVersion\","                                                                         \
    " a.description AS \"Description\", a.revision AS \"RevisionId\", a.weights AS \"{weights\""   \
    " FROM aliases a JOIN functions f ON f.name = a.function"

/* Turns the row of an alias into AliasConfiguration. */
static json_t *shape_alias(json_t *row)
{
    json_t *weights = json_incref(json_object_get(row, "weights"));

    json_object_del(row, "weights");
    if (json_object_size(weights))
        json_object_set_new(row, "RoutingConfig",
                            json_pack("{s:O}", "AdditionalVersionWeights", weights));
    json_decref(weights);
    return row;
}

static json_t *load_alias(struct engine *engine, const char *function, const char *name)
{
    json_t *row =
        store_row(engine->store, "SELECT " ALIAS_COLUMNS " WHERE a.function = ? AND a.name = ?",
                  "ss", function, name);

    return row ? shape_alias(row) : NULL;
}

static void alias_not_found(struct request *request, struct function_name *name, const char *alias)
{
    char arn[LAMBDA_ARN_LEN];

    *name->qualifier = '\0';
    lambda_arn(request, name, arn);
    request_fail(request, 404, "ResourceNotFoundException", "Cannot find alias arn: %s:%s", arn,
                 alias);
}

/* Whether the version exists; answers when not. */
static bool version_exists(struct request *request, const char *function, const char *version)
{
    struct function_name name = {0};
    json_t *row = store_row(request->engine->store,
                            "SELECT 1 AS found FROM function_versions"
                            " WHERE function = ? AND version = ?",
                            "ss", function, version);

    json_decref(row);
    if (row)
        return true;
    strcpy(name.name, function);
    strncpy(name.qualifier, version, sizeof(name.qualifier) - 1);
    lambda_not_found(request, &name);
    return false;
}

/* One version more at most, with a share between 0 and 1; $LATEST takes no part. */
static bool weights_fit(struct request *request, const char *function, const char *version,
                        json_t *weights)
{
    const char *other;
    json_t *share;

    json_object_foreach (weights, other, share) {
        double value = json_number_value(share);

        if (json_object_size(weights) > 1 || !json_is_number(share) || value < 0 || value > 1 ||
            strcmp(other, version) == 0 || strcmp(version, "$LATEST") == 0 ||
            strcmp(other, "$LATEST") == 0) {
            request_fail(request, 400, "InvalidParameterValueException",
                         "RoutingConfig takes one other published version with a weight between 0 "
                         "and 1, and an alias of a published version");
            return false;
        }
        if (!version_exists(request, function, other))
            return false;
    }
    return true;
}

/* Writes and answers the alias. */
static void put_alias(struct request *request, int status, const char *function, const char *name,
                      const char *version, const char *description, json_t *weights)
{
    struct engine *engine = request->engine;
    char revision[UUID_LEN];
    char *text = json_dumps(weights, JSON_COMPACT);

    hash_uuid(revision);
    if (store_run(engine->store,
                  "INSERT INTO aliases (function, name, version, description, weights, revision)"
                  " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET version = excluded.version,"
                  " description = excluded.description, weights = excluded.weights,"
                  " revision = excluded.revision",
                  "ssssss", function, name, version, description, text, revision) < 0)
        request_fail_write(request);
    else
        request_reply(request, status, load_alias(engine, function, name));
    keep_warm_soon(engine->invoker);
    free(text);
}

static json_t *weights_of(const json_t *input)
{
    json_t *weights = json_at(input, "RoutingConfig.AdditionalVersionWeights");

    return json_is_object(weights) ? json_incref(weights) : json_object();
}

void lambda_create_alias(struct request *request, json_t *input)
{
    const char *alias = json_string_at(input, "Name");
    const char *version = json_string_at(input, "FunctionVersion");
    struct function_name name;
    json_t *weights = NULL, *old;

    if (!lambda_function(request, input, &name))
        return;
    weights = weights_of(input);
    old = load_alias(request->engine, name.name, alias);
    if (strspn(alias, "0123456789") == strlen(alias))
        request_fail(request, 400, "ValidationException",
                     "1 validation error detected: Value '%s' at 'name' failed to satisfy "
                     "constraint: Member must not be a number alone",
                     alias);
    else if (old)
        request_fail(request, 409, "ResourceConflictException", "Alias already exists: %s",
                     json_string_at(old, "AliasArn"));
    else if (version_exists(request, name.name, version) &&
             weights_fit(request, name.name, version, weights))
        put_alias(request, 201, name.name, alias, version, json_string_at(input, "Description"),
                  weights);
    json_decref(old);
    json_decref(weights);
}

void lambda_update_alias(struct request *request, json_t *input)
{
    const char *alias = json_string_at(input, "Name");
    const char *version = json_string_at(input, "FunctionVersion");
    struct function_name name;
    json_t *old, *weights;

    if (!lambda_function(request, input, &name))
        return;
    old = load_alias(request->engine, name.name, alias);
    weights = json_object_get(input, "RoutingConfig") ? weights_of(input) : weights_of(old);
    if (!*version)
        version = json_string_at(old, "FunctionVersion");
    if (!old)
        alias_not_found(request, &name, alias);
    else if (lambda_revision(request, input, json_string_at(old, "RevisionId")) &&
             version_exists(request, name.name, version) &&
             weights_fit(request, name.name, version, weights))
        put_alias(request, 200, name.name, alias, version,
                  json_object_get(input, "Description") ? json_string_at(input, "Description")
                                                        : json_string_at(old, "Description"),
                  weights);
    json_decref(weights);
    json_decref(old);
}

void lambda_get_alias(struct request *request, json_t *input)
{
    const char *alias = json_string_at(input, "Name");
    struct function_name name;
    json_t *found;

    if (!lambda_function(request, input, &name))
        return;
    found = load_alias(request->engine, name.name, alias);
    if (found)
        request_reply(request, 200, found);
    else
        alias_not_found(request, &name, alias);
}

void lambda_delete_alias(struct request *request, json_t *input)
{
    struct function_name name;

    if (!lambda_function(request, input, &name))
        return;
    store_run(request->engine->store,
              "DELETE FROM provisioned_concurrency WHERE function = ? AND qualifier = ?", "ss",
              name.name, json_string_at(input, "Name"));
    keep_warm_soon(request->engine->invoker);
    if (store_run(request->engine->store, "DELETE FROM aliases WHERE function = ? AND name = ?",
                  "ss", name.name, json_string_at(input, "Name")) < 0)
        request_fail_write(request);
    else
        request_reply(request, 204, NULL);
}

void lambda_list_aliases(struct request *request, json_t *input)
{
    const char *version = json_string_at(input, "FunctionVersion");
    struct function_name name;
    json_t *rows, *row;
    size_t i;

    if (!lambda_function(request, input, &name))
        return;
    rows = store_rows(request->engine->store,
                      "SELECT " ALIAS_COLUMNS
                      " WHERE a.function = ?1 AND (?2 = '' OR a.version = ?2) ORDER BY a.name",
                      "ss", name.name, version);
    json_array_foreach (rows, i, row)
        shape_alias(row);
    lambda_page(request, input, "Aliases", rows);
}
