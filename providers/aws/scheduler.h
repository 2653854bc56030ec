/*
 * Schedules of EventBridge Scheduler in a group named PROJECT-STAGE, calling
 * the live alias with one role, PROJECT-STAGE.scheduler, that may invoke
 * exactly the scheduled functions. (The dot keeps it apart from the role of a
 * function that is called "scheduler".)
 */
#ifndef FNCTL_PROVIDERS_AWS_SCHEDULER_H
#define FNCTL_PROVIDERS_AWS_SCHEDULER_H

#include "providers/aws/session.h"
#include "providers/aws/wire/pages.h"

int aws_sync_schedules(struct session *session, struct changes *changes, struct err *err);

/* The call that reads one schedule, to be performed with others. */
void scheduler_call(const struct session *session, const char *name, struct aws_call *call);

/* How our schedules are listed, and the path for that, to free(); it is borrowed. */
char *scheduler_list_path(const struct session *session);
struct listing scheduler_listing(const char *path);

/*
 * Whether the schedules are as the settings say, by what was listed of them and
 * the tag fnctl:digest of their group. The tag has a digest of that listing, with
 * the time that each was last modified, and one of what was wanted: when both
 * are the same now, no schedule needs to be read. It does no request.
 */
bool scheduler_settled(struct session *session);

/* Removes a schedule; one that is not there is fine. */
int scheduler_remove(struct session *session, const char *name, struct changes *changes,
                     struct err *err);

/* Input that a schedule without one sends: {"schedule": NAME}; to free(). */
char *scheduler_input(const struct schedule *schedule, const char *name);

#endif
