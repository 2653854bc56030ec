/* A function as a whole: waiting until it is usable, its tags, its removal. */
#ifndef FNCTL_PROVIDERS_AWS_FUNCTION_STATE_H
#define FNCTL_PROVIDERS_AWS_FUNCTION_STATE_H

#include "providers/aws/session.h"

/*
 * Waits until a function (`qualifier` NULL: $LATEST) is active and its last
 * update is done. `*configuration` is what is known already; it is replaced by
 * newer replies, and asked for only while something is under way. Errors:
 * ERR_SERVICE with Lambda's reason.
 */
int function_wait(struct session *session, const char *name, const char *qualifier,
                  json_t **configuration, struct err *err);

/* The ARN of the function, or of its live alias; to free(). NULL when the account cannot be found.
 */
char *function_arn(struct session *session, const struct remote *remote, const char *qualifier,
                   struct err *err);

/* Adds or removes tags of the function, in the snapshot too. */
int function_tag(struct session *session, struct remote *remote, const json_t *tags,
                 struct err *err);
int function_untag(struct session *session, struct remote *remote, const char *key,
                   struct err *err);

/* All versions of the function, $LATEST among them: configurations, oldest first. An empty array
 * without a function; NULL on failure; the caller's. */
json_t *function_versions(struct session *session, const struct remote *remote, struct err *err);

/* Removes a function with its versions, aliases and URL; one that is not there is fine. */
int function_remove(struct session *session, const char *name, struct changes *changes,
                    struct err *err);

#endif
