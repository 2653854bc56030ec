/*
 * Where credentials may come from, in the order of AWS's SDKs: the one table
 * of kinds.
 */
#ifndef FNCTL_PROVIDERS_AWS_CREDENTIAL_CHAIN_H
#define FNCTL_PROVIDERS_AWS_CREDENTIAL_CHAIN_H

#include "providers/aws/identity/credential_source.h"

/* Finds the first source that is configured; `search` has everything but the members that find.
 * Sends nothing. NULL with ERR_CREDENTIALS when there is none, or it is configured wrongly. */
struct credential_source *credential_chain_find(const struct credential_search *search,
                                                struct err *err);

/* "no AWS credentials ...": what was looked at, in order, and what to do. `why` is said of the last
 * one. */
int credential_chain_nothing(const char *profile, bool variables, const char *why, struct err *err);

#endif
