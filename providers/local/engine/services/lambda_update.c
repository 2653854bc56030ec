#include "core/json.h"
#include "core/memory.h"
#include "providers/local/engine/run/invoke.h"
#include "providers/local/engine/services/lambda.h"
#include "providers/local/engine/store/store.h"

#include <stdlib.h>
#include <string.h>

/* Loads $LATEST of the function the input names, when its revision is the wanted one. */
static json_t *load_latest(struct request *request, json_t *input, struct function_name *name,
                           char code[static HASH_HEX_LEN])
{
    json_t *configuration;

    if (!lambda_name(request, input, name))
        return NULL;
    *name->qualifier = '\0';
    configuration = lambda_configuration(request, name, code);
    if (configuration &&
        lambda_revision(request, input, json_string_at(configuration, "RevisionId")))
        return configuration;
    json_decref(configuration);
    return NULL;
}

void lambda_update_code(struct request *request, json_t *input)
{
    struct function_name name;
    char code[HASH_HEX_LEN];
    json_t *configuration = load_latest(request, input, &name, code);
    uint64_t unzipped;

    if (!configuration)
        return;
    if (lambda_take_zip(request, input, code, configuration, &unzipped) < 0 ||
        !lambda_sizes_fit(request, configuration, unzipped))
        goto out;
    if (json_object_get(input, "Architectures"))
        json_object_set(configuration, "Architectures", json_object_get(input, "Architectures"));
    if (!json_bool_at(input, "DryRun")) {
        if (lambda_save(request, name.name, configuration, code) < 0)
            goto out;
        invoke_retire(request->engine->invoker, name.name);
    }
    if (json_bool_at(input, "Publish") && !json_bool_at(input, "DryRun")) {
        json_decref(configuration);
        configuration = lambda_publish(request, name.name, NULL);
    }
    if (configuration)
        request_reply(request, 200, json_incref(configuration));
out:
    json_decref(configuration);
}

void lambda_update_configuration(struct request *request, json_t *input)
{
    struct function_name name;
    char code[HASH_HEX_LEN];
    json_t *configuration = load_latest(request, input, &name, code);

    if (!configuration)
        return;
    if (lambda_configure(request, input, configuration) == 0 &&
        lambda_sizes_fit(request, configuration,
                         store_unzipped_size(request->engine->store, code)) &&
        lambda_save(request, name.name, configuration, code) == 0) {
        invoke_retire(request->engine->invoker, name.name);
        request_reply(request, 200, json_incref(configuration));
    }
    json_decref(configuration);
}

/* Whether two versions differ in nothing but what publishing itself sets. */
static bool same_version(const json_t *a, const json_t *b)
{
    static const char *const ignored[] = {"Version", "FunctionArn", "LastModified", "RevisionId",
                                          "Description"};
    json_t *left = json_copy((json_t *)(uintptr_t)a), *right = json_copy((json_t *)(uintptr_t)b);
    bool same;

    for (size_t i = 0; i < sizeof(ignored) / sizeof(*ignored); i++) {
        json_object_del(left, ignored[i]);
        json_object_del(right, ignored[i]);
    }
    same = json_equal(left, right);
    json_decref(left);
    json_decref(right);
    return same;
}

/* The version that was published last, when it is the same as `latest`. */
static json_t *find_published(struct engine *engine, const char *name, const json_t *latest)
{
    json_t *row = store_row(engine->store,
                            "SELECT configuration AS \"{configuration\" FROM function_versions"
                            " WHERE function = ? AND version <> '$LATEST'"
                            " ORDER BY CAST(version AS INTEGER) DESC LIMIT 1",
                            "s", name);
    json_t *configuration = json_object_get(row, "configuration");

    configuration =
        configuration && same_version(latest, configuration) ? json_incref(configuration) : NULL;
    json_decref(row);
    return configuration;
}

