/* What is deployed, as JSON. */
#ifndef FNCTL_PROVIDERS_AWS_STATUS_H
#define FNCTL_PROVIDERS_AWS_STATUS_H

#include "providers/aws/session.h"

int aws_status(struct session *session, json_t **status, struct err *err);

#endif
