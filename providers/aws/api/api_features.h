/*
 * What an HTTP API may have besides routes, and which of it is looked at: most
 * projects use none, and shall not pay requests for it. The settings say what
 * shall be there; the tag TAG_FEATURES of the API what may be there from an earlier
 * deploy: it is set before the first is made, and taken back after the last
 * has gone.
 */
#ifndef FNCTL_PROVIDERS_AWS_API_FEATURES_H
#define FNCTL_PROVIDERS_AWS_API_FEATURES_H

#include "providers/aws/reads.h"

enum {
    API_AUTHORIZERS = 1, /* session->authorizers is read */
    API_STAGE = 2        /* settings of the stage: api_stage and access_log are read */
};

/* What the settings want, and what they want or the API's tag says; any of the above. */
int api_features_wanted(const struct session *session);
int api_features(const struct session *session);

/* Adds what reads them. */
void api_features_read(const struct session *session, struct reads *reads);

/* Reads the authorizers again. */
int api_features_refresh(struct session *session, struct err *err);

/* Adds the tag to `tags` of an API that is to be made. */
void api_features_tag(const struct session *session, json_t *tags);

/* Makes the tag name all of `features`; nothing is sent when it does. */
int api_features_mark(struct session *session, int features, struct err *err);

#endif