static int insert_version(struct engine *engine, const char *name, json_t *version,
                          const char *code)
{
    char *text = json_dumps(version, JSON_COMPACT);
    int result = -1;

    store_begin(engine->store);
    if (store_run(engine->store,
                  "INSERT INTO function_versions (function, version, configuration, code)"
                  " VALUES (?, ?, ?, ?)",
                  "ssss", name, json_string_at(version, "Version"), text, code) >= 0 &&
        store_run(engine->store,
                  "UPDATE functions SET next_version = next_version + 1"
                  " WHERE name = ?",
                  "s", name) >= 0)
        result = store_commit(engine->store);
    if (result < 0)
        store_rollback(engine->store);
    free(text);
    return result;
}

static json_t *make_version(struct engine *engine, const char *name, const json_t *latest,
                            const char *description)
{
    json_t *row = store_row(engine->store, "SELECT arn, next_version FROM functions WHERE name = ?",
                            "s", name);
    long long number = json_int_at(row, "next_version");
    json_t *version = json_deep_copy(latest);
    char revision[UUID_LEN];

    hash_uuid(revision);
    json_object_set_new(version, "Version", json_sprintf("%lld", number));
    json_object_set_new(version, "FunctionArn",
                        json_sprintf("%s:%lld", json_string_at(row, "arn"), number));
    json_object_set_new(version, "RevisionId", json_string(revision));
    if (description)
        json_object_set_new(version, "Description", json_string(description));
    json_decref(row);
    return version;
}

json_t *lambda_publish(struct request *request, const char *name, const char *description)
{
    struct function_name latest_name = {0};
    char code[HASH_HEX_LEN];
    json_t *latest, *version;

    strcpy(latest_name.name, name);
    latest = lambda_configuration(request, &latest_name, code);
    if (!latest)
        return NULL;
    version = find_published(request->engine, name, latest);
    if (!version) {
        version = make_version(request->engine, name, latest, description);
        if (insert_version(request->engine, name, version, code) < 0) {
            request_fail_write(request);
            json_decref(version);
            version = NULL;
        }
    }
    json_decref(latest);
    return version;
}

void lambda_publish_version(struct request *request, json_t *input)
{
    const char *wanted = json_string_at(input, "CodeSha256");
    const char *description = json_string_value(json_object_get(input, "Description"));
    struct function_name name;
    char code[HASH_HEX_LEN];
    json_t *latest = load_latest(request, input, &name, code), *version;

    if (!latest)
        return;
    if (*wanted && strcmp(wanted, json_string_at(latest, "CodeSha256")) != 0) {
        request_fail(request, 400, "InvalidParameterValueException",
                     "CodeSHA256 (%s) is different from current CodeSHA256 in $LATEST (%s). Please "
                     "try again with the CodeSHA256 in $LATEST.",
                     wanted, json_string_at(latest, "CodeSha256"));
    } else {
        version = lambda_publish(request, name.name, description);
        if (version)
            request_reply(request, 201, version);
    }
    json_decref(latest);
}

void lambda_list_versions(struct request *request, json_t *input)
{
    struct function_name name;
    json_t *rows, *row, *items = NULL;
    size_t i;

    if (!lambda_function(request, input, &name))
        return;
    rows = store_rows(request->engine->store,
                      "SELECT f.arn, v.version, v.configuration AS \"{configuration\""
                      " FROM functions f JOIN function_versions v ON v.function = f.name"
                      " WHERE f.name = ?"
                      " ORDER BY v.version <> '$LATEST', CAST(v.version AS INTEGER)",
                      "s", name.name);
    items = json_array();
    json_array_foreach (rows, i, row) {
        json_t *configuration = json_object_get(row, "configuration");

        json_object_set_new(
            configuration, "FunctionArn",
            json_sprintf("%s:%s", json_string_at(row, "arn"), json_string_at(row, "version")));
        json_array_append(items, configuration);
    }
    json_decref(rows);
    lambda_page(request, input, "Versions", items);
}
