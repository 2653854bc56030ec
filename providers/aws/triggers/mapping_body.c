#include "providers/aws/triggers/mapping_body.h"

#include "core/json.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

enum { QUEUE_BATCH = 10, STREAM_BATCH = 100 }; /* Lambda's defaults */

/* FilterCriteria of a list of filters, which it takes; an empty object when there is none. */
static json_t *criteria(json_t *filters)
{
    json_t *result = json_object();

    if (json_array_size(filters))
        json_object_set(result, "Filters", filters);
    json_decref(filters);
    return result;
}

static json_t *wanted_filters(const struct trigger *trigger)
{
    json_t *patterns = trigger_patterns(trigger), *filters = json_array(), *pattern;
    size_t i;

    json_array_foreach (patterns, i, pattern) {
        char *text = json_canonical(pattern);

        json_array_append_new(filters, json_pack("{s:s}", "Pattern", text));
        free(text);
    }
    json_decref(patterns);
    return criteria(filters);
}

json_t *mapping_wanted(const struct trigger *trigger)
{
    bool stream = trigger_is_stream(trigger);
    int64_t batch = trigger->batch_size ? trigger->batch_size : stream ? STREAM_BATCH : QUEUE_BATCH;
    json_t *wanted =
        json_pack("{s:b, s:I, s:I, s:o}", "Enabled", trigger->enabled, "BatchSize",
                  (json_int_t)batch, "MaximumBatchingWindowInSeconds", (json_int_t)trigger->window,
                  "FilterCriteria", wanted_filters(trigger));

    json_object_set_new(wanted, "FunctionResponseTypes",
                        trigger->partial_failures ? json_pack("[s]", "ReportBatchItemFailures")
                                                  : json_array());
    if (stream) {
        bool latest = strcmp(trigger->starting_position, "latest") == 0;

        json_object_set_new(wanted, "StartingPosition",
                            json_string(latest ? "LATEST" : "TRIM_HORIZON"));
        return wanted;
    }
    json_object_set_new(
        wanted, "ScalingConfig",
        trigger->maximum_concurrency
            ? json_pack("{s:I}", "MaximumConcurrency", (json_int_t)trigger->maximum_concurrency)
            : json_object());
    return wanted;
}

/* Patterns may be written in more than one way. */
static json_t *found_filters(const json_t *mapping)
{
    json_t *filters = json_array(), *filter;
    size_t i;

    json_array_foreach (json_at(mapping, "FilterCriteria.Filters"), i, filter) {
        json_t *pattern = json_loads(json_string_at(filter, "Pattern"), 0, NULL);
        char *text = pattern ? json_canonical(pattern) : xstrdup(json_string_at(filter, "Pattern"));

        json_array_append_new(filters, json_pack("{s:s}", "Pattern", text));
        json_decref(pattern);
        free(text);
    }
    return criteria(filters);
}

json_t *mapping_found(const json_t *mapping)
{
    const char *state = json_string_at(mapping, "State");
    json_t *types = json_at(mapping, "FunctionResponseTypes");
    json_t *scaling = json_at(mapping, "ScalingConfig"), *found;

    found = json_pack("{s:b, s:I, s:I, s:o, s:o, s:o}", "Enabled", strncmp(state, "Disabl", 6) != 0,
                      "BatchSize", (json_int_t)json_int_at(mapping, "BatchSize"),
                      "MaximumBatchingWindowInSeconds",
                      (json_int_t)json_int_at(mapping, "MaximumBatchingWindowInSeconds"),
                      "FilterCriteria", found_filters(mapping), "FunctionResponseTypes",
                      json_is_array(types) ? json_incref(types) : json_array(), "ScalingConfig",
                      json_is_object(scaling) ? json_incref(scaling) : json_object());
    if (json_object_get(mapping, "StartingPosition"))
        json_object_set(found, "StartingPosition", json_object_get(mapping, "StartingPosition"));
    return found;
}

static bool is_empty(const json_t *value)
{
    return (json_is_object(value) && !json_object_size(value)) ||
           (json_is_array(value) && !json_array_size(value));
}

json_t *mapping_for_create(const json_t *wanted)
{
    json_t *body = json_object(), *value;
    const char *key;

    json_object_foreach ((json_t *)wanted, key, value)
        if (!is_empty(value))
            json_object_set(body, key, value);
    return body;
}

json_t *mapping_difference(const json_t *found, const json_t *wanted)
{
    json_t *difference = json_object(), *value;
    const char *key;

    json_object_foreach ((json_t *)wanted, key, value)
        if (!json_equal(json_object_get(found, key), value))
            json_object_set(difference, key, value);
    return difference;
}

json_t *mapping_told(const json_t *body)
{
    json_t *told = json_object(), *value;
    const char *key;

    json_object_foreach ((json_t *)body, key, value) {
        if (is_empty(value))
            continue;
        if (strcmp(key, "ScalingConfig") == 0)
            json_object_update(told, value);
        else if (strcmp(key, "FilterCriteria") == 0)
            json_object_update(told, value);
        else
            json_object_set(told, key, value);
    }
    return told;
}
