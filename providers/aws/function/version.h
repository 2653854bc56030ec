/*
 * Versions and the live alias. The alias's description, "fnctl VERSION
 * FINGERPRINT", says which state of $LATEST the version was made from, so that
 * an unchanged function is recognised without a request.
 */
#ifndef FNCTL_PROVIDERS_AWS_VERSION_H
#define FNCTL_PROVIDERS_AWS_VERSION_H

#include "providers/aws/session.h"

int aws_release(struct session *session, const struct function *function, struct changes *changes,
                struct err *err);
int aws_versions(struct session *session, const struct function *function, json_t **versions,
                 struct err *err);

#endif
