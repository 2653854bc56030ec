/*
 * Who may call a route: everyone, who signs, who has a token, or who a
 * function lets in; refused as API Gateway refuses.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control.html
 */
#ifndef FNCTL_ENGINE_AUTHORIZE_H
#define FNCTL_ENGINE_AUTHORIZE_H

#include "providers/local/engine/front/call.h"

/* Goes on with the call, now or later, when its caller is let in; otherwise it is answered. */
void authorize(struct call *call, void (*proceed)(struct call *call));

/* For the files of authorizers: the values that the authorizer's identity sources name in the
 * request, the caller's; NULL: one is missing. */
json_t *authorize_identity(const struct call *call, const json_t *authorizer);

/* A Lambda authorizer; authorize_lambda.c. Takes `authorizer`. */
void authorize_lambda(struct call *call, json_t *authorizer, void (*proceed)(struct call *call));

#endif
