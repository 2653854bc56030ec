/*
 * `triggers`: what calls a function besides HTTP and clocks. Limits and
 * defaults are those of Lambda's CreateEventSourceMapping:
 * https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
 */
#ifndef FNCTL_CORE_SETTINGS_TRIGGERS_H
#define FNCTL_CORE_SETTINGS_TRIGGERS_H

#include "core/err.h"
#include "core/schema.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum trigger_kind { TRIGGER_SQS, TRIGGER_S3, TRIGGER_DYNAMODB, TRIGGER_KINESIS };

struct trigger {
    enum trigger_kind kind; /* filled after binding: which of the sources below is set */
    const char *source;     /* likewise: that source, a name or an ARN */
    const char *sqs, *s3;
    const char *dynamodb; /* a table, or the ARN of its stream */
    const char *kinesis;
    const char *starting_position; /* of streams: "latest" or "trim-horizon" */
    bool enabled;
    int64_t batch_size;          /* events in a call at most; 0: AWS's default */
    int64_t window;              /* s that a batch may wait for more events */
    int64_t maximum_concurrency; /* calls at the same time; 0: no limit of its own */
    bool partial_failures;       /* the function says which events of a batch failed */
    struct strings events;       /* S3's names of them; none: ObjectCreated */
    const char *prefix, *suffix; /* of the objects' keys; or NULL */
    json_t *filter;              /* event patterns: an object, or an array of them; NULL: all */
};

extern const struct field trigger_fields[];

/*
 * What has to hold between the keys of one trigger; fills `kind` and `source`.
 * `written` is the trigger as it stands in the settings. Errors: ERR_SETTINGS
 * with the place.
 */
int trigger_check(struct trigger *trigger, const json_t *written,
                  const struct schema_source *source, const struct json_path *path,
                  struct err *err);

/* Whether AWS would take one of them for the other: at most one mapping leads from a source to a
 * function. */
bool trigger_same_source(const struct trigger *trigger, const struct trigger *other);

/* Whether it is a stream, of a table or of Kinesis. */
bool trigger_is_stream(const struct trigger *trigger);

/* Whether Lambda polls the source, by an event source mapping. */
bool trigger_is_polled(const struct trigger *trigger);

/* The name of what triggers, without the ARN around it. Borrowed. */
const char *trigger_source_name(const struct trigger *trigger);

/* "sqs", ...: the key in the settings. */
const char *trigger_kind_name(enum trigger_kind kind);

/* The patterns of `filter`, an array, the caller's; empty when there is none. */
json_t *trigger_patterns(const struct trigger *trigger);

#endif
