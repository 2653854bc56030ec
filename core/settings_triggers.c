#include "core/settings_triggers.h"

#include "core/arn.h"
#include "core/json.h"
#include "core/settings_checks.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

enum {
    WINDOWLESS_BATCH = 10, /* messages of SQS that a call can have without a window; all of FIFO */
    PATTERNS_MAX = 5,      /* of a mapping, as long as nobody asked for more */
    PATTERN_MAX = 4096     /* bytes */
};

/* The kinds of sources, by the key that says which one it is. */
static const struct kind {
    const char *key;
    const char *options; /* the keys that go with it */
    const char *service; /* of its ARN */
    const char *letters; /* of its name, and how long it may be */
    size_t max;
    const char *what;
} kinds[] = {
    [TRIGGER_SQS] = {"sqs", "batch_size window maximum_concurrency partial_failures filter enabled",
                     "sqs", LOWER UPPER DIGITS "-_", 80, "queue"},
    [TRIGGER_DYNAMODB] = {"dynamodb",
                          "batch_size window starting_position partial_failures filter enabled",
                          "dynamodb", LOWER UPPER DIGITS "-_.", 255, "table"},
    [TRIGGER_KINESIS] = {"kinesis",
                         "batch_size window starting_position partial_failures filter enabled",
                         "kinesis", LOWER UPPER DIGITS "-_.", 128, "stream"},
    [TRIGGER_S3] = {"s3", "events prefix suffix", "s3", LOWER DIGITS "-.", 63, "bucket"},
};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

/* https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html
 */
static const char *const bucket_events[] = {
    "s3:ObjectCreated:*",
    "s3:ObjectCreated:Put",
    "s3:ObjectCreated:Post",
    "s3:ObjectCreated:Copy",
    "s3:ObjectCreated:CompleteMultipartUpload",
    "s3:ObjectRemoved:*",
    "s3:ObjectRemoved:Delete",
    "s3:ObjectRemoved:DeleteMarkerCreated",
    "s3:ObjectRestore:*",
    "s3:ObjectRestore:Post",
    "s3:ObjectRestore:Completed",
    "s3:ObjectRestore:Delete",
    "s3:ReducedRedundancyLostObject",
    "s3:Replication:*",
    "s3:Replication:OperationFailedReplication",
    "s3:Replication:OperationNotTracked",
    "s3:Replication:OperationMissedThreshold",
    "s3:Replication:OperationReplicatedAfterThreshold",
    "s3:LifecycleTransition",
    "s3:LifecycleExpiration:*",
    "s3:LifecycleExpiration:Delete",
    "s3:LifecycleExpiration:DeleteMarkerCreated",
    "s3:IntelligentTiering",
    "s3:ObjectAcl:Put",
    "s3:ObjectTagging:*",
    "s3:ObjectTagging:Put",
    "s3:ObjectTagging:Delete",
    NULL,
};

static const char *const positions[] = {"latest", "trim-horizon", NULL};

const struct field trigger_fields[] = {
    {.name = "dynamodb",
     .type = FIELD_STRING,
     .offset = offsetof(struct trigger, dynamodb),
     .help = "the stream of a DynamoDB table: the table's name, or the stream's ARN",
     .example = "\"orders\""},
    {.name = "kinesis",
     .type = FIELD_STRING,
     .offset = offsetof(struct trigger, kinesis),
     .help = "a Kinesis stream, by its name or ARN",
     .example = "\"clicks\""},
    {.name = "starting_position",
     .type = FIELD_STRING,
     .offset = offsetof(struct trigger, starting_position),
     .help = "of a stream: where to begin, with what comes or with the oldest there is",
     .fallback = "latest",
     .choices = positions},
    {.name = "s3",
     .type = FIELD_STRING,
     .offset = offsetof(struct trigger, s3),
     .help = "an S3 bucket, by its name",
     .example = "\"weather-photos\"",
     .check = settings_check_bucket},
    {.name = "events",
     .type = FIELD_STRINGS,
     .offset = offsetof(struct trigger, events),
     .help = "events of a bucket; by default [\"s3:ObjectCreated:*\"]",
     .choices = bucket_events,
     .example = "[\"s3:ObjectCreated:*\", \"s3:ObjectRemoved:*\"]"},
    {.name = "prefix",
     .type = FIELD_STRING,
     .offset = offsetof(struct trigger, prefix),
     .help = "what keys of objects start with",
     .max = 1024,
     .example = "\"raw/\""},
    {.name = "suffix",
     .type = FIELD_STRING,
     .offset = offsetof(struct trigger, suffix),
     .help = "what keys of objects end with",
     .max = 1024,
     .example = "\".jpg\""},
    {.name = "sqs",
     .type = FIELD_STRING,
     .offset = offsetof(struct trigger, sqs),
     .help = "an SQS queue, by its name or ARN",
     .example = "\"orders\""},
    {.name = "enabled",
     .type = FIELD_BOOL,
     .offset = offsetof(struct trigger, enabled),
     .help = "whether it calls the function",
     .fallback = "true"},
    {.name = "batch_size",
     .type = FIELD_INT,
     .offset = offsetof(struct trigger, batch_size),
     .help = "events in one call at most; by default 10 of a queue, 100 of a stream",
     .min = 1,
     .max = 10000},
    {.name = "window",
     .type = FIELD_INT,
     .offset = offsetof(struct trigger, window),
     .help = "seconds that a call may wait for a batch to fill",
     .max = 300},
    {.name = "maximum_concurrency",
     .type = FIELD_INT,
     .offset = offsetof(struct trigger, maximum_concurrency),
     .help = "calls at the same time at most",
     .min = 2,
     .max = 1000},
    {.name = "partial_failures",
     .type = FIELD_BOOL,
     .offset = offsetof(struct trigger, partial_failures),
     .help = "whether the function answers with batchItemFailures, so that only those events come "
             "again",
     .fallback = "false"},
    {.name = "filter",
     .type = FIELD_JSON,
     .offset = offsetof(struct trigger, filter),
     .help = "which events: a pattern or a list of them, as EventBridge has them",
     .example = "[{\"body\": {\"kind\": [\"order\"]}}]"},
    FIELD_END,
};

