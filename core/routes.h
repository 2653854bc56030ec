/*
 * Which route of an HTTP API takes a request: the most specific path, the
 * method itself before ANY, $default at last.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
 */
#ifndef FNCTL_CORE_ROUTES_H
#define FNCTL_CORE_ROUTES_H

#include <jansson.h>
#include <stdbool.h>

/* Whether the route key takes the request; `path` percent-encoded. `parameters` (an object, or
 * NULL) takes the decoded path parameters. */
bool route_matches(const char *key, const char *method, const char *path, json_t *parameters);

/* Whether `key` is more specific than `other`, both of which match the same request. */
bool route_is_better(const char *key, const char *other);

#endif
