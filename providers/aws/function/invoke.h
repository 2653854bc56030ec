/* Calling a function through Lambda's Invoke. */
#ifndef FNCTL_PROVIDERS_AWS_INVOKE_H
#define FNCTL_PROVIDERS_AWS_INVOKE_H

#include "providers/aws/session.h"

int aws_invoke(struct session *session, const struct invocation *invocation,
               struct invoke_result *result, struct err *err);

#endif
