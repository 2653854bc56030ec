/*
 * Credentials: where they come from, kept here and nowhere else.
 *
 * Order: --profile given: that profile. Otherwise AWS_ACCESS_KEY_ID and
 * AWS_SECRET_ACCESS_KEY (with AWS_SESSION_TOKEN), then the profile AWS_PROFILE
 * (or "default"). Within a profile, keys in the credentials file win over a
 * credential_process, which wins over keys in the config file. A profile that
 * needs another source (SSO, role_arn, ...) is an error that names the source.
 */
#ifndef FNCTL_PROVIDERS_AWS_CREDENTIALS_H
#define FNCTL_PROVIDERS_AWS_CREDENTIALS_H

#include "core/clock.h"
#include "core/err.h"
#include "providers/aws/config.h"

#include <stdint.h>

struct credentials; /* opaque: no printer can reach them; wiped when freed */

/* Finds credentials. Errors: ERR_CREDENTIALS, saying where it looked and what to do. */
struct credentials *credentials_find(const struct aws_config *config, const char *profile,
                                     const struct clock *clock, struct err *err);

/* Given ones (copied): the local engine's. */
struct credentials *credentials_given(const char *id, const char *secret, const char *token);
void credentials_free(struct credentials *credentials);

/* A copy of what is valid now, refreshed first when it is about to expire; safe from several
 * threads. Wipe and free with credentials_key_release(). */
struct credentials_key {
    char *id;
    char *secret;
    char *token; /* NULL: none */
};
int credentials_get(struct credentials *credentials, struct credentials_key *key, struct err *err);
void credentials_key_release(struct credentials_key *key);

/* Where they came from, for messages: "the environment", "profile 'x' in ~/.aws/credentials". */
const char *credentials_source(const struct credentials *credentials);

#endif
