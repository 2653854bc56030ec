/* The least policy of whoever deploys, as a document. */
#ifndef FNCTL_PROVIDERS_AWS_POLICY_DOCUMENT_H
#define FNCTL_PROVIDERS_AWS_POLICY_DOCUMENT_H

#include "providers/aws/session.h"

/* Provider member, see provider.h. */
int aws_policy(struct session *session, const struct policy_request *request, json_t **document,
               struct err *err);

#endif
