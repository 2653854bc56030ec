#include "providers/aws/triggers/notification_body.h"

#include "core/buf.h"
#include "core/json.h"
#include "core/memory.h"
#include "providers/aws/storage/s3.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ENTRY "CloudFunctionConfiguration"
#define ID_START "fnctl-"

/* "fnctl-NAME-1" is ours for NAME, "fnctl-NAME-other-1" is another function's. */
static bool is_our_id(const char *id, const char *name)
{
    size_t start = strlen(ID_START), len = strlen(name);
    const char *number = id + start + len;

    if (strncmp(id, ID_START, start) != 0 || strncmp(id + start, name, len) != 0 ||
        *number++ != '-')
        return false;
    return *number && number[strspn(number, "0123456789")] == '\0';
}

static json_t *filter_rule(const char *name, const char *value)
{
    return json_pack("{s:s, s:s}", "Name", name, "Value", value);
}

/* The filter of an entry; NULL: every key. */
static json_t *wanted_filter(const struct trigger *trigger)
{
    json_t *rules = json_array();

    if (trigger->prefix && *trigger->prefix)
        json_array_append_new(rules, filter_rule("prefix", trigger->prefix));
    if (trigger->suffix && *trigger->suffix)
        json_array_append_new(rules, filter_rule("suffix", trigger->suffix));
    if (json_array_size(rules))
        return json_pack("{s:{s:o}}", "S3Key", "FilterRule", rules);
    json_decref(rules);
    return NULL;
}

static json_t *wanted_entry(const struct trigger *trigger, const char *name, size_t number,
                            const char *function_arn)
{
    json_t *events = json_array();
    json_t *entry =
        json_pack("{s:o, s:s, s:o}", "Id", json_sprintf(ID_START "%s-%zu", name, number),
                  "CloudFunction", function_arn, "Event", events);
    json_t *filter = wanted_filter(trigger);

    for (size_t i = 0; i < trigger->events.count; i++)
        json_array_append_new(events, json_string(trigger->events.items[i]));
    if (!trigger->events.count)
        json_array_append_new(events, json_string("s3:ObjectCreated:*"));
    if (filter)
        json_object_set_new(entry, "Filter", filter);
    return entry;
}

json_t *notification_wanted(const struct function *function, const char *bucket, const char *name,
                            const char *function_arn)
{
    json_t *wanted = json_array();

    for (size_t i = 0; i < function->triggers.count; i++) {
        const struct trigger *trigger = function_trigger_at(function, i);

        if (trigger->kind == TRIGGER_S3 && strcmp(trigger->source, bucket) == 0)
            json_array_append_new(
                wanted, wanted_entry(trigger, name, json_array_size(wanted) + 1, function_arn));
    }
    return wanted;
}

static int compare_texts(const void *left, const void *right)
{
    const json_t *const *one = left, *const *other = right;

    return strcmp(json_string_value(*one), json_string_value(*other));
}

static int compare_rules(const void *left, const void *right)
{
    const json_t *const *one = left, *const *other = right;

    return strcmp(json_string_at(*one, "Name"), json_string_at(*other, "Name"));
}

static int compare_ids(const void *left, const void *right)
{
    const json_t *const *one = left, *const *other = right;
    const char *id = json_string_at(*one, "Id"), *id_2 = json_string_at(*other, "Id");

    /* Numbers at the end: the shorter one is the smaller. */
    return strlen(id) != strlen(id_2) ? (strlen(id) < strlen(id_2) ? -1 : 1) : strcmp(id, id_2);
}

/* A sorted copy of an array of items that all are such as `compare` takes. */
static json_t *sorted(const json_t *list, int (*compare)(const void *, const void *))
{
    size_t count = json_array_size(list);
    json_t **items = xcalloc(count + 1, sizeof(*items));
    json_t *result = json_array();

    for (size_t i = 0; i < count; i++)
        items[i] = json_array_get(list, i);
    qsort(items, count, sizeof(*items), compare);
    for (size_t i = 0; i < count; i++)
        json_array_append(result, items[i]);
    free(items);
    return result;
}

