/*
 * CloudWatch Logs' Live Tail: one session for each ten log groups, each with a
 * thread that waits for its event stream; what comes is gathered for one
 * reader.
 *
 * Facts (botocore's model of 1.43): the host is stream-logs.REGION; groups are
 * given as ARNs without ":*"; an update comes each second, with at most 500
 * events, and `sampled` when there were more; a session ends after 3 hours with
 * SessionTimeoutException.
 */
#ifndef FNCTL_PROVIDERS_AWS_LIVE_H
#define FNCTL_PROVIDERS_AWS_LIVE_H

#include "providers/provider.h"

struct log_live *aws_live_open(struct session *session, const struct function *const *functions,
                               size_t count, const char *filter, struct err *err);
int aws_live_read(struct log_live *live, int64_t wait, struct log_live_news *news, struct err *err);
void aws_live_close(struct log_live *live);

#endif
