/*
 * Old versions of a function's layer. They go when a newer one has come, and
 * then only: an unchanged function costs no request.
 */
#ifndef FNCTL_PROVIDERS_AWS_LAYER_PRUNE_H
#define FNCTL_PROVIDERS_AWS_LAYER_PRUNE_H

#include "providers/aws/session.h"

/*
 * Removes the versions of the function's layer that are ours but for the newest
 * `keep` (see struct function) and for those that $LATEST, the versions behind
 * the live alias and the newest `keep` versions of the function use. Nothing
 * unless layer_put() had to look for a version. `pending`: release() has only
 * recorded that it would publish a version and move the alias to it.
 * What older function versions have stays with Lambda as long as they are there.
 */
int layer_prune(struct session *session, struct remote *remote, bool pending,
                struct changes *changes, struct err *err);

#endif
