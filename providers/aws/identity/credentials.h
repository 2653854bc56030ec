/*
 * Credentials: where they come from, kept here and nowhere else.
 *
 * The order is that of AWS's SDKs. Without a given profile the keys in the
 * environment come first; then, for the profile (given, AWS_PROFILE, "default"):
 * a role to assume, a web identity, IAM Identity Center, keys in the credentials
 * file, a credential_process, keys in the config file; then the role of a
 * container and of an instance. The table is in credential_chain.c, a file for
 * each source beside it.
 */
#ifndef FNCTL_PROVIDERS_AWS_CREDENTIALS_H
#define FNCTL_PROVIDERS_AWS_CREDENTIALS_H

#include "core/clock.h"
#include "core/err.h"
#include "core/out.h"
#include "providers/aws/identity/config.h"
#include "providers/aws/identity/credential_source.h"

struct credentials; /* opaque: no printer can reach them; wiped when freed */

struct credentials_options {
    const struct aws_config *config; /* while it is looked */
    const char *profile;             /* given one; NULL: look */
    const char *region;              /* whose STS is asked */
    const char *endpoint_url;        /* in the place of STS and IAM Identity Center; NULL: look */
    const struct clock *clock;       /* while they live */
    struct out *out;                 /* for traces, and to mask tokens; NULL: none */
};

/* Finds them; sends no request and runs no program. Errors: ERR_CREDENTIALS, saying where it looked
 * and what to do. */
struct credentials *credentials_find(const struct credentials_options *options, struct err *err);

/* Given ones (copied): the local engine's. */
struct credentials *credentials_given(const char *id, const char *secret, const char *token);
void credentials_free(struct credentials *credentials);

/* A copy of what is valid now, fetched again first when it is about to expire; safe from several
 * threads. Wipe and free with credentials_key_release(). */
int credentials_get(struct credentials *credentials, struct credentials_key *key, struct err *err);

/* Where they came from, for messages: "the environment", "profile 'x' in ~/.aws/credentials". */
const char *credentials_source(const struct credentials *credentials);

#endif