/* What XML repeats: a list of one is just that one. */
static json_t *list_of(json_t *value)
{
    if (json_is_array(value))
        return json_incref(value);
    return value ? json_pack("[O]", value) : json_array();
}

/* An entry in one form, whatever the order of its events and rules, and S3's "Prefix" for "prefix".
 */
static json_t *normal_entry(const json_t *entry)
{
    json_t *events = list_of(json_object_get(entry, "Event"));
    json_t *rules = list_of(json_at(entry, "Filter.S3Key.FilterRule")), *rule;
    json_t *own = json_array(), *sorted_rules;
    json_t *result =
        json_pack("{s:O, s:O, s:o}", "Id", json_object_get(entry, "Id"), "CloudFunction",
                  json_object_get(entry, "CloudFunction"), "Event", sorted(events, compare_texts));
    size_t i;

    json_array_foreach (rules, i, rule) {
        const char *name = json_string_at(rule, "Name");

        json_array_append_new(own, filter_rule(strchr("Pp", *name) ? "prefix" : "suffix",
                                               json_string_at(rule, "Value")));
    }
    sorted_rules = sorted(own, compare_rules);
    if (json_array_size(own))
        json_object_set_new(result, "Filter",
                            json_pack("{s:{s:O}}", "S3Key", "FilterRule", sorted_rules));
    json_decref(sorted_rules);
    json_decref(own);
    json_decref(events);
    json_decref(rules);
    return result;
}

static bool is_ours(const json_t *entry, const char *name, const char *function_arn)
{
    return is_our_id(json_string_at(entry, "Id"), name) &&
           strcmp(json_string_at(entry, "CloudFunction"), function_arn) == 0 &&
           json_is_string(json_object_get(entry, "Id"));
}

json_t *notification_ours(const json_t *configuration, const char *name, const char *function_arn)
{
    json_t *entries = list_of(json_object_get(configuration, ENTRY)), *entry;
    json_t *ours = json_array(), *result;
    size_t i;

    json_array_foreach (entries, i, entry)
        if (is_ours(entry, name, function_arn))
            json_array_append_new(ours, normal_entry(entry));
    result = sorted(ours, compare_ids);
    json_decref(ours);
    json_decref(entries);
    return result;
}

json_t *notification_merge(const json_t *configuration, const json_t *wanted, const char *name,
                           const char *function_arn)
{
    json_t *merged = json_is_object(configuration) ? json_copy((json_t *)(uintptr_t)configuration)
                                                   : json_object();
    json_t *entries = list_of(json_object_get(configuration, ENTRY)), *entry;
    json_t *kept = json_array();
    size_t i;

    json_array_foreach (entries, i, entry)
        if (!is_ours(entry, name, function_arn))
            json_array_append(kept, entry);
    json_array_extend(kept, (json_t *)(uintptr_t)wanted);
    json_object_set(merged, ENTRY, kept);
    if (!json_array_size(kept))
        json_object_del(merged, ENTRY);
    json_decref(kept);
    json_decref(entries);
    return merged;
}

static void write_element(struct buf *out, const char *name, json_t *value)
{
    const char *key;
    json_t *item;
    size_t i;

    if (json_is_array(value)) {
        json_array_foreach (value, i, item)
            write_element(out, name, item);
        return;
    }
    buf_printf(out, "<%s>", name);
    if (json_is_string(value))
        s3_escape(out, json_string_value(value));
    json_object_foreach (value, key, item)
        write_element(out, key, item);
    buf_printf(out, "</%s>", name);
}

char *notification_xml(const json_t *configuration)
{
    const char *key;
    json_t *value;
    struct buf out;

    buf_init(&out, 0);
    buf_puts(&out, "<NotificationConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
    json_object_foreach ((json_t *)(uintptr_t)configuration, key, value)
        write_element(&out, key, value);
    buf_puts(&out, "</NotificationConfiguration>");
    return buf_take(&out);
}
