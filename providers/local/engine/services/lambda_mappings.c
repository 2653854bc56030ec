/* Event source mappings, of SQS queues. Events are taken by events/mappings.c. */
#include "core/arn.h"
#include "core/json.h"
#include "core/memory.h"
#include "providers/local/engine/events/event_pattern.h"
#include "providers/local/engine/events/mappings.h"
#include "providers/local/engine/events/queues.h"
#include "providers/local/engine/services/lambda.h"
#include "providers/local/engine/store/store.h"

#include <stdlib.h>
#include <string.h>

enum { QUEUE_BATCH = 10, FILTERS_MAX = 5 };

static json_t *load_mapping(struct engine *engine, const char *uuid)
{
    json_t *row = store_row(engine->store,
                            "SELECT document AS \"{document\", enabled, tags AS \"{tags\""
                            " FROM event_source_mappings WHERE uuid = ?",
                            "s", uuid);

    if (row)
        json_object_set_new(json_object_get(row, "document"), "State",
                            json_string(json_int_at(row, "enabled") ? "Enabled" : "Disabled"));
    return row;
}

/* The mapping that the input names; NULL: answered. */
static json_t *find_mapping(struct request *request, const json_t *input)
{
    json_t *row = load_mapping(request->engine, json_string_at(input, "UUID"));

    if (!row)
        request_fail(request, 404, "ResourceNotFoundException",
                     "The resource you requested does not exist.");
    return row;
}

static bool invalid(struct request *request, const char *message)
{
    request_fail(request, 400, "InvalidParameterValueException", "%s", message);
    return false;
}

static bool check_filters(struct request *request, const json_t *input)
{
    const json_t *filters = json_at(input, "FilterCriteria.Filters");
    json_t *filter;
    size_t i;

    if (json_array_size(filters) > FILTERS_MAX)
        return invalid(request, "Maximum number of filters exceeded.");
    json_array_foreach (filters, i, filter) {
        json_t *pattern = json_loads(json_string_at(filter, "Pattern"), 0, NULL);
        struct err err = {0};
        bool valid = pattern && event_pattern_check(pattern, &err) == 0;

        json_decref(pattern);
        if (!valid)
            return invalid(request, "Invalid filter pattern definition.");
    }
    return true;
}

/* Rules that hold for the mapping as it will be. */
static bool check_batches(struct request *request, const json_t *queue, const json_t *document)
{
    int64_t batch = json_int_at(document, "BatchSize");
    int64_t window = json_int_at(document, "MaximumBatchingWindowInSeconds");

    if (queues_is_fifo(queue) && batch > QUEUE_BATCH)
        return invalid(request, "Maximum batch size for FIFO queues is 10.");
    if (queues_is_fifo(queue) && window)
        return invalid(request, "Batch window is not supported for FIFO queues.");
    if (batch > QUEUE_BATCH && !window)
        return invalid(request, "MaximumBatchingWindowInSeconds must be greater than 0 if maximum "
                                "batch size is greater than 10");
    return true;
}

/* Whether the queue is there and hides messages for as long as the function may run. */
static json_t *check_queue(struct request *request, const char *arn,
                           const struct function_name *name)
{
    json_t *queue = queues_find_arn(request->engine, arn), *configuration;
    char code[HASH_HEX_LEN];
    int64_t visibility, timeout;

    if (!queue) {
        invalid(
            request,
            arn_is(arn, "sqs", NULL)
                ? "Error occurred while ReceiveMessage. SQS Error Code: "
                  "AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified "
                  "queue does not exist."
                : "Unrecognized event source. (the local engine polls SQS queues; send an event "
                  "of another source with 'fnctl invoke')");
        return NULL;
    }
    configuration = lambda_configuration(request, name, code);
    if (!configuration) {
        json_decref(queue);
        return NULL;
    }
    visibility = queues_number(queue, "VisibilityTimeout");
    timeout = json_int_at(configuration, "Timeout");
    json_decref(configuration);
    if (visibility >= timeout)
        return queue;
    request_fail(request, 400, "InvalidParameterValueException",
                 "Queue visibility timeout: %lld seconds is less than Function timeout: %lld "
                 "seconds",
                 (long long)visibility, (long long)timeout);
    json_decref(queue);
    return NULL;
}

/* Writes the mapping and answers with `state`. */
static void save(struct request *request, const struct function_name *name, json_t *document,
                 bool enabled, const json_t *tags, const char *state)
{
    double now = (double)clock_now(request->engine->clock) / 1000.0;
    char *tags_text = json_dumps(tags, JSON_COMPACT), *text;
    int result;

    json_object_set_new(document, "LastModified", json_real(now));
    json_object_del(document, "State");
    text = json_dumps(document, JSON_COMPACT);
    result =
        store_run(request->engine->store,
                  "INSERT INTO event_source_mappings (uuid, function, qualifier, source,"
                  " enabled, document, tags) VALUES (?, ?, ?, ?, ?, ?, ?)"
                  " ON CONFLICT (uuid) DO UPDATE SET function = excluded.function,"
                  " qualifier = excluded.qualifier, enabled = excluded.enabled,"
                  " document = excluded.document",
                  "ssssiss", json_string_at(document, "UUID"), name->name, name->qualifier,
                  json_string_at(document, "EventSourceArn"), (int64_t)enabled, text, tags_text);
    free(text);
    free(tags_text);
    if (result < 0) {
        request_fail_write(request);
        return;
    }
    mappings_reload(request->engine);
    json_object_set_new(document, "State", json_string(state));
    request_reply(request, 202, json_incref(document));
}

