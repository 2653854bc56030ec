/*
 * How many environments a function may have at once (reserved concurrency,
 * which GetFunction tells without a further request).
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
 */
#ifndef FNCTL_PROVIDERS_AWS_CONCURRENCY_H
#define FNCTL_PROVIDERS_AWS_CONCURRENCY_H

#include "providers/aws/session.h"

int aws_put_concurrency(struct session *session, const struct function *function,
                        struct changes *changes, struct err *err);

#endif
