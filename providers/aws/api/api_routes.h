/* Routes and integrations of the project's HTTP API. */
#ifndef FNCTL_PROVIDERS_AWS_API_ROUTES_H
#define FNCTL_PROVIDERS_AWS_API_ROUTES_H

#include "providers/aws/session.h"

/* How many routes the settings name. */
size_t api_routes_count(const struct session *session);

/* Makes routes and integrations of the API as the settings say; removes those they do not name.
 * Ours are those with an operation name; others are left alone. Without changes->apply the API need
 * not exist. */
int api_routes_put(struct session *session, struct changes *changes, struct err *err);
int api_routes_drop(struct session *session, struct changes *changes, struct err *err);

#endif
