/*
 * The Lambda Runtime API of one environment, on a port of its own.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
#ifndef FNCTL_ENGINE_RUNTIME_API_H
#define FNCTL_ENGINE_RUNTIME_API_H

#include "providers/local/engine/http/server.h"
#include "providers/local/engine/run/environment.h"

/* Handles a request of the environment's process; request->listener is the environment. */
void runtime_api_handle(struct request *request);

/* For server_look_further(): pieces of a streamed result go to whoever waits for them. */
void runtime_api_look(struct request *request);

/* Answers GET .../next with the environment's current invocation, which has `timeout` ms left. */
void runtime_api_send(struct request *request, const struct environment *environment,
                      int64_t timeout);

/* Answers an error in the API's own shape. */
void runtime_api_refuse(struct request *request, int status, const char *type, const char *message);

#endif
