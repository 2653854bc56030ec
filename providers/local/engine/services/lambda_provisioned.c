/*
 * Provisioned concurrency: environments that wait for a version or an alias.
 * https://docs.aws.amazon.com/lambda/latest/api/API_PutProvisionedConcurrencyConfig.html
 */
#include "core/json.h"
#include "core/memory.h"
#include "providers/local/engine/run/keep_warm.h"
#include "providers/local/engine/services/lambda.h"
#include "providers/local/engine/store/store.h"

#include <stdlib.h>
#include <string.h>

#define CONFIGS                                                                                    \
    "SELECT p.function, p.qualifier, p.requested, p.modified, f.arn,"                              \
    " ifnull(a.version, p.qualifier) AS version FROM provisioned_concurrency p"                    \
    " JOIN functions f ON f.name = p.function"                                                     \
    " LEFT JOIN aliases a ON a.function = p.function AND a.name = p.qualifier"

static json_t *load(struct request *request, const struct function_name *name)
{
    return store_row(request->engine->store, CONFIGS " WHERE p.function = ? AND p.qualifier = ?",
                     "ss", name->name, name->qualifier);
}

/* A row as the replies have it. */
static json_t *shape(struct request *request, const json_t *row)
{
    int64_t requested = json_int_at(row, "requested");
    struct keep_warm_status status =
        keep_warm_status(request->engine->invoker, json_string_at(row, "function"),
                         json_string_at(row, "version"), requested);
    json_t *reply =
        json_pack("{s:I, s:I, s:I, s:s, s:o}", "RequestedProvisionedConcurrentExecutions",
                  (json_int_t)requested, "AllocatedProvisionedConcurrentExecutions",
                  (json_int_t)status.allocated, "AvailableProvisionedConcurrentExecutions",
                  (json_int_t)status.available, "Status", status.state, "LastModified",
                  lambda_time(json_int_at(row, "modified")));

    if (status.reason)
        json_object_set_new(reply, "StatusReason", json_string(status.reason));
    return reply;
}

/* The version that is to be kept warm has a number; to free(). NULL: answered. */
static char *find_version(struct request *request, const struct function_name *name)
{
    json_t *alias = store_row(request->engine->store,
                              "SELECT version FROM aliases WHERE function = ? AND name = ?", "ss",
                              name->name, name->qualifier);
    char *version = xstrdup(alias ? json_string_at(alias, "version") : name->qualifier);
    json_t *row = store_row(request->engine->store,
                            "SELECT configuration AS \"{configuration\" FROM function_versions"
                            " WHERE function = ? AND version = ?",
                            "ss", name->name, version);
    bool snapshots =
        strcmp(json_string_at(row, "configuration.SnapStart.ApplyOn"), "PublishedVersions") == 0;

    if (!*version || strcmp(version, "$LATEST") == 0)
        request_fail(request, 400, "InvalidParameterValueException",
                     "Provisioned Concurrency Configs cannot be applied to unpublished function "
                     "versions.");
    else if (!row)
        lambda_not_found(request, name);
    else if (snapshots)
        request_fail(request, 400, "InvalidParameterValueException",
                     "Provisioned Concurrency is not supported for SnapStart enabled functions.");
    json_decref(alias);
    if (row && strcmp(version, "$LATEST") != 0 && !snapshots) {
        json_decref(row);
        return version;
    }
    json_decref(row);
    free(version);
    return NULL;
}

/* Whether what is reserved for the function is enough; answers when not. */
static bool is_reserved(struct request *request, const struct function_name *name, int64_t wanted)
{
    json_t *row = store_row(
        request->engine->store,
        "SELECT concurrency, (SELECT ifnull(sum(requested), 0) FROM provisioned_concurrency"
        " WHERE function = ?1 AND qualifier <> ?2) AS others FROM functions WHERE name = ?1",
        "ss", name->name, name->qualifier);
    const json_t *reserved = json_object_get(row, "concurrency");
    bool fits = !reserved || wanted + json_int_at(row, "others") <= json_integer_value(reserved);

    if (!fits)
        request_fail(request, 400, "InvalidParameterValueException",
                     "Requested Provisioned Concurrency should not be greater than the "
                     "reservedConcurrentExecution for function");
    json_decref(row);
    return fits;
}

void lambda_put_provisioned(struct request *request, json_t *input)
{
    int64_t wanted = json_int_at(input, "ProvisionedConcurrentExecutions");
    struct function_name name;
    char *version;
    json_t *row;

    if (!lambda_function(request, input, &name))
        return;
    version = find_version(request, &name);
    if (!version || !is_reserved(request, &name, wanted))
        goto out;
    if (store_run(request->engine->store,
                  "INSERT INTO provisioned_concurrency (function, qualifier, requested, modified)"
                  " VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET requested = excluded.requested,"
                  " modified = excluded.modified",
                  "ssii", name.name, name.qualifier, wanted,
                  clock_now(request->engine->clock)) < 0) {
        request_fail_write(request);
        goto out;
    }
    keep_warm_forgive(request->engine->invoker, name.name, version);
    keep_warm_soon(request->engine->invoker);
    row = load(request, &name);
    request_reply(request, 202, shape(request, row));
    json_decref(row);
out:
    free(version);
}

/* Every one of the function. */
static void list(struct request *request, json_t *input, const struct function_name *name)
{
    json_t *rows =
        store_rows(request->engine->store, CONFIGS " WHERE p.function = ? ORDER BY p.qualifier",
                   "s", name->name);
    json_t *items = json_array(), *row;
    size_t i;

    json_array_foreach (rows, i, row) {
        json_t *item = shape(request, row);

        json_object_set_new(
            item, "FunctionArn",
            json_sprintf("%s:%s", json_string_at(row, "arn"), json_string_at(row, "qualifier")));
        json_array_append_new(items, item);
    }
    json_decref(rows);
    lambda_page(request, input, "ProvisionedConcurrencyConfigs", items);
}

void lambda_get_provisioned(struct request *request, json_t *input)
{
    struct function_name name;
    json_t *row;

    if (!lambda_function(request, input, &name))
        return;
    if (strcmp(json_string_at(input, "List"), "ALL") == 0) {
        list(request, input, &name);
        return;
    }
    row = load(request, &name);
    if (row)
        request_reply(request, 200, shape(request, row));
    else
        request_fail(request, 404, "ProvisionedConcurrencyConfigNotFoundException",
                     "No Provisioned Concurrency Config found for this function");
    json_decref(row);
}

void lambda_delete_provisioned(struct request *request, json_t *input)
{
    struct function_name name;

    if (!lambda_function(request, input, &name))
        return;
    if (store_run(request->engine->store,
                  "DELETE FROM provisioned_concurrency WHERE function = ? AND qualifier = ?", "ss",
                  name.name, name.qualifier) < 0) {
        request_fail_write(request);
        return;
    }
    keep_warm_soon(request->engine->invoker);
    request_reply(request, 204, NULL);
}
