/* From an HTTP response to the outcome of an AWS call. */
#ifndef FNCTL_PROVIDERS_AWS_REPLY_H
#define FNCTL_PROVIDERS_AWS_REPLY_H

#include "providers/aws/wire/request.h"

/*
 * Fills the reply members of `call` from `response`, whose body and headers it
 * takes. `url` (the endpoint) and `source` (of the credentials) are for messages.
 * Returns -1 when the call failed with a code that it does not accept, or the
 * answer is not one of AWS's.
 */
int reply_take(struct aws_call *call, struct http_response *response, const char *url,
               const char *source, struct err *err);

#endif
