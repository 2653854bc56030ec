/* Whether the caller has what its policy should have. */
#ifndef FNCTL_PROVIDERS_AWS_SIMULATE_H
#define FNCTL_PROVIDERS_AWS_SIMULATE_H

#include "providers/aws/session.h"

/* Provider member, see provider.h. */
int aws_check_access(struct session *session, json_t **report, struct err *err);

#endif
