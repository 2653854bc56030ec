/* Cross-origin rules of function URLs and HTTP APIs, answered before the function is asked. */
#ifndef FNCTL_ENGINE_CORS_H
#define FNCTL_ENGINE_CORS_H

#include "core/strlist.h"
#include "providers/local/engine/http/server.h"

#include <jansson.h>
#include <stdbool.h>

/* Whether the request asks a browser's question before a request. */
bool cors_is_preflight(const struct request *request);

/*
 * Adds the headers for a response to `request` as `rules` say: Lambda's Cors
 * ("AllowOrigins") or API Gateway's ("allowOrigins"); NULL: none. The rules
 * replace what the function itself set. Nothing is added for an origin that
 * is not allowed.
 */
void cors_apply(const json_t *rules, const struct request *request, bool preflight,
                struct strlist *headers);

#endif
