/* HTTP APIs: the route that takes a request, and the function it leads to. */
#ifndef FNCTL_ENGINE_API_H
#define FNCTL_ENGINE_API_H

#include "providers/local/engine/front/call.h"

/* Lets the call through to its route's function, and answers. */
void api_call(struct call *call);

/* The function in the URI of an integration or authorizer: its ARN, or API Gateway's path with the
 * ARN in it; to free(). */
char *api_target(const char *uri);

/* "arn:aws:execute-api:REGION:ACCOUNT:API/$default/GET/items/{id}", and that of an authorizer, in
 * the partition and region of the function that is called; to free(). */
char *api_route_arn(const struct call *call, const char *function);
char *api_authorizer_arn(const struct call *call, const char *function, const char *id);

/* Whether the function's resource policy lets API Gateway call it for `source`; logs when not. */
bool api_permits(const struct call *call, const struct function_version *version,
                 const char *target, const char *source);

#endif
