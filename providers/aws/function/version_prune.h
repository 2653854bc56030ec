/*
 * Old versions of a function. Each keeps its code in the account's 75 GB
 * (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html),
 * so they go when a new one became live, and then only: an unchanged function
 * costs no request.
 */
#ifndef FNCTL_PROVIDERS_AWS_VERSION_PRUNE_H
#define FNCTL_PROVIDERS_AWS_VERSION_PRUNE_H

#include "providers/aws/session.h"

/* What release() has only recorded, when versions are pruned after it. */
enum version_coming {
    VERSION_NONE,    /* nothing: the alias is where it was said to go */
    VERSION_THERE,   /* the alias would move to remote->candidate */
    VERSION_PENDING, /* a version would be published, and the alias move to it */
};

/*
 * Removes the published versions but for the newest `keep`, those that any
 * alias leads to as a whole or in part, and the one that was live last. No
 * request while there cannot be more than `keep`.
 */
int version_prune(struct session *session, struct remote *remote, int64_t keep,
                  enum version_coming coming, struct changes *changes, struct err *err);

int aws_prune_versions(struct session *session, const struct function *function, int64_t keep,
                       struct changes *changes, struct err *err);

#endif
