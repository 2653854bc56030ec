/* Reading a function that the settings do not know: what it is, and its code. */
#ifndef FNCTL_PROVIDERS_AWS_READ_H
#define FNCTL_PROVIDERS_AWS_READ_H

#include "providers/aws/session.h"

int aws_read_function(struct session *session, const char *name, json_t **description,
                      struct err *err);
int aws_read_code(struct session *session, const char *location, int fd, struct err *err);

#endif
