/* How a zip is handed to Lambda: in the request itself, or through S3 when it is too large. */
#ifndef FNCTL_PROVIDERS_AWS_CODE_H
#define FNCTL_PROVIDERS_AWS_CODE_H

#include "core/artifact.h"
#include "providers/aws/session.h"

/* {"ZipFile"} or {"S3Bucket", "S3Key"}, the caller's: what CreateFunction has as Code,
 * PublishLayerVersion as Content, and UpdateFunctionCode among its members. `subject` is for
 * messages. NULL on failure. */
json_t *code_send(struct session *session, const struct artifact *artifact, const char *subject,
                  struct err *err);

/* Whether Lambda took what was sent: `sha256` is the CodeSha256 of its reply. Errors: ERR_SERVICE.
 */
int code_verify(const struct artifact *artifact, const char *sha256, const char *subject,
                struct err *err);

#endif
