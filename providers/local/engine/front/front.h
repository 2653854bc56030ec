/*
 * Front doors in path form on the engine's port: unsigned HTTP from outside
 * turned into invocations with payload format 2.0 and back.
 *   /_fnctl/url/URL-ID/...         function URLs
 *   /_fnctl/api/API-ID/...         HTTP APIs, stage $default
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
#ifndef FNCTL_ENGINE_FRONT_H
#define FNCTL_ENGINE_FRONT_H

#include "providers/local/engine/http/server.h"

#include <stdbool.h>

/* What the front doors remember. */
struct front *front_new(struct engine *engine);
/* Answers what waits for an issuer's keys; from now on no function is asked. Before the invoker and
 * the server end. NULL is fine, here and below. */
void front_stop(struct front *front);
void front_free(struct front *front);

/* Takes the request when its path is a front door's; false: it is not. */
bool front_handle(struct request *request);

#endif
