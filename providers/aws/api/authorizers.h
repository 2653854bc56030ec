/*
 * Authorizers of the project's HTTP API. Ours are those named "fnctl-NAME";
 * others are left alone.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control.html
 */
#ifndef FNCTL_PROVIDERS_AWS_AUTHORIZERS_H
#define FNCTL_PROVIDERS_AWS_AUTHORIZERS_H

#include "providers/aws/session.h"

/* Makes and changes authorizers until they are as the settings say. Before the routes. */
int authorizers_put(struct session *session, struct changes *changes, struct err *err);

/* Removes those of ours that the settings do not name. After the routes. */
int authorizers_drop(struct session *session, struct changes *changes, struct err *err);

/* Lets the API ask each function of the project that decides about callers, and no other. A
 * function elsewhere has to allow it itself. */
int authorizers_permit(struct session *session, struct changes *changes, struct err *err);

/* The id of the authorizer of that name in the settings, borrowed; "": it is not there (yet). */
const char *authorizer_id(const struct session *session, const char *name);

/* How people know the authorization of a route as GetRoutes has it: "none", "iam", a name of the
 * settings, or an id; borrowed. */
const char *authorizer_label(const struct session *session, const json_t *route);

#endif
