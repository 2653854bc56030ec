/*
 * The stage $default of the project's HTTP API: throttling, access log,
 * variables.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html
 */
#ifndef FNCTL_PROVIDERS_AWS_API_STAGE_H
#define FNCTL_PROVIDERS_AWS_API_STAGE_H

#include "providers/aws/session.h"

/* Makes the stage; one that is there is fine. */
int api_stage_create(struct session *session, struct err *err);

/* Makes its settings equal to the project's. After the routes that shall be there, whose keys it
 * names, and before those that shall go: a stage that names a route that is not there cannot be
 * deployed. */
int api_stage_put(struct session *session, struct changes *changes, struct err *err);

#endif
