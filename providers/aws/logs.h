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

/* Removes a log group; one that is not there is fine. */
int logs_remove(struct session *session, const char *group, struct changes *changes,
                struct err *err);

#endif
