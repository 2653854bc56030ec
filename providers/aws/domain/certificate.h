/*
 * Certificates of AWS Certificate Manager: one that covers the domain name is
 * used; when there is none, one is requested and validated through DNS.
 * https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html
 */
#ifndef FNCTL_PROVIDERS_AWS_CERTIFICATE_H
#define FNCTL_PROVIDERS_AWS_CERTIFICATE_H

#include "providers/aws/session.h"

/*
 * The ARN of an issued certificate for the name, to free(); the settings' own
 * is taken as it is. NULL with no error: there will be one, when this is only
 * recorded. Waits up to ten minutes for one that was requested. Errors:
 * ERR_FAILED when it is not issued by then, or its DNS zone is elsewhere: with
 * the record that somebody has to set.
 */
char *certificate_get(struct session *session, const char *name, struct changes *changes,
                      struct err *err);

/* Removes the certificates for the name that carry our tags, with their validation records; others
 * are left. */
int certificate_remove(struct session *session, const char *name, struct changes *changes,
                       struct err *err);

#endif
