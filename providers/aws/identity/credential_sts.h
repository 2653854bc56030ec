/* Roles from STS: AssumeRole and AssumeRoleWithWebIdentity. */
#ifndef FNCTL_PROVIDERS_AWS_CREDENTIAL_STS_H
#define FNCTL_PROVIDERS_AWS_CREDENTIAL_STS_H

#include "providers/aws/identity/credential_source.h"
#include "providers/aws/wire/endpoints.h"

struct credential_role {
    const char *arn;
    const char *session_name; /* NULL: "fnctl-" and the time */
    const char *external_id, *mfa_serial, *mfa_code;
    const char *duration; /* seconds; NULL: STS's own, an hour */
    const char *token;    /* a web identity's: asks for the role with it; NULL: signed with `key` */
};

/* Finds STS for the search's region. */
int credential_sts_find(struct endpoint *sts, const struct credential_search *search,
                        struct err *err);

/* Asks for the role. Errors: "cannot assume role 'ARN': CODE: message". */
int credential_sts_assume(const struct credential_world *world, const struct endpoint *sts,
                          const struct credential_role *role, const struct credentials_key *key,
                          struct credential_answer *answer, struct err *err);

#endif
