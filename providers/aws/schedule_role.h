/* The role that the schedules of a project and stage call the functions with. */
#ifndef FNCTL_PROVIDERS_AWS_SCHEDULE_ROLE_H
#define FNCTL_PROVIDERS_AWS_SCHEDULE_ROLE_H

#include "providers/aws/session.h"

/* Its name, to free(). */
char *schedule_role_name(const struct session *session);

/* Makes it as it shall be: it may invoke exactly the functions that have schedules. */
int schedule_role_put(struct session *session, struct changes *changes, struct err *err);

/* Removes it, where there is one. */
int schedule_role_drop(struct session *session, struct changes *changes, struct err *err);

/* Whether the schedule (GetSchedule's reply) works with it, which those of others have no reason
 * to. */
bool schedule_role_used(const struct session *session, const json_t *schedule);

#endif
