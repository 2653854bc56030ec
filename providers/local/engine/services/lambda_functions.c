#include "core/file.h"
#include "core/json.h"
#include "core/memory.h"
#include "providers/local/engine/run/invoke.h"
#include "providers/local/engine/services/lambda.h"
#include "providers/local/engine/store/store.h"

#include <stdlib.h>
#include <string.h>

static json_t *default_configuration(struct request *request, const struct function_name *name)
{
    char arn[LAMBDA_ARN_LEN];

    lambda_arn(request, name, arn);
    return json_pack("{s:s, s:s, s:s, s:i, s:i, s:s, s:{s:s}, s:s, s:s, s:s, s:[s], s:{s:i}, "
                     "s:{s:s, s:s}, s:{s:s, s:o}}",
                     "FunctionName", name->name, "FunctionArn", arn, "Description", "", "Timeout",
                     3, "MemorySize", 128, "Version", "$LATEST", "TracingConfig", "Mode",
                     "PassThrough", "State", "Active", "LastUpdateStatus", "Successful",
                     "PackageType", "Zip", "Architectures", "x86_64", "EphemeralStorage", "Size",
                     512, "SnapStart", "ApplyOn", "None", "OptimizationStatus", "Off",
                     "LoggingConfig", "LogFormat", "Text", "LogGroup",
                     json_sprintf("/aws/lambda/%s", name->name));
}

/* What only a new function must have; answers when it does not. */
static bool may_create(struct request *request, json_t *input, const struct function_name *name)
{
    json_t *row = store_row(request->engine->store, "SELECT name FROM functions WHERE name = ?",
                            "s", name->name);

    json_decref(row);
    if (row)
        request_fail(request, 409, "ResourceConflictException", "Function already exist: %s",
                     name->name);
    else if (*name->qualifier)
        request_fail(request, 400, "InvalidParameterValueException",
                     "a new function's name has no qualifier: '%s'", name->qualifier);
    else if (strcmp(json_string_at(input, "PackageType"), "Image") == 0)
        request_fail(request, 400, "InvalidParameterValueException",
                     "the local engine does not run container images");
    else if (!*json_string_at(input, "Runtime") || !*json_string_at(input, "Handler"))
        request_fail(request, 400, "InvalidParameterValueException",
                     "Runtime and Handler are mandatory parameters for functions created with "
                     "deployment packages.");
    else
        return true;
    return false;
}

static int insert(struct request *request, json_t *input, const struct function_name *name,
                  json_t *configuration, const char *code)
{
    struct store *store = request->engine->store;
    json_t *tags = json_object_get(input, "Tags");
    char *text = tags ? json_dumps(tags, JSON_COMPACT) : xstrdup("{}");
    int result = -1;

    store_begin(store);
    if (store_run(store, "INSERT INTO functions (name, arn, tags, next_version) VALUES (?,?,?,1)",
                  "sss", name->name, json_string_at(configuration, "FunctionArn"), text) < 0)
        request_fail_write(request);
    else
        result = lambda_save(request, name->name, configuration, code);
    if (result < 0)
        store_rollback(store);
    else if ((result = store_commit(store)) < 0)
        request_fail_write(request);
    free(text);
    return result;
}

void lambda_create_function(struct request *request, json_t *input)
{
    struct function_name name;
    json_t *configuration = NULL;
    char code[HASH_HEX_LEN];
    uint64_t unzipped = 0;

    if (!lambda_name(request, input, &name) || !may_create(request, input, &name))
        return;
    configuration = default_configuration(request, &name);
    if (json_object_get(input, "Architectures"))
        json_object_set(configuration, "Architectures", json_object_get(input, "Architectures"));
    if (lambda_configure(request, input, configuration) < 0 ||
        lambda_take_zip(request, json_object_get(input, "Code"), code, configuration, &unzipped) <
            0 ||
        !lambda_sizes_fit(request, configuration, unzipped) ||
        insert(request, input, &name, configuration, code) < 0)
        goto out;
    invoke_retire(request->engine->invoker, name.name);
    if (json_bool_at(input, "Publish")) {
        json_decref(configuration);
        configuration = lambda_publish(request, name.name, NULL);
    }
    if (configuration)
        request_reply(request, 201, json_incref(configuration));
out:
    json_decref(configuration);
}

void lambda_get_configuration(struct request *request, json_t *input)
{
    struct function_name name;
    char code[HASH_HEX_LEN];
    json_t *configuration;

    if (!lambda_name(request, input, &name))
        return;
    configuration = lambda_configuration(request, &name, code);
    if (configuration)
        request_reply(request, 200, configuration);
}

