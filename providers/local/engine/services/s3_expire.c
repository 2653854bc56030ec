#include "core/json.h"
#include "providers/local/engine/loop.h"
#include "providers/local/engine/services/s3.h"

#include <stdlib.h>
#include <string.h>

enum { HOUR = 3600 * 1000, DAY = 24 * HOUR };

/* The prefix of a rule, wherever the rule has it; "": all objects. NULL: it looks at more than
 * that, and is left alone. */
static const char *rule_prefix(const json_t *rule)
{
    const json_t *filter = json_object_get(rule, "Filter");

    if (json_object_get(filter, "And") || json_object_get(filter, "Tag") ||
        json_object_get(filter, "ObjectSizeGreaterThan") ||
        json_object_get(filter, "ObjectSizeLessThan"))
        return NULL;
    return filter ? json_string_at(filter, "Prefix") : json_string_at(rule, "Prefix");
}

/* Runs `select`, then `delete`, with the bucket, the prefix and the time before which things are
 * too old; 0 days: the rule does not say. */
static void apply(struct engine *engine, const char *bucket, const json_t *rule, const char *days,
                  const char *select, const char *delete)
{
    const char *prefix = rule_prefix(rule);
    int64_t age = strtoll(json_string_at(rule, days), NULL, 10);
    int64_t before = clock_now(engine->clock) - age * DAY;
    json_t *blobs;

    if (!prefix || age <= 0 || strcmp(json_string_at(rule, "Status"), "Enabled") != 0)
        return;
    blobs = store_rows(engine->store, select, "ssi", bucket, prefix, before);
    store_run(engine->store, delete, "ssi", bucket, prefix, before);
    s3_drop_blobs(engine->store, blobs);
}

#define OBJECTS                                                                                    \
    " FROM s3_objects WHERE bucket = ?1 AND substr(key, 1, length(?2)) = ?2"                       \
    " AND modified < ?3"
#define UPLOADS                                                                                    \
    " FROM s3_uploads WHERE bucket = ?1 AND substr(key, 1, length(?2)) = ?2"                       \
    " AND created < ?3"

static void apply_rules(struct engine *engine, const json_t *bucket)
{
    json_t *rules = s3_items(json_object_get(bucket, "lifecycle"), "Rule"), *rule;
    const char *name = json_string_at(bucket, "name");
    size_t i;

    json_array_foreach (rules, i, rule) {
        apply(engine, name, rule, "Expiration.Days", "SELECT blob" OBJECTS, "DELETE" OBJECTS);
        apply(engine, name, rule, "AbortIncompleteMultipartUpload.DaysAfterInitiation",
              "SELECT blob FROM s3_parts WHERE upload IN (SELECT id" UPLOADS ")", "DELETE" UPLOADS);
    }
    json_decref(rules);
}

static void expire_again(void *context)
{
    s3_expire(context);
}

void s3_expire(struct engine *engine)
{
    json_t *buckets = store_rows(engine->store,
                                 "SELECT name, lifecycle AS \"{lifecycle\" FROM s3_buckets"
                                 " WHERE lifecycle IS NOT NULL",
                                 ""),
           *bucket;
    size_t i;

    json_array_foreach (buckets, i, bucket)
        apply_rules(engine, bucket);
    loop_cancel_timer(engine->loop, engine->s3_timer);
    /* Without a rule anywhere there is nothing to wake up for. */
    engine->s3_timer =
        json_array_size(buckets) ? loop_add_timer(engine->loop, HOUR, expire_again, engine) : 0;
    json_decref(buckets);
}
