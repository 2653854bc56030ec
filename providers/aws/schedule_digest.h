/*
 * The tag fnctl:digest of the schedule group, by which an unchanged project needs
 * not read its schedules one by one: "LISTED:WANTED". LISTED is of what
 * ListSchedules says of each schedule (its name, state and target, and when it
 * was made and last modified), WANTED of what the settings wanted when the tag
 * was set, the tags of their role among it. ListSchedules does not tell expressions, time zones and
 * inputs, but whoever changes one changes the time of the last modification.
 */
#ifndef FNCTL_PROVIDERS_AWS_SCHEDULE_DIGEST_H
#define FNCTL_PROVIDERS_AWS_SCHEDULE_DIGEST_H

#include "providers/aws/session.h"

#define TAG_DIGEST "fnctl:digest"

/* Whether the tag is that of the listed schedules and of `wanted` (name -> body). */
bool schedule_digest_holds(const struct session *session, const json_t *wanted);

/* Lists the schedules, which are as `wanted` now, and sets the tag. */
int schedule_digest_keep(struct session *session, const json_t *wanted, struct err *err);

#endif
