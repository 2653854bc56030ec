#include "core/arn.h"
#include "core/json.h"
#include "core/memory.h"
#include "providers/local/engine/events/mappings.h"
#include "providers/local/engine/events/queues.h"
#include "providers/local/engine/services/page.h"
#include "providers/local/engine/services/sqs.h"
#include "providers/local/engine/store/store.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 1000, TAGS_MAX = 50 };

/* The attributes that can be set; those without bounds are texts.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
 */
static const struct attribute {
    const char *name;
    int64_t min, max;
    bool fifo;  /* of FIFO queues only */
    bool fixed; /* when the queue is made, never after */
} attributes[] = {
    {"VisibilityTimeout", 0, 43200, false, false},
    {"MaximumMessageSize", 1024, 1048576, false, false},
    {"MessageRetentionPeriod", 60, 1209600, false, false},
    {"DelaySeconds", 0, 900, false, false},
    {"ReceiveMessageWaitTimeSeconds", 0, 20, false, false},
    {"KmsDataKeyReusePeriodSeconds", 60, 86400, false, false},
    {"Policy", 0, 0, false, false},
    {"RedrivePolicy", 0, 0, false, false},
    {"RedriveAllowPolicy", 0, 0, false, false},
    {"KmsMasterKeyId", 0, 0, false, false},
    {"SqsManagedSseEnabled", 0, 0, false, false},
    {"FifoQueue", 0, 0, true, true},
    {"ContentBasedDeduplication", 0, 0, true, false},
    {"DeduplicationScope", 0, 0, true, false},
    {"FifoThroughputLimit", 0, 0, true, false},
};

static const char *const told[] = {"VisibilityTimeout", "MaximumMessageSize",
                                   "MessageRetentionPeriod", "DelaySeconds",
                                   "ReceiveMessageWaitTimeSeconds"};

static bool is_fifo_name(const char *name)
{
    size_t len = strlen(name);

    return len > 5 && strcmp(name + len - 5, ".fifo") == 0;
}

static bool is_queue_name(const char *name)
{
    size_t len = strlen(name), fifo = is_fifo_name(name) ? 5 : 0;

    return len > fifo && len <= 80 &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") >=
               len - fifo;
}

json_t *sqs_url(const struct request *request, const char *name)
{
    return json_sprintf("%s/" ENGINE_ACCOUNT "/%s", request->engine->base_url, name);
}

json_t *sqs_queue(struct request *request, const json_t *input)
{
    const char *url = json_string_at(input, "QueueUrl"), *slash = strrchr(url, '/');
    json_t *queue = queues_find(request->engine, slash ? slash + 1 : url);

    if (!queue)
        request_fail(request, 400, "QueueDoesNotExist", "The specified queue does not exist.");
    return queue;
}

static const struct attribute *find_attribute(const char *name)
{
    for (size_t i = 0; i < sizeof(attributes) / sizeof(*attributes); i++)
        if (strcmp(attributes[i].name, name) == 0)
            return &attributes[i];
    return NULL;
}

/* RedrivePolicy: {"deadLetterTargetArn": ARN, "maxReceiveCount": 1-1000}; empty takes it away. */
static bool is_redrive_policy(struct engine *engine, const char *text)
{
    json_t *policy = json_loads(text, 0, NULL);
    const json_t *count = json_object_get(policy, "maxReceiveCount");
    int64_t most = json_is_string(count) ? strtoll(json_string_value(count), NULL, 10)
                                         : json_integer_value(count);
    json_t *dead =
        policy ? queues_find_arn(engine, json_string_at(policy, "deadLetterTargetArn")) : NULL;
    bool valid = *text == '\0' || (dead && most >= 1 && most <= 1000);

    json_decref(policy);
    json_decref(dead);
    return valid;
}

static bool value_fits(struct engine *engine, const struct attribute *attribute, const char *value)
{
    char *end;
    long long number = strtoll(value, &end, 10);

    if (attribute->max)
        return *value && !*end && number >= attribute->min && number <= attribute->max;
    if (strcmp(attribute->name, "RedrivePolicy") == 0)
        return is_redrive_policy(engine, value);
    if (strcmp(attribute->name, "FifoQueue") == 0)
        return strcmp(value, "true") == 0;
    return true;
}

bool sqs_check_attributes(struct request *request, const char *name, const json_t *given)
{
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *)(uintptr_t)given, key, value) {
        const struct attribute *attribute = find_attribute(key);

        if (!attribute || (attribute->fifo && !is_fifo_name(name))) {
            request_fail(request, 400, "InvalidAttributeName", "Unknown Attribute %s.", key);
            return false;
        }
        if (!value_fits(request->engine, attribute, json_string_value(value))) {
            request_fail(request, 400, "InvalidAttributeValue",
                         "Value %.200s for parameter %s is invalid.", json_string_value(value),
                         key);
            return false;
        }
    }
    return true;
}