const char *trigger_kind_name(enum trigger_kind kind)
{
    return kinds[kind].key;
}

/* "table/NAME/stream/LABEL": the name stands in the middle. */
static const char *table_name(const char *arn)
{
    const char *table = strstr(arn, ":table/");

    return table ? table + strlen(":table/") : arn;
}

const char *trigger_source_name(const struct trigger *trigger)
{
    if (strncmp(trigger->source, "arn:", 4) != 0)
        return trigger->source;
    return trigger->kind == TRIGGER_DYNAMODB ? table_name(trigger->source)
                                             : arn_name(trigger->source);
}

bool trigger_is_stream(const struct trigger *trigger)
{
    return trigger->kind == TRIGGER_DYNAMODB || trigger->kind == TRIGGER_KINESIS;
}

bool trigger_is_polled(const struct trigger *trigger)
{
    return trigger->kind == TRIGGER_SQS || trigger_is_stream(trigger);
}

bool trigger_same_source(const struct trigger *trigger, const struct trigger *other)
{
    /* A bucket may tell a function of several kinds of events. */
    return trigger->kind == other->kind && trigger->kind != TRIGGER_S3 &&
           strcmp(trigger_source_name(trigger), trigger_source_name(other)) == 0;
}

json_t *trigger_patterns(const struct trigger *trigger)
{
    if (!trigger->filter)
        return json_array();
    return json_is_array(trigger->filter) ? json_incref(trigger->filter)
                                          : json_pack("[O]", trigger->filter);
}

/* Whether `word` is one of the space-separated words of `list`. */
static bool has_word(const char *list, const char *word)
{
    size_t len = strlen(word);

    for (const char *at = list; (at = strstr(at, word)); at += len)
        if ((at == list || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
            return true;
    return false;
}

static const char *source_of(const struct trigger *trigger, size_t kind)
{
    const char *const sources[KINDS] = {[TRIGGER_SQS] = trigger->sqs,
                                        [TRIGGER_S3] = trigger->s3,
                                        [TRIGGER_DYNAMODB] = trigger->dynamodb,
                                        [TRIGGER_KINESIS] = trigger->kinesis};

    return sources[kind];
}

static int find_kind(struct trigger *trigger, const struct schema_source *source,
                     const struct json_path *path, struct err *err)
{
    size_t given = 0;

    for (size_t i = 0; i < KINDS; i++) {
        if (!source_of(trigger, i))
            continue;
        given++;
        trigger->kind = (enum trigger_kind)i;
        trigger->source = source_of(trigger, i);
    }
    if (given == 1)
        return 0;
    return schema_error(
        source, path, false, err,
        "exactly one source must be set ('dynamodb', 'kinesis', 's3' or 'sqs'), not %zu", given);
}

/* Keys of other kinds mean nothing here, and whoever wrote them meant something. */
static int check_keys(const struct trigger *trigger, const json_t *written,
                      const struct schema_source *source, const struct json_path *path,
                      struct err *err)
{
    const struct kind *kind = &kinds[trigger->kind];
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *)(uintptr_t)written, key, value) {
        const struct json_path step = {.parent = path, .key = key};

        if (strcmp(key, kind->key) != 0 && !has_word(kind->options, key))
            return schema_error(source, &step, true, err,
                                "does not go with '%s', whose keys are: %s", kind->key,
                                kind->options);
    }
    return 0;
}

