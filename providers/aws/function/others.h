/* What others put on a function of ours: it stays, and a plan says so. */
#ifndef FNCTL_PROVIDERS_AWS_OTHERS_H
#define FNCTL_PROVIDERS_AWS_OTHERS_H

#include "providers/aws/session.h"

/* Notes tags that neither the settings name nor we set, and statements in the live alias's policy
 * that are not ours, with changes_leave(); while planning only. `wanted`: the tags that the
 * function shall have. */
void others_tell(const struct remote *remote, const json_t *wanted, struct changes *changes);

#endif
