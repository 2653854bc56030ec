/*
 * How many environments a function may have at once (reserved concurrency,
 * which GetFunction tells without a further request), and how many the live
 * alias has that are kept warm (provisioned concurrency, which is asked for
 * when the settings or the function's tag name it).
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
 * https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
 */
#ifndef FNCTL_PROVIDERS_AWS_CONCURRENCY_H
#define FNCTL_PROVIDERS_AWS_CONCURRENCY_H

#include "providers/aws/session.h"

int aws_put_concurrency(struct session *session, const struct function *function,
                        struct changes *changes, struct err *err);

/* The call that reads the provisioned concurrency of the live alias, to be performed with others.
 */
void provisioned_call(const char *name, struct aws_call *call);

/* The live alias has moved: what is provisioned is made anew. */
void provisioned_moved(struct remote *remote);

#endif
