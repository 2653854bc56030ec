/*
 * The custom domain name of the project's HTTP API: certificate, domain name,
 * mapping of a base path, DNS records.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-custom-domain-names.html
 *
 * A domain name of somebody else may be used; then only the mapping is ours.
 * The tag TAG_DOMAIN of the API names the domain that it has, or is about to
 * get: it is set before, and taken back after.
 */
#ifndef FNCTL_PROVIDERS_AWS_DOMAIN_H
#define FNCTL_PROVIDERS_AWS_DOMAIN_H

#include "providers/aws/reads.h"

/* The domain name that the stage shall have; NULL: none. The local engine has none. Borrowed. */
const char *domain_wanted(const struct session *session);

/* Adds what reads the domain and its mappings: those wanted, else those that the API's tag names.
 */
void domain_read(const struct session *session, struct reads *reads);

/* Makes domain, mapping and records equal to the settings. After the API. */
int domain_sync(struct session *session, struct changes *changes, struct err *err);

/* Removes all of it that is ours. Before the API. */
int domain_drop(struct session *session, struct changes *changes, struct err *err);

/* "https://NAME/BASE-PATH", to free(); NULL: the stage has none. */
char *domain_url(const struct session *session);

#endif
