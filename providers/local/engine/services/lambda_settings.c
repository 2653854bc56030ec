/* Tags, concurrency, asynchronous invocation settings, and what else hangs on a function. */
#include "core/arn.h"
#include "core/json.h"
#include "core/memory.h"
#include "providers/local/engine/services/lambda.h"
#include "providers/local/engine/store/store.h"

#include <stdlib.h>
#include <string.h>

enum { CONCURRENCY = 1000, UNRESERVED_MIN = 100, TAGS_MAX = 50 };

/* What has tags, by its ARN: the statements that read and write them, and its key there. */
struct tagged {
    const char *read, *write;
    struct function_name function;
    const char *key;
};

static bool find_tagged(const char *arn, struct tagged *tagged)
{
    if (arn_is(arn, "lambda", "event-source-mapping:")) {
        tagged->read = "SELECT tags AS \"{tags\" FROM event_source_mappings WHERE uuid = ?";
        tagged->write = "UPDATE event_source_mappings SET tags = ? WHERE uuid = ?";
        tagged->key = arn_name(arn);
        return true;
    }
    tagged->read = "SELECT tags AS \"{tags\" FROM functions WHERE name = ?";
    tagged->write = "UPDATE functions SET tags = ? WHERE name = ?";
    tagged->key = tagged->function.name;
    return strncmp(arn, "arn:", 4) == 0 && functions_parse_name(arn, &tagged->function) == 0;
}

/* The tags of what the ARN `Resource` names; NULL: answered. */
static json_t *load_tags(struct request *request, json_t *input, struct tagged *tagged)
{
    const char *arn = json_string_at(input, "Resource");
    json_t *row = NULL, *tags;

    if (find_tagged(arn, tagged))
        row = store_row(request->engine->store, tagged->read, "s", tagged->key);
    tags = json_incref(json_object_get(row, "tags"));
    json_decref(row);
    if (!tags)
        request_fail(request, 404, "ResourceNotFoundException", "Function not found: %s", arn);
    return tags;
}

/* Writes and frees `tags`, and answers. */
static void save_tags(struct request *request, const struct tagged *tagged, json_t *tags)
{
    char *text = json_dumps(tags, JSON_COMPACT);

    if (json_object_size(tags) > TAGS_MAX)
        request_fail(request, 400, "InvalidParameterValueException",
                     "a resource has at most %d tags", TAGS_MAX);
    else if (store_run(request->engine->store, tagged->write, "ss", text, tagged->key) < 0)
        request_fail_write(request);
    else
        request_reply(request, 204, NULL);
    free(text);
    json_decref(tags);
}

void lambda_tag(struct request *request, json_t *input)
{
    struct tagged tagged;
    json_t *tags = load_tags(request, input, &tagged);

    if (!tags)
        return;
    json_object_update(tags, json_object_get(input, "Tags"));
    save_tags(request, &tagged, tags);
}

void lambda_untag(struct request *request, json_t *input)
{
    struct tagged tagged;
    json_t *tags = load_tags(request, input, &tagged), *key;
    size_t i;

    if (!tags)
        return;
    json_array_foreach (json_object_get(input, "tagKeys"), i, key)
        json_object_del(tags, json_string_value(key));
    save_tags(request, &tagged, tags);
}

void lambda_list_tags(struct request *request, json_t *input)
{
    struct tagged tagged;
    json_t *tags = load_tags(request, input, &tagged);

    if (tags)
        request_reply(request, 200, json_pack("{s:o}", "Tags", tags));
}

static int64_t reserved_by_others(struct engine *engine, const char *name)
{
    json_t *row = store_row(engine->store,
                            "SELECT ifnull(sum(concurrency), 0) AS total FROM functions"
                            " WHERE name <> ?",
                            "s", name);
    int64_t total = json_int_at(row, "total");

    json_decref(row);
    return total;
}

static int64_t provisioned(struct engine *engine, const char *name)
{
    json_t *row = store_row(engine->store,
                            "SELECT ifnull(sum(requested), 0) AS total FROM provisioned_concurrency"
                            " WHERE function = ?",
                            "s", name);
    int64_t total = json_int_at(row, "total");

    json_decref(row);
    return total;
}

void lambda_put_concurrency(struct request *request, json_t *input)
{
    int64_t wanted = json_int_at(input, "ReservedConcurrentExecutions");
    struct function_name name;

    if (!lambda_function(request, input, &name))
        return;
    if (wanted < provisioned(request->engine, name.name))
        request_fail(request, 400, "InvalidParameterValueException",
                     "ReservedConcurrentExecutions should not be lower than function's total "
                     "provisioned concurrency [%lld].",
                     (long long)provisioned(request->engine, name.name));
    else if (wanted + reserved_by_others(request->engine, name.name) > CONCURRENCY - UNRESERVED_MIN)
        request_fail(request, 400, "InvalidParameterValueException",
                     "Specified ReservedConcurrentExecutions for function decreases account's "
                     "UnreservedConcurrentExecution below its minimum value of [%d].",
                     UNRESERVED_MIN);
    else if (store_run(request->engine->store,
                       "UPDATE functions SET concurrency = ? WHERE name = ?", "is", wanted,
                       name.name) < 0)
        request_fail_write(request);
    else
        request_reply(request, 200,
                      json_pack("{s:I}", "ReservedConcurrentExecutions", (json_int_t)wanted));
}

