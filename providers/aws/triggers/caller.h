/*
 * Who may call the live alias for a trigger: a statement of its resource
 * policy for each source that pushes (S3, SNS, EventBridge), called
 * "fnctl-SERVICE-HASH" after the source's ARN.
 */
#ifndef FNCTL_PROVIDERS_AWS_CALLER_H
#define FNCTL_PROVIDERS_AWS_CALLER_H

#include "core/strlist.h"
#include "providers/aws/session.h"

/* Borrowed strings. */
struct caller {
    const char *service; /* "s3": of s3.amazonaws.com */
    const char *source_arn;
    bool account; /* the ARN does not say whose the source is: it must be of our account */
};

/* Makes sure that there is the statement, or none; each a change of its own. */
int caller_allow(struct session *session, struct remote *remote, const struct caller *caller,
                 struct changes *changes, struct err *err);
int caller_forbid(struct session *session, struct remote *remote, const struct caller *caller,
                  struct changes *changes, struct err *err);

/* Adds the names of the sources of a service that statements of ours let call: what stands last in
 * their ARNs. Those in the list already are not added. */
void caller_sources(const json_t *statements, const char *service, struct strlist *names);

#endif
