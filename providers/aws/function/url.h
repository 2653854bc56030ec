/*
 * Function URLs, on the live alias. A public one needs two permissions:
 * lambda:InvokeFunctionUrl, and lambda:InvokeFunction for calls that come
 * through the URL.
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
 */
#ifndef FNCTL_PROVIDERS_AWS_URL_H
#define FNCTL_PROVIDERS_AWS_URL_H

#include "providers/aws/session.h"

int aws_put_url(struct session *session, const struct function *function, struct changes *changes,
                struct err *err);

/* The call that reads a function's URL, to be performed with others. */
void url_call(const char *name, struct aws_call *call);

/* Removes the URL of a function; one that is not there is fine. */
int url_remove(struct session *session, const char *name, struct changes *changes, struct err *err);

#endif