void lambda_get_concurrency(struct request *request, json_t *input)
{
    struct function_name name;

    if (lambda_function(request, input, &name))
        request_reply(request, 200,
                      store_row(request->engine->store,
                                "SELECT concurrency AS \"ReservedConcurrentExecutions\""
                                " FROM functions WHERE name = ?",
                                "s", name.name));
}

void lambda_delete_concurrency(struct request *request, json_t *input)
{
    struct function_name name;

    if (!lambda_function(request, input, &name))
        return;
    if (store_run(request->engine->store, "UPDATE functions SET concurrency = NULL WHERE name = ?",
                  "s", name.name) < 0)
        request_fail_write(request);
    else
        request_reply(request, 204, NULL);
}

static json_t *load_event_config(struct request *request, const struct function_name *name)
{
    const char *qualifier = *name->qualifier ? name->qualifier : "$LATEST";

    return store_row(
        request->engine->store,
        "SELECT c.modified / 1000.0 AS \"LastModified\", f.arn || ':' || ?2 AS \"FunctionArn\","
        " retries AS \"MaximumRetryAttempts\", age AS \"MaximumEventAgeInSeconds\","
        " destinations AS \"{DestinationConfig\""
        " FROM event_invoke_configs c JOIN functions f ON f.name = c.function"
        " WHERE c.function = ?1 AND c.qualifier = ?2",
        "ss", name->name, qualifier);
}

static void write_event_config(struct request *request, const struct function_name *name,
                               const json_t *config)
{
    static const char *const columns[] = {"MaximumRetryAttempts", "MaximumEventAgeInSeconds"};
    json_t *destinations = json_object_get(config, "DestinationConfig");
    char *text = destinations ? json_dumps(destinations, JSON_COMPACT) : NULL;
    int64_t values[2];
    int result;

    /* -1 stands for what is not set. */
    for (size_t i = 0; i < 2; i++)
        values[i] = json_object_get(config, columns[i]) ? json_int_at(config, columns[i]) : -1;
    result = store_run(request->engine->store,
                       "INSERT INTO event_invoke_configs (function, qualifier, retries, age,"
                       " destinations, modified) VALUES (?, ?, nullif(?, -1), nullif(?, -1), ?, ?)"
                       " ON CONFLICT DO UPDATE SET retries = excluded.retries, age = excluded.age,"
                       " destinations = excluded.destinations, modified = excluded.modified",
                       "ssiisi", name->name, *name->qualifier ? name->qualifier : "$LATEST",
                       values[0], values[1], text, clock_now(request->engine->clock));
    free(text);
    if (result < 0)
        request_fail_write(request);
    else
        request_reply(request, 200, load_event_config(request, name));
}

void lambda_put_event_config(struct request *request, json_t *input)
{
    struct function_name name;

    if (lambda_function(request, input, &name))
        write_event_config(request, &name, input);
}

/* The settings of the function that the input names; NULL: answered. */
static json_t *find_event_config(struct request *request, json_t *input, struct function_name *name)
{
    json_t *config;

    if (!lambda_function(request, input, name))
        return NULL;
    config = load_event_config(request, name);
    if (!config)
        request_fail(request, 404, "ResourceNotFoundException",
                     "The function %s doesn't have an EventInvokeConfig", name->name);
    return config;
}

void lambda_get_event_config(struct request *request, json_t *input)
{
    struct function_name name;
    json_t *config = find_event_config(request, input, &name);

    if (config)
        request_reply(request, 200, config);
}

void lambda_update_event_config(struct request *request, json_t *input)
{
    struct function_name name;
    json_t *config = find_event_config(request, input, &name);

    if (!config)
        return;
    json_object_update(config, input);
    write_event_config(request, &name, config);
    json_decref(config);
}

void lambda_delete_event_config(struct request *request, json_t *input)
{
    struct function_name name;
    json_t *config = find_event_config(request, input, &name);

    if (!config)
        return;
    json_decref(config);
    if (store_run(request->engine->store,
                  "DELETE FROM event_invoke_configs WHERE function = ? AND qualifier = ?", "ss",
                  name.name, *name.qualifier ? name.qualifier : "$LATEST") < 0)
        request_fail_write(request);
    else
        request_reply(request, 204, NULL);
}

/* Nothing is signed here; clients ask all the same. */
void lambda_get_code_signing(struct request *request, json_t *input)
{
    struct function_name name;

    if (lambda_function(request, input, &name))
        request_reply(request, 200, json_pack("{s:s}", "FunctionName", name.name));
}

void lambda_account_settings(struct request *request, json_t *input)
{
    json_t *row = store_row(request->engine->store,
                            "SELECT count(*) AS count,"
                            " ifnull(sum(configuration ->> '$.CodeSize'), 0) AS size,"
                            " (SELECT ifnull(sum(concurrency), 0) FROM functions) AS reserved"
                            " FROM function_versions WHERE version = '$LATEST'",
                            "");

    (void)input;
    request_reply(request, 200,
                  json_pack("{s:{s:I, s:i, s:i, s:i, s:I}, s:{s:I, s:I}}", "AccountLimit",
                            "TotalCodeSize", (json_int_t)80530636800, "CodeSizeUnzipped", 262144000,
                            "CodeSizeZipped", 52428800, "ConcurrentExecutions", CONCURRENCY,
                            "UnreservedConcurrentExecutions",
                            (json_int_t)(CONCURRENCY - json_int_at(row, "reserved")),
                            "AccountUsage", "TotalCodeSize", (json_int_t)json_int_at(row, "size"),
                            "FunctionCount", (json_int_t)json_int_at(row, "count")));
    json_decref(row);
}
