#include "cli/import.h"
#include "core/arn.h"
#include "core/json.h"
#include "core/schema.h"
#include "core/settings.h"

#include <stdlib.h>
#include <string.h>

/* The members of a mapping that a trigger has; numbers are left out when they are as usual. */
static const struct {
    const char *member, *ours;
    int64_t usual;
} members[] = {
    {"BatchSize", "batch_size", 10},
    {"MaximumBatchingWindowInSeconds", "window", 0},
    {"ScalingConfig.MaximumConcurrency", "maximum_concurrency", 0},
    {"StartingPosition", "starting_position", 0},
};

bool import_knows_trigger(const char *key)
{
    const struct field *triggers = schema_find(function_fields, "triggers");
    const struct field *field = triggers && !triggers->later && triggers->children
                                    ? schema_find(triggers->children, key)
                                    : NULL;

    return field && !field->later;
}

/* The patterns of FilterCriteria, which are JSON in texts. */
static json_t *filters_of(const json_t *mapping)
{
    json_t *patterns = json_array(), *filter;
    size_t i;

    json_array_foreach (json_at(mapping, "FilterCriteria.Filters"), i, filter) {
        json_t *pattern = json_loads(json_string_at(filter, "Pattern"), 0, NULL);

        if (pattern) {
            json_array_append_new(patterns, import_literal(pattern));
            json_decref(pattern);
        }
    }
    return patterns;
}

json_t *import_mapping(const json_t *mapping)
{
    const char *arn = json_string_at(mapping, "EventSourceArn");
    const json_t *answers = json_at(mapping, "FunctionResponseTypes");
    char *service = arn_take(arn, ARN_SERVICE);
    json_t *trigger = NULL, *filters = filters_of(mapping);

    if (*service && import_knows_trigger(service))
        trigger = json_pack("{s:s}", service, arn);
    for (size_t i = 0; trigger && i < sizeof(members) / sizeof(*members); i++) {
        json_t *value = json_at(mapping, members[i].member);

        if (value && import_knows_trigger(members[i].ours) &&
            !(json_is_integer(value) && json_integer_value(value) == members[i].usual))
            json_object_set(trigger, members[i].ours, value);
    }
    if (trigger && json_array_size(answers) && import_knows_trigger("partial_failures"))
        json_object_set_new(trigger, "partial_failures", json_true());
    if (trigger && json_array_size(filters) && import_knows_trigger("filter"))
        json_object_set(trigger, "filter", filters);
    if (trigger && strcmp(json_string_at(mapping, "State"), "Disabled") == 0)
        json_object_set_new(trigger, "enabled", json_false());
    json_decref(filters);
    free(service);
    return trigger;
}
