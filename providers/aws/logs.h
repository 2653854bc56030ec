/* Log groups, one per function, and reading their events. */
#ifndef FNCTL_PROVIDERS_AWS_LOGS_H
#define FNCTL_PROVIDERS_AWS_LOGS_H

#include "providers/aws/session.h"

int aws_put_logs(struct session *session, const struct function *function, struct changes *changes,
                 struct err *err);
int aws_logs_page(struct session *session, const struct log_query *query, struct log_page *page,
                  struct err *err);

/* Fills an event from the JSON that FilterLogEvents and Live Tail share; not its function. */
void logs_take_event(const json_t *item, const char *id, struct log_event *event);

/* "/aws/lambda/NAME", to free(). */
char *logs_group_name(const char *name);

/*
 * Makes a log group with its retention (days; 0: for ever) and tags, as a change
 * of its own when there is something to do. `found`: what DescribeLogGroups has
 * of it, or NULL; kept current. `function` is for its tags; NULL: the project's.
 *
 * Tags of a group that is there cost a request to see. They are looked at when
 * `owner`, the tags of what it belongs to, are about to change, which have the
 * same (NULL: never). Those have to be changed later than the group's, so that
 * an interrupted run finds the difference again.
 */
int logs_put_group(struct session *session, const char *group, const struct function *function,
                   int64_t retention, const json_t *owner, json_t **found, struct changes *changes,
                   struct err *err);

/* The ARN of a log group without the ":*" that DescribeLogGroups puts behind it; to free(). */
char *logs_group_arn(const json_t *group);

/* Removes a log group; one that is not there is fine. */
int logs_remove(struct session *session, const char *group, struct changes *changes,
                struct err *err);

#endif
