#include "providers/local/engine/events/bucket_events.h"

#include "core/buf.h"
#include "core/hash.h"
#include "core/http.h"
#include "core/json.h"
#include "providers/local/engine/events/deliver.h"
#include "providers/local/engine/services/s3.h"

#include <stdlib.h>
#include <string.h>

const char *const bucket_targets[BUCKET_TARGETS][2] = {
    {"CloudFunctionConfiguration", "CloudFunction"},
    {"QueueConfiguration", "Queue"},
    {"TopicConfiguration", "Topic"},
};

/* "s3:ObjectCreated:*" is any of them. */
static bool names_event(const char *wanted, const char *name)
{
    size_t len = strlen(wanted);

    if (strncmp(wanted, "s3:", 3) != 0)
        return false;
    if (len > 4 && wanted[len - 1] == '*')
        return strncmp(wanted + 3, name, len - 4) == 0;
    return strcmp(wanted + 3, name) == 0;
}

static bool texts_match(const json_t *value, const char *name)
{
    const json_t *item;
    size_t i;

    if (json_is_string(value))
        return names_event(json_string_value(value), name);
    json_array_foreach (value, i, item)
        if (names_event(json_string_value(item), name))
            return true;
    return false;
}

static bool rule_holds(const json_t *rule, const char *key)
{
    const char *value = json_string_at(rule, "Value");
    size_t len = strlen(value), key_len = strlen(key);

    if (strchr("Pp", json_string_at(rule, "Name")[0]))
        return strncmp(key, value, len) == 0;
    return key_len >= len && strcmp(key + key_len - len, value) == 0;
}

bool bucket_events_match(const json_t *entry, const char *name, const char *key)
{
    json_t *rules, *rule;
    bool holds = texts_match(json_object_get(entry, "Event"), name);
    size_t i;

    rules = s3_items(json_at(entry, "Filter.S3Key"), "FilterRule");
    json_array_foreach (rules, i, rule)
        holds = holds && rule_holds(rule, key);
    json_decref(rules);
    return holds;
}

/* Keys are written as in forms, which is why handlers decode them. */
static char *encoded_key(const char *key)
{
    struct buf encoded, out;

    buf_init(&encoded, 0);
    buf_init(&out, 0);
    http_encode(&encoded, key, strlen(key), true);
    for (const char *at = buf_string(&encoded); *at; at++) {
        if (strncmp(at, "%20", 3) == 0) {
            buf_putc(&out, '+');
            at += 2;
        } else {
            buf_putc(&out, *at);
        }
    }
    buf_release(&encoded);
    return buf_take(&out);
}

/* https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html */
static char *make_payload(struct engine *engine, const struct bucket_event *event,
                          const char *region, const char *id)
{
    int64_t now = clock_now(engine->clock);
    char time[CLOCK_RFC3339_LEN], request[UUID_LEN];
    char *key = encoded_key(event->key), *text;
    json_t *object = json_pack("{s:s, s:o}", "key", key, "sequencer",
                               json_sprintf("%016llX", (unsigned long long)now));
    json_t *payload;

    if (event->etag) {
        json_object_set_new(object, "size", json_integer(event->size));
        json_object_set_new(object, "eTag", json_string(event->etag));
    }
    clock_format_rfc3339(now, time);
    hash_uuid(request);
    payload = json_pack(
        "{s:[{s:s, s:s, s:s, s:s, s:s, s:{s:s}, s:{s:s}, s:{s:s, s:s}, s:{s:s, s:s, s:{s:s, "
        "s:{s:s},"
        " s:o}, s:o}}]}",
        "Records", "eventVersion", "2.1", "eventSource", "aws:s3", "awsRegion", region, "eventTime",
        time, "eventName", event->name, "userIdentity", "principalId", "AWS:" ENGINE_ACCOUNT,
        "requestParameters", "sourceIPAddress", "127.0.0.1", "responseElements", "x-amz-request-id",
        request, "x-amz-id-2", request, "s3", "s3SchemaVersion", "1.0", "configurationId", id,
        "bucket", "name", event->bucket, "ownerIdentity", "principalId", ENGINE_ACCOUNT, "arn",
        json_sprintf("arn:aws:s3:::%s", event->bucket), "object", object);
    text = json_dumps(payload, JSON_COMPACT);
    json_decref(payload);
    free(key);
    return text;
}

static void send(struct engine *engine, const struct bucket_event *event, const char *region,
                 const json_t *entry, const char *target)
{
    char *payload = make_payload(engine, event, region, json_string_at(entry, "Id"));
    json_t *arn = json_sprintf("arn:aws:s3:::%s", event->bucket);
    const struct sender sender = {"s3.amazonaws.com", json_string_value(arn)};
    struct err err = {0};

    if (deliver(engine, target, &sender, payload, &err) < 0)
        engine_log("bucket %s: %s of '%s' is not told: %s", event->bucket, event->name, event->key,
                   err.message);
    json_decref(arn);
    free(payload);
}

void bucket_events_tell(struct engine *engine, const struct bucket_event *event)
{
    json_t *row = store_row(engine->store,
                            "SELECT region, notification AS \"{notification\" FROM s3_buckets"
                            " WHERE name = ? AND notification IS NOT NULL",
                            "s", event->bucket);
    json_t *entries, *entry;
    size_t i;

    for (size_t k = 0; row && k < BUCKET_TARGETS; k++) {
        entries = s3_items(json_object_get(row, "notification"), bucket_targets[k][0]);
        json_array_foreach (entries, i, entry)
            if (bucket_events_match(entry, event->name, event->key))
                send(engine, event, json_string_at(row, "region"), entry,
                     json_string_at(entry, bucket_targets[k][1]));
        json_decref(entries);
    }
    json_decref(row);
}
