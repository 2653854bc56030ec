#include "providers/local/engine/events/queue_event.h"

#include "core/arn.h"
#include "core/json.h"
#include "providers/local/engine/engine.h"
#include "providers/local/engine/events/event_pattern.h"
#include "providers/local/engine/events/message_attributes.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static json_t *number_text(const json_t *row, const char *key)
{
    return json_sprintf("%lld", (long long)json_int_at(row, key));
}

static json_t *system_attributes(const json_t *row)
{
    static const char *const texts[][2] = {{"MessageGroupId", "group_id"},
                                           {"MessageDeduplicationId", "deduplication"},
                                           {"DeadLetterQueueSourceArn", "source"}};
    json_t *attributes =
        json_pack("{s:o, s:o, s:s, s:o}", "ApproximateReceiveCount", number_text(row, "received"),
                  "SentTimestamp", number_text(row, "sent"), "SenderId", ENGINE_ACCOUNT,
                  "ApproximateFirstReceiveTimestamp", number_text(row, "first"));

    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        if (json_object_get(row, texts[i][1]))
            json_object_set(attributes, texts[i][0], json_object_get(row, texts[i][1]));
    if (json_object_get(row, "deduplication"))
        json_object_set(attributes, "SequenceNumber", json_object_get(row, "sequence"));
    return attributes;
}

json_t *queue_event_record(const json_t *row, const char *arn)
{
    const json_t *attributes = json_object_get(row, "attributes");
    char md5[MESSAGE_MD5_LEN];
    char *region = arn_take(arn, ARN_REGION);
    json_t *record;

    message_body_md5(json_string_at(row, "body"), md5);
    record = json_pack("{s:s, s:s, s:s, s:o, s:o, s:s, s:s, s:s, s:s}", "messageId",
                       json_string_at(row, "message_id"), "receiptHandle",
                       json_string_at(row, "receipt"), "body", json_string_at(row, "body"),
                       "attributes", system_attributes(row), "messageAttributes",
                       message_attributes_event(attributes), "md5OfBody", md5, "eventSource",
                       "aws:sqs", "eventSourceARN", arn, "awsRegion", region);
    if (json_object_size(attributes)) {
        message_attributes_md5(attributes, md5);
        json_object_set_new(record, "md5OfMessageAttributes", json_string(md5));
    }
    free(region);
    return record;
}

bool queue_event_wanted(const json_t *patterns, const json_t *record)
{
    const char *text = json_string_at(record, "body");
    json_t *inside = json_loads(text, 0, NULL), *pattern;
    json_t *opened = json_copy((json_t *)(uintptr_t)record);
    bool wanted = json_array_size(patterns) == 0;
    size_t i;

    json_object_set_new(opened, "body", inside ? inside : json_null());
    json_array_foreach (patterns, i, pattern) {
        bool plain = !json_is_object(json_object_get(pattern, "body"));

        /* A plain pattern is for plain texts: a body that is JSON is none. */
        wanted = wanted || (plain ? (!inside || !json_object_get(pattern, "body")) &&
                                        event_pattern_matches(pattern, record)
                                  : event_pattern_matches(pattern, opened));
    }
    json_decref(opened);
    return wanted;
}

static bool is_message(const json_t *rows, const char *id)
{
    json_t *row;
    size_t i;

    json_array_foreach (rows, i, row)
        if (strcmp(json_string_at(row, "message_id"), id) == 0)
            return true;
    return false;
}

json_t *queue_event_failures(const char *answer, size_t len, const json_t *rows)
{
    json_t *root = json_loadb(answer, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    json_t *list = json_object_get(root, "batchItemFailures"), *item, *ids = json_array();
    bool understood = root && (!list || json_is_null(list) || json_is_array(list));
    size_t i;

    json_array_foreach (list, i, item) {
        const char *id = json_string_at(item, "itemIdentifier");

        understood = understood && is_message(rows, id);
        json_array_append_new(ids, json_string(id));
    }
    json_decref(root);
    if (understood)
        return ids;
    json_decref(ids);
    return NULL;
}
