/* observe(): what is there, read in as few round trips as can be. */
#ifndef FNCTL_PROVIDERS_AWS_OBSERVE_H
#define FNCTL_PROVIDERS_AWS_OBSERVE_H

#include "providers/aws/session.h"

int aws_observe(struct session *session, enum observe_scope scope, struct err *err);
bool aws_exists(struct session *session, const struct function *function);

/* observe(OBSERVE_ALL) unless that was done. */
int observe_once(struct session *session, struct err *err);

/* The same, with every schedule read whole: for those who show them. */
int observe_detailed(struct session *session, struct err *err);

/* observe(OBSERVE_ALL) that looks for everything there may be of the project, also for what no
 * setting and no mark of a function tells of: what undeploy needs. */
int observe_whole(struct session *session, struct err *err);

/* Fills configuration and tags from GetFunction's reply, alias, ... of one function again. */
int observe_function(struct session *session, struct remote *remote, struct err *err);

/* Forgets everything of the snapshot. */
void observe_forget(struct session *session);

#endif
