/* ARNs: "arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE", region and account maybe empty. */
#ifndef FNCTL_CORE_ARN_H
#define FNCTL_CORE_ARN_H

#include <stdbool.h>
#include <stddef.h>

enum arn_part {
    ARN_PARTITION = 1,
    ARN_SERVICE,
    ARN_REGION,
    ARN_ACCOUNT,
    ARN_RESOURCE, /* all the rest, with its colons */
};

/* Whether `text` is an ARN of the service (NULL: any) whose resource starts with `resource` (NULL:
 * any). */
bool arn_is(const char *text, const char *service, const char *resource);

/* A part of an ARN and its length; "" and 0 when `arn` has no such part. Borrowed. */
const char *arn_part(const char *arn, enum arn_part part, size_t *len);

/* The same, to free(). */
char *arn_take(const char *arn, enum arn_part part);

/* What stands behind the last ':' or '/': a name; borrowed. */
const char *arn_name(const char *arn);

#endif