/* Whether a queue that is there is the one that was asked for: what is given must be as it is. */
static bool same_queue(const json_t *queue, const json_t *given)
{
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *)(uintptr_t)given, key, value) {
        const json_t *old = json_object_get(json_object_get(queue, "attributes"), key);
        const struct attribute *attribute = find_attribute(key);

        if (old ? !json_equal(old, value)
                : attribute && attribute->max &&
                      queues_number(queue, key) != strtoll(json_string_value(value), NULL, 10))
            return false;
    }
    return true;
}

static int insert_queue(struct request *request, const char *name, const json_t *input)
{
    json_t *given = json_object_get(input, "Attributes"), *tags = json_object_get(input, "tags");
    char *text = given ? json_dumps(given, JSON_COMPACT) : xstrdup("{}");
    char *tags_text = tags ? json_dumps(tags, JSON_COMPACT) : xstrdup("{}");
    char *arn = xasprintf("arn:%s:sqs:%s:" ENGINE_ACCOUNT ":%s", request_partition(request),
                          request_region(request), name);
    int result = store_run(request->engine->store,
                           "INSERT INTO sqs_queues (name, arn, attributes, tags, created, modified)"
                           " VALUES (?, ?, ?, ?, ?5, ?5)",
                           "ssssi", name, arn, text, tags_text, clock_now(request->engine->clock));

    free(arn);
    free(text);
    free(tags_text);
    return result;
}

void sqs_create_queue(struct request *request, json_t *input)
{
    const char *name = json_string_at(input, "QueueName");
    const json_t *given = json_object_get(input, "Attributes");
    bool fifo = strcmp(json_string_at(given, "FifoQueue"), "true") == 0;
    json_t *queue;

    if (!is_queue_name(name) || fifo != is_fifo_name(name)) {
        request_fail(
            request, 400, "InvalidParameterValue",
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in "
            "length; the name of a FIFO queue, and of no other, ends with .fifo");
        return;
    }
    if (!sqs_check_attributes(request, name, given))
        return;
    queue = queues_find(request->engine, name);
    if (queue && !same_queue(queue, given))
        request_fail(request, 400, "QueueNameExists",
                     "A queue already exists with the same name and a different value for "
                     "attribute(s).");
    else if (!queue && insert_queue(request, name, input) < 0)
        request_fail_write(request);
    else
        request_reply(request, 200, json_pack("{s:o}", "QueueUrl", sqs_url(request, name)));
    json_decref(queue);
}

void sqs_get_queue_url(struct request *request, json_t *input)
{
    const char *name = json_string_at(input, "QueueName");
    json_t *queue = queues_find(request->engine, name);

    if (queue)
        request_reply(request, 200, json_pack("{s:o}", "QueueUrl", sqs_url(request, name)));
    else
        request_fail(request, 400, "QueueDoesNotExist", "The specified queue does not exist.");
    json_decref(queue);
}

void sqs_list_queues(struct request *request, json_t *input)
{
    int64_t max = json_int_at(input, "MaxResults");
    json_t *rows = store_rows(request->engine->store,
                              "SELECT name FROM sqs_queues WHERE substr(name, 1, length(?1)) = ?1"
                              " ORDER BY name",
                              "s", json_string_at(input, "QueueNamePrefix"));
    json_t *urls = json_array(), *row;
    size_t i;

    json_array_foreach (rows, i, row)
        json_array_append_new(urls, sqs_url(request, json_string_at(row, "name")));
    json_decref(rows);
    request_reply(request, 200,
                  page_cut(urls, json_string_at(input, "NextToken"), max ? max : PAGE, "QueueUrls",
                           "NextToken"));
}

void sqs_delete_queue(struct request *request, json_t *input)
{
    struct engine *engine = request->engine;
    json_t *queue = sqs_queue(request, input);

    if (!queue)
        return;
    if (store_run(request->engine->store, "DELETE FROM sqs_queues WHERE name = ?", "s",
                  json_string_at(queue, "name")) < 0)
        request_fail_write(request);
    else
        request_reply(request, 200, json_object());
    sqs_wake(engine);
    json_decref(queue);
}

void sqs_purge_queue(struct request *request, json_t *input)
{
    json_t *queue = sqs_queue(request, input);

    if (!queue)
        return;
    if (store_run(request->engine->store, "DELETE FROM sqs_messages WHERE queue = ?", "s",
                  json_string_at(queue, "name")) < 0)
        request_fail_write(request);
    else
        request_reply(request, 200, json_object());
    json_decref(queue);
}

