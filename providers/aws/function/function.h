/*
 * Functions: configuration, code and tags. Order of an update: configuration,
 * wait, code, wait, tags.
 */
#ifndef FNCTL_PROVIDERS_AWS_FUNCTION_H
#define FNCTL_PROVIDERS_AWS_FUNCTION_H

#include "providers/aws/session.h"

int aws_put_function(struct session *session, const struct function *function,
                     const struct package *package, struct changes *changes, struct err *err);

#endif
