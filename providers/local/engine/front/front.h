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

/* Takes the request when its path is a front door's; false: it is not. */
bool front_handle(struct request *request);

#endif
