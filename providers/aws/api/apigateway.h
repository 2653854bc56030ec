/*
 * The HTTP API of a project and stage: named PROJECT-STAGE, one AWS_PROXY
 * integration per function that goes to the live alias, a route for each one
 * in the settings, the stage $default with automatic deployment.
 *
 * A route carries its function's name as operationName: so an unchanged API is
 * recognised from GetRoutes alone, and routes that others made are left alone.
 */
#ifndef FNCTL_PROVIDERS_AWS_APIGATEWAY_H
#define FNCTL_PROVIDERS_AWS_APIGATEWAY_H

#include "providers/aws/session.h"

int aws_sync_routes(struct session *session, struct changes *changes, struct err *err);
char *aws_endpoint(struct session *session, const struct function *function);

/* The one of GetApis' items that is ours, or NULL; borrowed. */
json_t *apigateway_find(const struct session *session, const json_t *apis);

/* Removes an API with all that is in it; one that is not there is fine. */
int apigateway_remove(struct session *session, const char *id, const char *name,
                      struct changes *changes, struct err *err);

#endif