static bool is_fifo(const struct trigger *trigger)
{
    const char *name = trigger_source_name(trigger);
    size_t len = strlen(name);

    return len > 5 && strcmp(name + len - 5, ".fifo") == 0;
}

static int check_source(const struct trigger *trigger, const struct schema_source *source,
                        const struct json_path *path, struct err *err)
{
    const struct kind *kind = &kinds[trigger->kind];
    const struct json_path step = {.parent = path, .key = kind->key};
    const char *name = trigger_source_name(trigger);
    size_t fifo = trigger->kind == TRIGGER_SQS && is_fifo(trigger) ? 5 : 0;
    size_t len = strlen(name);

    if (strncmp(trigger->source, "arn:", 4) == 0 && !arn_is(trigger->source, kind->service, NULL))
        return schema_error(source, &step, false, err, "'%.80s' is not the ARN of a %s",
                            trigger->source, kind->what);
    if (trigger->kind == TRIGGER_DYNAMODB && name != trigger->source) {
        if (strstr(name, "/stream/"))
            return 0;
        return schema_error(source, &step, false, err,
                            "'%.80s' is not the ARN of a table's stream; name the table instead",
                            trigger->source);
    }
    if (len > fifo && len <= kind->max && strspn(name, kind->letters) + fifo >= len)
        return 0;
    return schema_error(source, &step, false, err,
                        "'%.80s' is no %s: must be a name of 1 to %zu letters, digits, '-' and "
                        "'_', or an ARN",
                        trigger->source, kind->what, kind->max);
}

static int check_batches(const struct trigger *trigger, const struct schema_source *source,
                         const struct json_path *path, struct err *err)
{
    const struct json_path size = {.parent = path, .key = "batch_size"};
    const struct json_path window = {.parent = path, .key = "window"};

    if (trigger->kind != TRIGGER_SQS)
        return 0;
    if (is_fifo(trigger) && trigger->window)
        return schema_error(source, &window, false, err, "a FIFO queue can have no window");
    if (trigger->batch_size <= WINDOWLESS_BATCH)
        return 0;
    if (is_fifo(trigger))
        return schema_error(source, &size, false, err, "must be at most %d for a FIFO queue",
                            WINDOWLESS_BATCH);
    if (!trigger->window)
        return schema_error(source, &size, false, err,
                            "above %d needs a 'window' of at least 1 second", WINDOWLESS_BATCH);
    return 0;
}

/* A pattern is an object whose leaves are lists of what may be there. */
static bool is_pattern(const json_t *pattern, int depth)
{
    const char *key;
    json_t *value;

    if (!json_object_size(pattern) || depth > 32)
        return false;
    json_object_foreach ((json_t *)(uintptr_t)pattern, key, value)
        if (!(json_is_array(value) && json_array_size(value)) && !is_pattern(value, depth + 1))
            return false;
    return true;
}

static int check_filter(const struct trigger *trigger, const struct schema_source *source,
                        const struct json_path *path, struct err *err)
{
    const struct json_path list = {.parent = path, .key = "filter"};
    json_t *patterns = trigger_patterns(trigger), *pattern;
    int result = 0;
    size_t i;

    if (json_array_size(patterns) > PATTERNS_MAX)
        result = schema_error(source, &list, false, err, "has %zu patterns, but AWS allows %d",
                              json_array_size(patterns), PATTERNS_MAX);
    json_array_foreach (patterns, i, pattern) {
        const struct json_path item = {.parent = &list, .index = i};
        const struct json_path *place = json_is_array(trigger->filter) ? &item : &list;
        char *text = json_canonical(pattern);

        if (result == 0 && !is_pattern(pattern, 0))
            result = schema_error(source, place, false, err,
                                  "must be an event pattern: an object whose innermost values are "
                                  "lists, as in {\"body\": {\"kind\": [\"order\"]}}");
        else if (result == 0 && strlen(text) > PATTERN_MAX)
            result = schema_error(source, place, false, err, "has %zu bytes, but AWS allows %d",
                                  strlen(text), PATTERN_MAX);
        free(text);
    }
    json_decref(patterns);
    return result;
}

int trigger_check(struct trigger *trigger, const json_t *written,
                  const struct schema_source *source, const struct json_path *path, struct err *err)
{
    if (find_kind(trigger, source, path, err) < 0 ||
        check_keys(trigger, written, source, path, err) < 0 ||
        check_source(trigger, source, path, err) < 0 ||
        check_batches(trigger, source, path, err) < 0)
        return -1;
    return check_filter(trigger, source, path, err);
}