static json_t *all_attributes(struct engine *engine, const json_t *queue)
{
    static const char *const counted[] = {"ApproximateNumberOfMessages",
                                          "ApproximateNumberOfMessagesNotVisible",
                                          "ApproximateNumberOfMessagesDelayed"};
    json_t *all = json_object();
    int64_t counts[3];

    for (size_t i = 0; i < sizeof(told) / sizeof(*told); i++)
        json_object_set_new(all, told[i],
                            json_sprintf("%lld", (long long)queues_number(queue, told[i])));
    json_object_update(all, json_object_get(queue, "attributes"));
    queues_count(engine, json_string_at(queue, "name"), counts);
    for (size_t i = 0; i < 3; i++)
        json_object_set_new(all, counted[i], json_sprintf("%lld", (long long)counts[i]));
    json_object_set(all, "QueueArn", json_object_get(queue, "arn"));
    json_object_set_new(all, "CreatedTimestamp",
                        json_sprintf("%lld", (long long)(json_int_at(queue, "created") / 1000)));
    json_object_set_new(all, "LastModifiedTimestamp",
                        json_sprintf("%lld", (long long)(json_int_at(queue, "modified") / 1000)));
    return all;
}

void sqs_get_attributes(struct request *request, json_t *input)
{
    json_t *names = json_object_get(input, "AttributeNames"), *all, *asked, *name;
    json_t *queue = sqs_queue(request, input);
    size_t i;

    if (!queue)
        return;
    all = all_attributes(request->engine, queue);
    asked = json_object();
    json_array_foreach (names, i, name) {
        const char *key = json_string_value(name);

        if (strcmp(key, "All") == 0)
            json_object_update(asked, all);
        else if (json_object_get(all, key))
            json_object_set(asked, key, json_object_get(all, key));
    }
    request_reply(request, 200,
                  json_object_size(asked) ? json_pack("{s:O}", "Attributes", asked)
                                          : json_object());
    json_decref(asked);
    json_decref(all);
    json_decref(queue);
}

/* Puts what is given over the attributes; an empty text takes one away. */
static json_t *merged_attributes(const json_t *queue, const json_t *given)
{
    json_t *merged = json_copy(json_object_get(queue, "attributes")), *value;
    const char *key;

    json_object_foreach ((json_t *)(uintptr_t)given, key, value) {
        if (json_string_length(value))
            json_object_set(merged, key, value);
        else
            json_object_del(merged, key);
    }
    return merged;
}

void sqs_set_attributes(struct request *request, json_t *input)
{
    const json_t *given = json_object_get(input, "Attributes");
    json_t *queue = sqs_queue(request, input), *merged;
    struct engine *engine = request->engine;
    char *text;

    if (!queue)
        return;
    if (!sqs_check_attributes(request, json_string_at(queue, "name"), given))
        goto out;
    merged = merged_attributes(queue, given);
    text = json_dumps(merged, JSON_COMPACT);
    if (store_run(request->engine->store,
                  "UPDATE sqs_queues SET attributes = ?, modified = ? WHERE name = ?", "sis", text,
                  clock_now(request->engine->clock), json_string_at(queue, "name")) < 0)
        request_fail_write(request);
    else
        request_reply(request, 200, json_object());
    json_decref(merged);
    free(text);
    mappings_wake(engine);
out:
    json_decref(queue);
}

static void save_tags(struct request *request, const json_t *queue, const json_t *tags)
{
    char *text = json_dumps(tags, JSON_COMPACT);

    if (json_object_size(tags) > TAGS_MAX)
        request_fail(request, 400, "InvalidParameterValue", "Too many tags added for queue %s.",
                     json_string_at(queue, "name"));
    else if (store_run(request->engine->store, "UPDATE sqs_queues SET tags = ? WHERE name = ?",
                       "ss", text, json_string_at(queue, "name")) < 0)
        request_fail_write(request);
    else
        request_reply(request, 200, json_object());
    free(text);
}

void sqs_tag(struct request *request, json_t *input)
{
    json_t *queue = sqs_queue(request, input);

    if (!queue)
        return;
    json_object_update(json_object_get(queue, "tags"), json_object_get(input, "Tags"));
    save_tags(request, queue, json_object_get(queue, "tags"));
    json_decref(queue);
}

void sqs_untag(struct request *request, json_t *input)
{
    json_t *queue = sqs_queue(request, input), *key;
    size_t i;

    if (!queue)
        return;
    json_array_foreach (json_object_get(input, "TagKeys"), i, key)
        json_object_del(json_object_get(queue, "tags"), json_string_value(key));
    save_tags(request, queue, json_object_get(queue, "tags"));
    json_decref(queue);
}

void sqs_list_tags(struct request *request, json_t *input)
{
    json_t *queue = sqs_queue(request, input);

    if (queue)
        request_reply(request, 200, json_pack("{s:O}", "Tags", json_object_get(queue, "tags")));
    json_decref(queue);
}
