/*
 * Triggers of functions: all that calls the live alias besides HTTP and
 * clocks.
 */
#ifndef FNCTL_PROVIDERS_AWS_TRIGGERS_H
#define FNCTL_PROVIDERS_AWS_TRIGGERS_H

#include "providers/aws/reads.h"

int aws_put_triggers(struct session *session, const struct function *function,
                     struct changes *changes, struct err *err);

/* Adds what is to be read of the triggers of a function that Lambda polls. */
void triggers_add(struct session *session, struct reads *reads, struct remote *remote);

/* Removes the triggers of the function `name`, which may not be in the settings; `tags` are its
 * own, and say which kinds there are. */
int triggers_remove(struct session *session, const char *name, const json_t *tags,
                    struct changes *changes, struct err *err);

#endif
