/*
 * The layer of a function: named like the function, marked as ours by its
 * description "fnctl PROJECT STAGE FUNCTION IDENTITY". Publishing is never
 * idempotent at the service, so what is published is known by the function's
 * tag fnctl:layer, or else by the descriptions; the identity is that of the
 * content (struct artifact), so that another compressor publishes nothing.
 */
#ifndef FNCTL_PROVIDERS_AWS_LAYER_H
#define FNCTL_PROVIDERS_AWS_LAYER_H

#include "providers/aws/session.h"

/*
 * The ARN of the published layer version with the artifact's content,
 * publishing it when there is none; to free(). `*tag` takes the value of the
 * function's tag fnctl:layer, to free(). Without changes->apply a layer that
 * would be published is recorded and named "NAME:new". NULL on failure.
 * Leaves in remote->layer what it returns, and in remote->layer_versions what
 * was there before, unless the function's tag knew it without asking.
 */
char *layer_put(struct session *session, struct remote *remote, const struct artifact *artifact,
                struct changes *changes, char **tag, struct err *err);

/* Whether a layer's description says that it is this project's and stage's. */
bool layer_owned(const struct session *session, const char *description);

/* Removes a version; one that is not there is fine. */
int layer_remove_version(struct session *session, const char *name, int64_t version,
                         struct err *err);

/* Removes all versions of the layer `name` that are ours. */
int layer_remove(struct session *session, const char *name, struct changes *changes,
                 struct err *err);

#endif
