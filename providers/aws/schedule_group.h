/* The group that holds the schedules of a project and stage; its tags say whose they are. */
#ifndef FNCTL_PROVIDERS_AWS_SCHEDULE_GROUP_H
#define FNCTL_PROVIDERS_AWS_SCHEDULE_GROUP_H

#include "providers/aws/session.h"

/* Creates the group when there is none, and mends its tags; one that is still being deleted is
 * waited for. */
int schedule_group_put(struct session *session, struct changes *changes, struct err *err);

/* Sets one tag of the group. */
int schedule_group_tag(struct session *session, const char *key, const char *value,
                       struct err *err);

/* The call that reads the group's tags, to be performed with others. -1 when the account is not
 * known. */
int schedule_group_tags_call(struct session *session, struct aws_call *call, struct err *err);

/* Whether there is a group that is ours by its tags, and not about to go; 1, 0, or -1. */
int schedule_group_owned(struct session *session, struct err *err);

/* Removes the group; one that is not there is fine. */
int schedule_group_remove(struct session *session, struct changes *changes, struct err *err);

#endif
