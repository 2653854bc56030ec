/* Policy documents of roles: pure functions of the settings. */
#ifndef FNCTL_PROVIDERS_AWS_IAM_DOCUMENTS_H
#define FNCTL_PROVIDERS_AWS_IAM_DOCUMENTS_H

#include "core/err.h"
#include "core/settings.h"

#include <jansson.h>

/* The trust policy for a service; `account` (may be NULL) limits it to requests on its behalf. */
json_t *iam_trust(const char *service, const char *account);

/*
 * The least policy of a function, the caller's: its own log group in
 * `log_group` (ARN), its `permissions`, and what its vpc, tracing, triggers and
 * dead_letter need. NULL with ERR_SETTINGS for a permission that is not
 * "ACTION[,ACTION...] RESOURCE".
 */
json_t *iam_function_policy(const struct function *function, const char *log_group,
                            struct err *err);

/* Decodes a policy document as IAM returns it, percent-encoded JSON; NULL when it is none. */
json_t *iam_decode(const char *encoded);

#endif
