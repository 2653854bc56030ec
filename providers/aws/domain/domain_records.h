/* The DNS records that lead a custom domain name to API Gateway: aliases, for IPv4 and IPv6. */
#ifndef FNCTL_PROVIDERS_AWS_DOMAIN_RECORDS_H
#define FNCTL_PROVIDERS_AWS_DOMAIN_RECORDS_H

#include "providers/aws/session.h"

/* Makes the records where the zone is in the account. A zone elsewhere, and a record that leads
 * somewhere else, are left alone: what is to be done is said when the domain is new. */
int domain_records_put(struct session *session, const char *name, struct changes *changes,
                       struct err *err);

/* Removes those that lead to this domain name. */
int domain_records_drop(struct session *session, const char *name, struct changes *changes,
                        struct err *err);

#endif
