/*
 * A bucket's notification configuration: whose entries are whose, and putting
 * ours among those of others, which stay as they are. In the JSON form of S3's
 * XML; lists of one are objects there.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html
 */
#ifndef FNCTL_PROVIDERS_AWS_NOTIFICATION_BODY_H
#define FNCTL_PROVIDERS_AWS_NOTIFICATION_BODY_H

#include "core/settings.h"

#include <jansson.h>

/* The entries that the settings want for a bucket: an array of CloudFunctionConfiguration in the
 * order of the triggers, the caller's. `name` is the function's remote name, `function_arn` that of
 * its live alias. */
json_t *notification_wanted(const struct function *function, const char *bucket, const char *name,
                            const char *function_arn);

/* The entries of `configuration` (NULL: none) that are the function's: they call its alias, and
 * their Id is one of ours. In the same form, sorted by Id; the caller's. */
json_t *notification_ours(const json_t *configuration, const char *name, const char *function_arn);

/* `configuration` with `wanted` in the place of the function's entries; the caller's. */
json_t *notification_merge(const json_t *configuration, const json_t *wanted, const char *name,
                           const char *function_arn);

/* The XML of a configuration, to free(). */
char *notification_xml(const json_t *configuration);

#endif
