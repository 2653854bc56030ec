#include "core/json.h"
#include "core/memory.h"
#include "providers/local/engine/events/queues.h"
#include "providers/local/engine/services/sqs.h"
#include "providers/local/engine/store/store.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    ENTRIES_MAX = 10,
    BATCH_MAX = 1048576,
    ATTRIBUTES_MAX = 10,
    DELAY_MAX = 900,
    HIDE_MAX = 43200
};

/* What is wrong with one request or one entry of a batch: SQS's code and words. */
struct problem {
    const char *code;
    const char *message;
};

/* A message of SendMessage's input, or of an entry. */
static struct queue_message message_of(const json_t *input)
{
    const json_t *delay = json_object_get(input, "DelaySeconds");

    return (struct queue_message){
        .body = json_string_at(input, "MessageBody"),
        .attributes = json_object_get(input, "MessageAttributes"),
        .group = json_string_value(json_object_get(input, "MessageGroupId")),
        .deduplication = json_string_value(json_object_get(input, "MessageDeduplicationId")),
        .delay = json_is_integer(delay) ? json_integer_value(delay) : -1,
    };
}

static size_t size_of(const struct queue_message *message)
{
    size_t size = strlen(message->body);
    const char *name;
    json_t *value;

    json_object_foreach ((json_t *)(uintptr_t)message->attributes, name, value)
        size += strlen(name) + strlen(json_string_at(value, "DataType")) +
                strlen(json_string_at(value, "StringValue")) +
                strlen(json_string_at(value, "BinaryValue"));
    return size;
}

static bool attributes_are_right(const json_t *attributes)
{
    const char *name;
    json_t *value;

    if (!attributes)
        return true;
    if (!json_is_object(attributes) || json_object_size(attributes) > ATTRIBUTES_MAX)
        return false;
    json_object_foreach ((json_t *)(uintptr_t)attributes, name, value) {
        const char *type = json_string_at(value, "DataType");
        bool binary = strncmp(type, "Binary", 6) == 0;

        if ((!binary && strncmp(type, "String", 6) != 0 && strncmp(type, "Number", 6) != 0) ||
            !json_is_string(json_object_get(value, binary ? "BinaryValue" : "StringValue")))
            return false;
    }
    return true;
}

static bool find_problem(const json_t *queue, const struct queue_message *message,
                         struct problem *problem)
{
    bool fifo = queues_is_fifo(queue);
    bool by_content =
        strcmp(json_string_at(queue, "attributes.ContentBasedDeduplication"), "true") == 0;

    *problem = (struct problem){"InvalidParameterValue", NULL};
    if (!*message->body)
        problem->message = "The request must contain the parameter MessageBody.";
    else if (size_of(message) > (size_t)queues_number(queue, "MaximumMessageSize"))
        problem->message = "One or more parameters are invalid. Reason: Message must be shorter "
                           "than the queue's MaximumMessageSize.";
    else if (!attributes_are_right(message->attributes))
        problem->message = "The message has an attribute whose type or value is not valid, or more "
                           "than 10 of them.";
    else if (message->delay > DELAY_MAX)
        problem->message = "Value for parameter DelaySeconds is invalid. Reason: DelaySeconds must "
                           "be >= 0 and <= 900.";
    else if (fifo && message->delay > 0)
        problem->message = "Value for parameter DelaySeconds is invalid. Reason: The request "
                           "include parameter that is not valid for this queue type.";
    else if (fifo && !message->group)
        *problem = (struct problem){"MissingParameter",
                                    "The request must contain the parameter MessageGroupId."};
    else if (fifo && !message->deduplication && !by_content)
        problem->message = "The queue should either have ContentBasedDeduplication enabled or "
                           "MessageDeduplicationId provided explicitly";
    return problem->message != NULL;
}

void sqs_send(struct request *request, json_t *input)
{
    const struct queue_message message = message_of(input);
    json_t *queue = sqs_queue(request, input), *reply;
    struct problem problem;

    if (!queue)
        return;
    if (find_problem(queue, &message, &problem))
        request_fail(request, 400, problem.code, "%s", problem.message);
    else if ((reply = queues_send(request->engine, queue, &message)) != NULL)
        request_reply(request, 200, reply);
    else
        request_fail_write(request);
    json_decref(queue);
}

/* The entries of a batch, from 1 to 10 with ids that differ; NULL: answered. Borrowed. */
static json_t *take_entries(struct request *request, const json_t *input)
{
    json_t *entries = json_object_get(input, "Entries"), *entry, *ids = json_object();
    size_t count = json_array_size(entries), i;
    bool named = true, taken = false;

    json_array_foreach (entries, i, entry) {
        named = named && *json_string_at(entry, "Id");
        json_object_set(ids, json_string_at(entry, "Id"), json_true());
    }
    if (count == 0)
        request_fail(request, 400, "EmptyBatchRequest",
                     "There should be at least one entry in the request.");
    else if (count > ENTRIES_MAX)
        request_fail(request, 400, "TooManyEntriesInBatchRequest",
                     "Maximum number of entries per request are %d. You have sent %zu.",
                     ENTRIES_MAX, count);
    else if (!named)
        request_fail(request, 400, "InvalidBatchEntryId", "A batch entry has no id.");
    else if (json_object_size(ids) < count)
        request_fail(request, 400, "BatchEntryIdsNotDistinct", "Id of entries must be distinct.");
    else
        taken = true;
    json_decref(ids);
    return taken ? entries : NULL;
}

