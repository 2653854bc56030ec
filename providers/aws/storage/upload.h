/*
 * Zips that are too large for a request, through S3.
 *
 * The object is called fnctl/SHA256.zip, so what is there already is known by
 * its name, and is used again when size and checksum are right. Parts of 8 MiB
 * are sent at the same time, read from the file as they go, each with its
 * SHA-256, which S3 verifies. An upload that was interrupted is found by the
 * name too: parts of it whose checksums are ours are not sent again.
 *
 * The object stays until the bucket's lifecycle rule removes it: another
 * function, stage or run of the same zip may be about to use it, and nothing
 * but that rule has to be allowed to delete.
 */
#ifndef FNCTL_PROVIDERS_AWS_UPLOAD_H
#define FNCTL_PROVIDERS_AWS_UPLOAD_H

#include "core/artifact.h"
#include "providers/aws/session.h"

/*
 * Sees to it that the zip is in S3, and says where: {"S3Bucket", "S3Key"}, the
 * caller's. `subject` names it in messages and beside the progress bar. NULL
 * on failure; what was sent by then is kept for the next time.
 */
json_t *upload_zip(struct session *session, const struct artifact *artifact, const char *subject,
                   struct err *err);

#endif
