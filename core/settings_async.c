#include "core/settings_async.h"

#include "core/arn.h"

static bool is_destination(const char *arn, bool bucket)
{
    return arn_is(arn, "sqs", NULL) || arn_is(arn, "sns", NULL) ||
           arn_is(arn, "lambda", "function:") || arn_is(arn, "events", "event-bus/") ||
           (bucket && arn_is(arn, "s3", NULL));
}

static int check_success(const void *member, struct err *err)
{
    const char *arn = *(const char *const *)member;

    if (is_destination(arn, false))
        return 0;
    return err_set(err, ERR_SETTINGS,
                   "'%.80s' must be the ARN of an SQS queue, an SNS topic, a Lambda function or an "
                   "EventBridge event bus",
                   arn);
}

static int check_failure(const void *member, struct err *err)
{
    const char *arn = *(const char *const *)member;

    if (is_destination(arn, true))
        return 0;
    return err_set(err, ERR_SETTINGS,
                   "'%.80s' must be the ARN of an SQS queue, an SNS topic, a Lambda function, an "
                   "EventBridge event bus or an S3 bucket",
                   arn);
}

const struct field settings_destinations_fields[] = {
    {.name = "success",
     .type = FIELD_STRING,
     .offset = offsetof(struct destinations, success),
     .help = "ARN of what is told of calls that succeeded: queue, topic, function or event bus",
     .example = "\"arn:aws:sqs:eu-central-1:123456789012:done\"",
     .check = check_success},
    {.name = "failure",
     .type = FIELD_STRING,
     .offset = offsetof(struct destinations, failure),
     .help = "ARN of what is told of calls that failed for good: as success, or a bucket",
     .example = "\"arn:aws:sqs:eu-central-1:123456789012:failed\"",
     .check = check_failure},
    FIELD_END,
};

const struct field settings_retries_fields[] = {
    {.name = "attempts",
     .type = FIELD_INT,
     .offset = offsetof(struct retries, attempts),
     .help = "how often a call that failed is tried again",
     .fallback = "2",
     .max = RETRIES_ATTEMPTS},
    {.name = "age",
     .type = FIELD_INT,
     .offset = offsetof(struct retries, age),
     .help = "seconds after which a call is given up",
     .fallback = "21600",
     .min = 60,
     .max = RETRIES_AGE},
    FIELD_END,
};

void settings_retries_fill(struct retries *retries, const json_t *written)
{
    if (!json_object_get(written, "attempts"))
        retries->attempts = RETRIES_ATTEMPTS;
    if (!json_object_get(written, "age"))
        retries->age = RETRIES_AGE;
}

bool settings_async_is_set(const struct retries *retries, const struct destinations *destinations)
{
    bool other = retries->attempts != RETRIES_ATTEMPTS || retries->age != RETRIES_AGE;

    /* Without an age nothing was filled in. */
    return (retries->age && other) || destinations->success || destinations->failure;
}
