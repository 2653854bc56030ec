/*
 * Notifications of buckets that call the live alias. A bucket has one
 * configuration for everybody: it is read, changed where it is ours, and
 * written at once, one bucket at a time. Which buckets call a function is said
 * by the statements of its alias's policy, without which S3 would be refused;
 * they are made first and go last.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-s3.html
 */
#ifndef FNCTL_PROVIDERS_AWS_NOTIFICATIONS_H
#define FNCTL_PROVIDERS_AWS_NOTIFICATIONS_H

#include "providers/aws/reads.h"

/* Adds what is to be read of the buckets that the settings name for the function, or its policy,
 * as far as it is known; each bucket once. */
void notifications_add(struct session *session, struct reads *reads, struct remote *remote);

/* Exactly the notifications of the settings. */
int notifications_put(struct session *session, struct remote *remote, struct changes *changes,
                      struct err *err);

/* Removes our notifications to the function `name`, whose alias's policy has `statements`. */
int notifications_remove(struct session *session, const char *name, const json_t *statements,
                         struct changes *changes, struct err *err);

#endif
