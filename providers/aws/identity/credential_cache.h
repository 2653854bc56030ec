/*
 * Keys of roles behind a second factor, kept until they end, so that a code is
 * asked for once an hour and not for each command. The files are those of
 * awscli: ~/.aws/cli/cache/SHA1.json, of the request.
 */
#ifndef FNCTL_PROVIDERS_AWS_CREDENTIAL_CACHE_H
#define FNCTL_PROVIDERS_AWS_CREDENTIAL_CACHE_H

#include "providers/aws/identity/credential_sts.h"

/* The path of the role's file, to free(). */
char *credential_cache_path(const struct credential_role *role);

/* Reads a key that is good for a while after `now` (ms since 1970). False when there is none, or
 * none that can be used. */
bool credential_cache_read(const char *path, int64_t now, struct credential_answer *answer);

/* Writes the answer, for its owner alone. Without success nothing is lost but the comfort. */
void credential_cache_write(const char *path, const struct credential_answer *answer);

#endif
