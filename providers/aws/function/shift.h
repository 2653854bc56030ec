/*
 * Moving live aliases among the versions that are there. Nothing is published,
 * and $LATEST stays: a deploy afterwards sees that the alias does not lead to
 * it, and goes forward again.
 */
#ifndef FNCTL_PROVIDERS_AWS_SHIFT_H
#define FNCTL_PROVIDERS_AWS_SHIFT_H

#include "providers/aws/session.h"

int aws_shift(struct session *session, const struct shift *shift, struct changes *changes,
              struct err *err);

#endif