/* The mapping that leads from the source to the function already; "" when there is none. */
static bool is_taken(struct request *request, const struct function_name *name, const char *arn)
{
    json_t *row = store_row(request->engine->store,
                            "SELECT uuid FROM event_source_mappings"
                            " WHERE function = ? AND qualifier = ? AND source = ?",
                            "sss", name->name, name->qualifier, arn);
    bool taken = row != NULL;

    if (taken)
        request_fail(request, 409, "ResourceConflictException",
                     "An event source mapping with SQS arn (\" %s \") and function (\" %s \") "
                     "already exists. Please update or delete the existing mapping with UUID %s",
                     arn, name->name, json_string_at(row, "uuid"));
    json_decref(row);
    return taken;
}

/* Takes the members that can be changed from the input. */
static void put_members(json_t *document, const json_t *input)
{
    static const char *const members[] = {"BatchSize", "MaximumBatchingWindowInSeconds",
                                          "FilterCriteria", "FunctionResponseTypes",
                                          "ScalingConfig"};

    for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
        json_t *value = json_object_get(input, members[i]);

        if (!value)
            continue;
        json_object_set(document, members[i], value);
        if (json_is_object(value) && !json_object_size(value))
            json_object_del(document, members[i]);
    }
}

static json_t *new_document(struct request *request, const struct function_name *name,
                            const char *source)
{
    char arn[LAMBDA_ARN_LEN], uuid[UUID_LEN];

    hash_uuid(uuid);
    lambda_arn(request, name, arn);
    return json_pack("{s:s, s:s, s:s, s:i, s:i, s:s, s:o, s:[]}", "UUID", uuid, "EventSourceArn",
                     source, "FunctionArn", arn, "BatchSize", QUEUE_BATCH,
                     "MaximumBatchingWindowInSeconds", 0, "StateTransitionReason", "USER_INITIATED",
                     "EventSourceMappingArn",
                     json_sprintf("arn:%s:lambda:%s:" ENGINE_ACCOUNT ":event-source-mapping:%s",
                                  request_partition(request), request_region(request), uuid),
                     "FunctionResponseTypes");
}

void lambda_create_mapping(struct request *request, json_t *input)
{
    const char *source = json_string_at(input, "EventSourceArn");
    const json_t *enabled = json_object_get(input, "Enabled"), *tags;
    struct function_name name;
    json_t *queue, *document, *none = json_object();

    if (!lambda_function(request, input, &name) || !check_filters(request, input))
        goto out;
    queue = check_queue(request, source, &name);
    if (!queue)
        goto out;
    document = new_document(request, &name, source);
    put_members(document, input);
    tags = json_object_get(input, "Tags");
    if (check_batches(request, queue, document) && !is_taken(request, &name, source))
        save(request, &name, document, !enabled || json_is_true(enabled), tags ? tags : none,
             "Creating");
    json_decref(document);
    json_decref(queue);
out:
    json_decref(none);
}

void lambda_get_mapping(struct request *request, json_t *input)
{
    json_t *row = find_mapping(request, input);

    if (row)
        request_reply(request, 200, json_incref(json_object_get(row, "document")));
    json_decref(row);
}

void lambda_update_mapping(struct request *request, json_t *input)
{
    json_t *row = find_mapping(request, input), *document, *queue;
    const json_t *enabled = json_object_get(input, "Enabled");
    struct function_name name;
    char arn[LAMBDA_ARN_LEN];

    if (!row)
        return;
    document = json_object_get(row, "document");
    if (!json_object_get(input, "FunctionName"))
        json_object_set(input, "FunctionName", json_object_get(document, "FunctionArn"));
    if (!lambda_function(request, input, &name) || !check_filters(request, input))
        goto out;
    queue = check_queue(request, json_string_at(document, "EventSourceArn"), &name);
    if (!queue)
        goto out;
    put_members(document, input);
    lambda_arn(request, &name, arn);
    json_object_set_new(document, "FunctionArn", json_string(arn));
    if (check_batches(request, queue, document))
        save(request, &name, document,
             enabled ? json_is_true(enabled) : json_int_at(row, "enabled") != 0,
             json_object_get(row, "tags"), "Updating");
    json_decref(queue);
out:
    json_decref(row);
}

void lambda_delete_mapping(struct request *request, json_t *input)
{
    json_t *row = find_mapping(request, input);

    if (!row)
        return;
    if (store_run(request->engine->store, "DELETE FROM event_source_mappings WHERE uuid = ?", "s",
                  json_string_at(input, "UUID")) < 0) {
        request_fail_write(request);
    } else {
        json_object_set_new(json_object_get(row, "document"), "State", json_string("Deleting"));
        mappings_reload(request->engine);
        request_reply(request, 202, json_incref(json_object_get(row, "document")));
    }
    json_decref(row);
}

void lambda_list_mappings(struct request *request, json_t *input)
{
    struct function_name name = {0};
    json_t *rows, *row, *items = json_array();
    size_t i;

    if (json_object_get(input, "FunctionName") && !lambda_name(request, input, &name)) {
        json_decref(items);
        return;
    }
    rows = store_rows(request->engine->store,
                      "SELECT uuid FROM event_source_mappings"
                      " WHERE (?1 = '' OR (function = ?1 AND qualifier = ?2))"
                      " AND (?3 = '' OR source = ?3) ORDER BY rowid",
                      "sss", name.name, name.qualifier, json_string_at(input, "EventSourceArn"));
    json_array_foreach (rows, i, row) {
        json_t *mapping = load_mapping(request->engine, json_string_at(row, "uuid"));

        json_array_append(items, json_object_get(mapping, "document"));
        json_decref(mapping);
    }
    json_decref(rows);
    lambda_page(request, input, "EventSourceMappings", items);
}
