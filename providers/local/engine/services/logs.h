/* What the files of CloudWatch Logs' operations share. */
#ifndef FNCTL_ENGINE_SERVICES_LOGS_H
#define FNCTL_ENGINE_SERVICES_LOGS_H

#include "providers/local/engine/services/operations.h"

#include <stdint.h>

/* The id of the group that logGroupName, logGroupIdentifier or resourceArn name; 0: answered. */
int64_t logs_find_group(struct request *request, const json_t *input);

/* The name in an ARN like "arn:aws:logs:us-east-1:000000000000:log-group:NAME:*", or the text
 * itself when it is none; to free(). */
char *logs_name_in(const char *text);

/* Answers a statement's result (store_run()). */
void logs_done(struct request *request, int result);

void logs_put_events(struct request *request, json_t *input);
void logs_get_events(struct request *request, json_t *input);
void logs_filter_events(struct request *request, json_t *input);

#endif
