/*
 * Retries and destinations of asynchronous calls of the live alias.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html
 */
#ifndef FNCTL_PROVIDERS_AWS_EVENT_INVOKE_H
#define FNCTL_PROVIDERS_AWS_EVENT_INVOKE_H

#include "providers/aws/reads.h"

/* Adds the read of what is there. */
void event_invoke_add(struct reads *reads, struct remote *remote);

/* Makes it as the settings say; takes it away when they say nothing. */
int event_invoke_put(struct session *session, struct remote *remote, struct changes *changes,
                     struct err *err);

#endif
