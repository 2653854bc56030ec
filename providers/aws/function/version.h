/*
 * Making what was put there live: $LATEST becomes an immutable version, and
 * the live alias moves to it. Configuration and code were both awaited before,
 * so a version has both or neither.
 *
 * PublishVersion: nothing changed since the version that was published last
 * gives that version again. A RevisionId that is not $LATEST's any more is
 * PreconditionFailedException: what somebody else put there meanwhile is not
 * published as ours.
 */
#ifndef FNCTL_PROVIDERS_AWS_VERSION_H
#define FNCTL_PROVIDERS_AWS_VERSION_H

#include "providers/aws/session.h"

int aws_publish(struct session *session, const struct function *function, struct changes *changes,
                struct err *err);
const char *aws_candidate(struct session *session, const struct function *function);
int aws_release(struct session *session, const struct function *function, int64_t weight,
                struct changes *changes, struct err *err);
void aws_live(struct session *session, const struct function *function, struct live *live);

#endif
