/*
 * What functions did, from CloudWatch: one GetMetricData for up to 55 functions.
 * It takes the permission cloudwatch:GetMetricData.
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
 */
#ifndef FNCTL_PROVIDERS_AWS_METRICS_H
#define FNCTL_PROVIDERS_AWS_METRICS_H

#include "providers/aws/session.h"

int aws_metrics(struct session *session, const struct metrics_query *query, json_t **metrics,
                struct err *err);

#endif