void lambda_get_function(struct request *request, json_t *input)
{
    struct function_name name;
    char code[HASH_HEX_LEN];
    json_t *configuration, *row, *body, *concurrency;
    char *path;

    if (!lambda_name(request, input, &name))
        return;
    configuration = lambda_configuration(request, &name, code);
    if (!configuration)
        return;
    path = xasprintf("/2015-03-31/functions/%s/artifacts/%s", name.name, code);
    row = store_row(request->engine->store,
                    "SELECT tags AS \"{tags\", concurrency FROM functions WHERE name = ?", "s",
                    name.name);
    concurrency = json_object_get(row, "concurrency");
    body = json_pack("{s:o, s:{s:s, s:o}}", "Configuration", configuration, "Code",
                     "RepositoryType", "S3", "Location", lambda_location(request, path));
    if (json_object_size(json_object_get(row, "tags")))
        json_object_set(body, "Tags", json_object_get(row, "tags"));
    if (concurrency)
        json_object_set_new(body, "Concurrency",
                            json_pack("{s:O}", "ReservedConcurrentExecutions", concurrency));
    free(path);
    json_decref(row);
    request_reply(request, 200, body);
}

static void respond_blob(struct request *request, const char *name)
{
    char *path = store_blob_path(request->engine->store, name);
    struct strlist headers;
    struct buf zip;
    struct err err = {0};

    buf_init(&zip, 0);
    strlist_init(&headers);
    strlist_add(&headers, "Content-Type: application/zip");
    if (file_read(path, 0, &zip, &err) == 0)
        request_respond(request, 200, &headers, zip.data, zip.len);
    else
        request_fail(request, 500, "ServiceException", "%s", err.message);
    strlist_release(&headers);
    buf_release(&zip);
    free(path);
}

void lambda_get_artifact(struct request *request, json_t *input)
{
    json_t *row =
        store_row(request->engine->store,
                  "SELECT code FROM function_versions WHERE function = ?1 AND code = ?2"
                  " UNION SELECT code FROM layers WHERE name = ?1 AND code = ?2",
                  "ss", json_string_at(input, "FunctionName"), json_string_at(input, "Artifact"));

    if (row)
        respond_blob(request, json_string_at(row, "code"));
    else
        request_fail(request, 404, "ResourceNotFoundException", "there is no such artifact");
    json_decref(row);
}

void lambda_list_functions(struct request *request, json_t *input)
{
    bool all = strcmp(json_string_at(input, "FunctionVersion"), "ALL") == 0;
    json_t *rows = store_rows(request->engine->store,
                              "SELECT configuration AS \"{configuration\" FROM function_versions"
                              " WHERE ? OR version = '$LATEST' ORDER BY function, version",
                              "i", (int64_t)all);
    json_t *items = json_array(), *row;
    size_t i;

    json_array_foreach (rows, i, row)
        json_array_append(items, json_object_get(row, "configuration"));
    json_decref(rows);
    lambda_page(request, input, "Functions", items);
}

static void delete_version(struct request *request, const struct function_name *name)
{
    struct store *store = request->engine->store;
    json_t *alias = store_row(store, "SELECT name FROM aliases WHERE function = ? AND version = ?",
                              "ss", name->name, name->qualifier);

    if (strcmp(name->qualifier, "$LATEST") == 0)
        request_fail(request, 400, "InvalidParameterValueException",
                     "$LATEST version cannot be deleted without deleting the function.");
    else if (alias)
        request_fail(request, 409, "ResourceConflictException",
                     "Version %s is referenced by alias [%s]; move or delete the alias first",
                     name->qualifier, json_string_at(alias, "name"));
    else if (store_run(store, "DELETE FROM function_versions WHERE function = ? AND version = ?",
                       "ss", name->name, name->qualifier) < 0)
        request_fail_write(request);
    else
        request_reply(request, 204, NULL);
    json_decref(alias);
}

void lambda_delete_function(struct request *request, json_t *input)
{
    struct function_name name;

    if (!lambda_function(request, input, &name))
        return;
    if (*name.qualifier) {
        delete_version(request, &name);
        return;
    }
    if (store_run(request->engine->store, "DELETE FROM functions WHERE name = ?", "s", name.name) <
        0) {
        request_fail_write(request);
        return;
    }
    invoke_retire(request->engine->invoker, name.name);
    request_reply(request, 204, NULL);
}
