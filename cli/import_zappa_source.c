#include "cli/import_zappa_source.h"

#include "core/arn.h"
#include "core/json.h"

#include <stdlib.h>
#include <string.h>

/* The keys of Zappa's that a trigger has under another name or the same one. */
static const struct {
    const char *zappa, *ours;
} options[] = {
    {"batch_size", "batch_size"},
    {"batch_window", "window"},
    {"starting_position", "starting_position"},
    {"enabled", "enabled"},
    {"events", "events"},
    {"filters", "filter"},
};

/* S3's filters by the beginning and end of a key. */
static void add_key_filters(const json_t *filters, json_t *trigger)
{
    json_t *filter;
    size_t i;

    json_array_foreach (filters, i, filter) {
        const char *type = json_string_at(filter, "type");

        if (strcmp(type, "prefix") == 0 || strcmp(type, "suffix") == 0)
            json_object_set_new(trigger, type, import_literal(json_object_get(filter, "value")));
    }
}

static json_t *make_trigger(const char *service, const json_t *source)
{
    const char *arn = json_string_at(source, "arn");
    bool bucket = strcmp(service, "s3") == 0;
    json_t *trigger =
        json_pack("{s:s}", service, bucket && strrchr(arn, ':') ? strrchr(arn, ':') + 1 : arn);

    for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
        json_t *value = json_object_get(source, options[i].zappa);
        /* Only a bucket's trigger says which events; a topic has one kind. */
        bool fits = bucket || strcmp(options[i].ours, "events") != 0;

        if (value && fits && import_knows_trigger(options[i].ours) && !json_is_null(value))
            json_object_set_new(trigger, options[i].ours, import_literal(value));
    }
    if (bucket)
        add_key_filters(json_object_get(source, "key_filters"), trigger);
    if (json_is_true(json_object_get(trigger, "enabled")))
        json_object_del(trigger, "enabled");
    return trigger;
}

void zappa_source_convert(struct import *import, const json_t *event, json_t *function)
{
    const json_t *source = json_object_get(event, "event_source");
    char *service = arn_take(json_string_at(source, "arn"), ARN_SERVICE);

    if (*service && import_knows_trigger(service)) {
        json_t *triggers = json_object_get(function, "triggers");

        if (!triggers) {
            triggers = json_array();
            json_object_set_new(function, "triggers", triggers);
        }
        json_array_append_new(triggers, make_trigger(service, source));
    } else {
        import_note(import, "events",
                    "the source '%s' of %s is no trigger of this version; let it call the live "
                    "alias of the function",
                    json_string_at(source, "arn"), json_string_at(event, "function"));
    }
    free(service);
}
