/*
 * Updates of $LATEST: code and configuration. Each names the RevisionId that
 * was seen last, so that of two deploys at once only one goes on: a mixture of
 * both is never published.
 */
#ifndef FNCTL_PROVIDERS_AWS_UPDATE_H
#define FNCTL_PROVIDERS_AWS_UPDATE_H

#include "providers/aws/session.h"

/*
 * Sends UpdateFunctionConfiguration or UpdateFunctionCode (`part`:
 * "configuration", "code") with `body` and waits until the function is usable;
 * remote->configuration is what it is then. `made` are members of the
 * function, in the shape of configuration_found(), that it has afterwards: an
 * update that was carried out though its answer was lost is known by them.
 * Errors: ERR_SERVICE when somebody else changes the function at the same time.
 */
int function_update(struct session *session, struct remote *remote, const char *operation,
                    const char *part, const json_t *body, const json_t *made, struct err *err);

#endif
