/*
 * Event source mappings: by them Lambda polls queues for the live alias. Each
 * of ours has our tags; one that somebody else made for the same source and
 * alias is taken over when the settings name that source, since Lambda allows
 * no second one, and left alone otherwise.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html
 */
#ifndef FNCTL_PROVIDERS_AWS_MAPPINGS_H
#define FNCTL_PROVIDERS_AWS_MAPPINGS_H

#include "providers/aws/session.h"

/* The call that reads the first page of the mappings of a function's alias, to be performed with
 * others, and what it and the further pages hold: an array, the caller's; NULL on failure. */
void mappings_call(const char *name, struct aws_call *call);
json_t *mappings_take(struct session *session, const char *name, const struct aws_call *first,
                      struct err *err);

/* The mapping of the snapshot that leads from the source to the function; NULL: none. Borrowed. */
json_t *mappings_find(const struct remote *remote, const char *source_arn);

/* Exactly the mappings of the settings. */
int mappings_put(struct session *session, struct remote *remote, struct changes *changes,
                 struct err *err);

/* Removes all mappings of ours in `mappings` (array) from the function `name`, and waits until they
 * are gone. */
int mappings_remove(struct session *session, const char *name, const json_t *mappings,
                    struct changes *changes, struct err *err);

#endif
