/* The group that holds the schedules of a project and stage; its tags say whose they are. */
#ifndef FNCTL_PROVIDERS_AWS_SCHEDULE_GROUP_H
#define FNCTL_PROVIDERS_AWS_SCHEDULE_GROUP_H

#include "providers/aws/session.h"

/* Creates the group when there is none; one that is still being deleted is waited for. */
int schedule_group_put(struct session *session, struct changes *changes, struct err *err);

/* Removes the group; one that is not there is fine. */
int schedule_group_remove(struct session *session, struct changes *changes, struct err *err);

#endif
