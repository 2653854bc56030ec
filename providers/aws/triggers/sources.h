/* What triggers a function: the ARNs of sources, and what a role needs to read from them. */
#ifndef FNCTL_PROVIDERS_AWS_SOURCES_H
#define FNCTL_PROVIDERS_AWS_SOURCES_H

#include "core/settings.h"

#include <jansson.h>

/* The ARN of a trigger's source, to free(). One that is named is in the partition, region and
 * account of the ARN `like`. Of a table it is all of its streams. */
char *source_arn(const struct trigger *trigger, const char *like);

/* The actions that Lambda does with the function's role to poll the source, an array, the
 * caller's; NULL: Lambda does not poll such sources.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#events-sqs-permissions */
json_t *source_actions(const struct trigger *trigger);

#endif
