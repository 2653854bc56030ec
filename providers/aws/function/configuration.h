/*
 * A function's configuration in one shape, whether it comes from the settings
 * or from Lambda, so that the two can be compared key by key. The shape is
 * that of UpdateFunctionConfiguration.
 */
#ifndef FNCTL_PROVIDERS_AWS_CONFIGURATION_H
#define FNCTL_PROVIDERS_AWS_CONFIGURATION_H

#include "providers/aws/session.h"

/* Bytes of a fingerprint, its end included. */
enum { CONFIGURATION_FINGERPRINT_LEN = 33 };

/* What `function` shall be. `role` is an ARN, `handler` what the runtime calls, `layer` the ARN of
 * our own layer version (NULL: none). The caller's. */
json_t *configuration_wanted(const struct function *function, const char *role, const char *handler,
                             const char *layer);

/* What Lambda says of a function, absent parts filled with Lambda's defaults; of members that are
 * passed through (pass_through.h) those that `function` names. The caller's. */
json_t *configuration_found(const json_t *reply, const struct function *function);

/* The processor that Lambda says a function is for: "x86_64" where it says nothing. Borrowed. */
const char *configuration_architecture(const json_t *reply);

/* The keys of `wanted` whose values are not those of `found`. The caller's. */
json_t *configuration_difference(const json_t *found, const json_t *wanted);

/* As CreateFunction takes it: without parts that only say "none". The caller's. */
json_t *configuration_for_create(const json_t *wanted);

/* The difference as fields of a change; values of variables that the function hides are masked. */
void configuration_fields(struct changes *changes, struct change *change,
                          const struct function *function, const json_t *found,
                          const json_t *wanted);

/* A text that changes when code or configuration do; to free(). */
char *configuration_fingerprint(const json_t *reply, const struct function *function);

/* The fingerprint of a function with that configuration (in our shape) and code; to free(). */
char *configuration_fingerprint_of(const json_t *configuration, const char *sha256,
                                   const char *architecture);

#endif
