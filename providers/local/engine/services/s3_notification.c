/* The notification configuration of buckets; events are sent by events/bucket_events.c. */
#include "core/hash.h"
#include "core/json.h"
#include "core/memory.h"
#include "providers/local/engine/events/bucket_events.h"
#include "providers/local/engine/events/deliver.h"
#include "providers/local/engine/services/s3.h"

#include <string.h>

/* The value of a filter's rule; "" when there is none. */
static const char *rule_value(const json_t *entry, const char *letters)
{
    json_t *rules = s3_items(json_at(entry, "Filter.S3Key"), "FilterRule"), *rule;
    const char *value = "";
    size_t i;

    json_array_foreach (rules, i, rule)
        if (strchr(letters, json_string_at(rule, "Name")[0]))
            value = json_string_at(rule, "Value");
    json_decref(rules);
    return value;
}

static bool starts(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

static bool ends(const char *text, const char *end)
{
    size_t len = strlen(text), end_len = strlen(end);

    return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

/* Whether a key may have both filters. */
static bool filters_overlap(const json_t *one, const json_t *other)
{
    const char *prefix = rule_value(one, "Pp"), *prefix_2 = rule_value(other, "Pp");
    const char *suffix = rule_value(one, "Ss"), *suffix_2 = rule_value(other, "Ss");

    return (starts(prefix, prefix_2) || starts(prefix_2, prefix)) &&
           (ends(suffix, suffix_2) || ends(suffix_2, suffix));
}

/* "s3:ObjectCreated:*" and "s3:ObjectCreated:Put" have an event in common. */
static bool names_overlap(const char *one, const char *other)
{
    size_t len = strcspn(one, "*"), other_len = strcspn(other, "*");
    size_t least = len < other_len ? len : other_len;

    if (!one[len] && !other[other_len])
        return strcmp(one, other) == 0;
    return strncmp(one, other, least) == 0;
}

/* An Event, or a list of them. */
static json_t *events_of(const json_t *entry)
{
    json_t *events = json_object_get(entry, "Event");

    if (!events)
        return json_array();
    return json_is_array(events) ? json_incref(events) : json_pack("[O]", events);
}

static bool events_overlap(const json_t *one, const json_t *other)
{
    json_t *events = events_of(one), *others = events_of(other), *event, *item;
    bool overlap = false;
    size_t i, k;

    json_array_foreach (events, i, event)
        json_array_foreach (others, k, item)
            overlap = overlap || names_overlap(json_string_value(event), json_string_value(item));
    json_decref(events);
    json_decref(others);
    return overlap;
}

/* All entries of a configuration in one array, the caller's. */
static json_t *all_entries(const json_t *configuration)
{
    json_t *all = json_array();

    for (size_t i = 0; i < BUCKET_TARGETS; i++) {
        json_t *entries = s3_items(configuration, bucket_targets[i][0]);

        json_array_extend(all, entries);
        json_decref(entries);
    }
    return all;
}

static bool overlap_somewhere(const json_t *configuration)
{
    json_t *all = all_entries(configuration), *one;
    bool overlap = false;
    size_t i;

    json_array_foreach (all, i, one)
        for (size_t k = 0; k < json_array_size(all); k++) {
            const json_t *other = json_array_get(all, k);

            overlap =
                overlap || (k != i && events_overlap(one, other) && filters_overlap(one, other));
        }
    json_decref(all);
    return overlap;
}

/* The target of an entry; NULL: it names none. */
static const char *target_of(const json_t *entry)
{
    for (size_t i = 0; i < BUCKET_TARGETS; i++)
        if (*json_string_at(entry, bucket_targets[i][1]))
            return json_string_at(entry, bucket_targets[i][1]);
    return NULL;
}

static bool has_events(const json_t *entry)
{
    json_t *events = events_of(entry), *event;
    bool valid = json_array_size(events) > 0;
    size_t i;

    json_array_foreach (events, i, event)
        valid = valid && json_is_string(event);
    json_decref(events);
    return valid;
}

static bool check(struct request *request, const char *bucket, const json_t *configuration)
{
    json_t *all = all_entries(configuration), *entry;
    json_t *arn = json_sprintf("arn:%s:s3:::%s", request_partition(request), bucket);
    const struct sender sender = {"s3.amazonaws.com", json_string_value(arn)};
    const char *message = NULL;
    size_t i;

    json_array_foreach (all, i, entry) {
        const char *target = target_of(entry);

        if (!target || !has_events(entry))
            message = "An entry has no event or no destination";
        else if (!deliver_may(request->engine, target, &sender))
            message = "Unable to validate the following destination configurations";
    }
    if (!message && overlap_somewhere(configuration))
        message = "Configurations overlap. Configurations on the same bucket cannot share a common "
                  "event type.";
    if (message)
        request_fail(request, 400, "InvalidArgument", "%s", message);
    json_decref(arn);
    json_decref(all);
    return message == NULL;
}

/* Entries without an Id get one. */
static void add_ids(json_t *configuration)
{
    json_t *all = all_entries(configuration), *entry;
    char id[UUID_LEN];
    size_t i;

    json_array_foreach (all, i, entry) {
        if (*json_string_at(entry, "Id"))
            continue;
        hash_uuid(id);
        json_object_set_new(entry, "Id", json_string(id));
    }
    json_decref(all);
}

void s3_put_notification(struct request *request, json_t *input)
{
    json_t *row = s3_bucket(request, input), *body;
    char *text;

    if (!row)
        return;
    body = s3_body(request, "NotificationConfiguration", false);
    if (body && check(request, json_string_at(row, "name"), body)) {
        add_ids(body);
        text = json_object_size(body) ? json_dumps(body, JSON_COMPACT) : NULL;
        if (store_run(request->engine->store,
                      "UPDATE s3_buckets SET notification = ? WHERE name = ?", "ss", text,
                      json_string_at(row, "name")) < 0)
            request_fail_write(request);
        else
            s3_done(request, 200, NULL);
        free(text);
    }
    json_decref(body);
    json_decref(row);
}

void s3_get_notification(struct request *request, json_t *input)
{
    json_t *row = s3_bucket(request, input), *found;

    if (!row)
        return;
    found = store_row(request->engine->store,
                      "SELECT notification AS \"{notification\" FROM s3_buckets WHERE name = ?",
                      "s", json_string_at(row, "name"));
    json_decref(row);
    row = json_incref(json_object_get(found, "notification"));
    json_decref(found);
    s3_reply(request, "NotificationConfiguration", row ? row : json_object());
}