/* What became of the entries of a batch. */
struct results {
    json_t *successful, *failed;
};

static void succeed(struct results *results, const json_t *entry, json_t *result)
{
    json_object_set(result, "Id", json_object_get(entry, "Id"));
    json_array_append_new(results->successful, result);
}

static void fail(struct results *results, const json_t *entry, const struct problem *problem)
{
    json_array_append_new(results->failed,
                          json_pack("{s:O, s:b, s:s, s:s}", "Id", json_object_get(entry, "Id"),
                                    "SenderFault", 1, "Code", problem->code, "Message",
                                    problem->message));
}

static const struct problem lost = {"InternalError", "the engine cannot write its state"};
static const struct problem no_receipt = {"ReceiptHandleIsInvalid",
                                          "The input receipt handle is invalid."};

typedef void entry_handler(struct request *request, const json_t *queue, const json_t *entry,
                           struct results *results);

/* One transaction for all entries: one wait for the disk. */
static void run_batch(struct request *request, json_t *input, entry_handler *handle)
{
    struct results results = {json_array(), json_array()};
    json_t *queue = sqs_queue(request, input), *entries, *entry, *reply;
    size_t i;

    entries = queue ? take_entries(request, input) : NULL;
    reply = json_pack("{s:o}", "Successful", results.successful);
    if (entries && store_begin(request->engine->store) == 0) {
        json_array_foreach (entries, i, entry)
            handle(request, queue, entry, &results);
        if (store_commit(request->engine->store) < 0) {
            request_fail_write(request);
        } else {
            if (json_array_size(results.failed))
                json_object_set(reply, "Failed", results.failed);
            request_reply(request, 200, json_incref(reply));
        }
    } else if (entries) {
        request_fail_write(request);
    }
    json_decref(reply);
    json_decref(results.failed);
    json_decref(queue);
}

static void send_entry(struct request *request, const json_t *queue, const json_t *entry,
                       struct results *results)
{
    const struct queue_message message = message_of(entry);
    struct problem problem;
    json_t *result;

    if (find_problem(queue, &message, &problem)) {
        fail(results, entry, &problem);
        return;
    }
    result = queues_send(request->engine, queue, &message);
    if (result)
        succeed(results, entry, result);
    else
        fail(results, entry, &lost);
}

void sqs_send_batch(struct request *request, json_t *input)
{
    json_t *entry;
    size_t i, size = 0;

    json_array_foreach (json_object_get(input, "Entries"), i, entry) {
        const struct queue_message message = message_of(entry);

        size += size_of(&message);
    }
    if (size > BATCH_MAX)
        request_fail(request, 400, "BatchRequestTooLong",
                     "Batch requests cannot be longer than %d bytes. You have sent %zu bytes.",
                     BATCH_MAX, size);
    else
        run_batch(request, input, send_entry);
}

void sqs_delete(struct request *request, json_t *input)
{
    json_t *queue = sqs_queue(request, input);

    if (!queue)
        return;
    if (queues_delete(request->engine, queue, json_string_at(input, "ReceiptHandle")) < 0)
        request_fail(request, 400, no_receipt.code, "%s", no_receipt.message);
    else
        request_reply(request, 200, json_object());
    json_decref(queue);
}

static void delete_entry(struct request *request, const json_t *queue, const json_t *entry,
                         struct results *results)
{
    if (queues_delete(request->engine, queue, json_string_at(entry, "ReceiptHandle")) < 0)
        fail(results, entry, &no_receipt);
    else
        succeed(results, entry, json_object());
}

void sqs_delete_batch(struct request *request, json_t *input)
{
    run_batch(request, input, delete_entry);
}

/* Hides the message; false with what is wrong. */
static bool hide(struct request *request, const json_t *queue, const json_t *input,
                 struct problem *problem)
{
    int64_t seconds = json_int_at(input, "VisibilityTimeout");
    int result;

    if (seconds < 0 || seconds > HIDE_MAX) {
        *problem = (struct problem){"InvalidParameterValue",
                                    "Value for parameter VisibilityTimeout is invalid. Reason: "
                                    "VisibilityTimeout must be between 0 and 43200."};
        return false;
    }
    result = queues_hide(request->engine, queue, json_string_at(input, "ReceiptHandle"), seconds);
    *problem = result < 0 ? no_receipt
                          : (struct problem){"MessageNotInflight",
                                             "The message referred to isn't in flight."};
    return result > 0;
}

void sqs_change_visibility(struct request *request, json_t *input)
{
    json_t *queue = sqs_queue(request, input);
    struct problem problem;

    if (!queue)
        return;
    if (hide(request, queue, input, &problem))
        request_reply(request, 200, json_object());
    else
        request_fail(request, 400, problem.code, "%s", problem.message);
    json_decref(queue);
}

static void hide_entry(struct request *request, const json_t *queue, const json_t *entry,
                       struct results *results)
{
    struct problem problem;

    if (hide(request, queue, entry, &problem))
        succeed(results, entry, json_object());
    else
        fail(results, entry, &problem);
}

void sqs_change_visibility_batch(struct request *request, json_t *input)
{
    run_batch(request, input, hide_entry);
}
