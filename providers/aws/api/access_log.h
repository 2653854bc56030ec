/*
 * The log group of the HTTP API's access log. Below /aws/vendedlogs/ the
 * resource policy that API Gateway needs to write there, and makes itself when
 * the caller may logs:CreateLogDelivery, PutResourcePolicy and
 * DescribeResourcePolicies, does not grow with each API.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html
 */
#ifndef FNCTL_PROVIDERS_AWS_ACCESS_LOG_H
#define FNCTL_PROVIDERS_AWS_ACCESS_LOG_H

#include "core/strlist.h"
#include "providers/aws/session.h"

/* "/aws/vendedlogs/apis/PROJECT-STAGE", to free(). */
char *access_log_group(const struct session *session);

/* The call that reads the group, to be performed with others, and its reply's into the snapshot. */
void access_log_call(const struct session *session, struct aws_call *call);
void access_log_take(struct session *session, const struct aws_call *call);

/* Makes the group with its retention when the settings want an access log. What is no longer
 * wanted stays, as the logs of functions do. */
int access_log_put(struct session *session, struct changes *changes, struct err *err);

/* Adds the group to `groups` when it is there and carries our tags. */
int access_log_find(struct session *session, struct strlist *groups, struct err *err);

#endif
