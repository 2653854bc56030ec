/* The resources that a policy names: what they are called in it, and their ARNs. */
#ifndef FNCTL_PROVIDERS_AWS_ACCESS_POLICY_RESOURCES_H
#define FNCTL_PROVIDERS_AWS_ACCESS_POLICY_RESOURCES_H

#include "core/settings.h"
#include "providers/aws/access/grants.h"

#include <jansson.h>

/* What the ARNs are made of; borrowed, but for what its maker has made. */
struct policy_names {
    const struct settings *settings;
    const char *partition, *region, *account;
    char *prefix; /* "PROJECT-STAGE" */
    char *path;   /* of roles */
};

/* The name of the statement about a kind of resources. */
const char *policy_title(enum grant_resource resource);

/* The ARNs that a kind of resources has, as narrow as AWS allows; the caller's.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */
json_t *policy_arns(const struct policy_names *names, enum grant_resource resource);

/* Appends a text that is not in the list yet. */
void policy_add(json_t *list, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
