/* The published versions of a function: what there is, and what changed from one to the next. */
#ifndef FNCTL_PROVIDERS_AWS_VERSION_LIST_H
#define FNCTL_PROVIDERS_AWS_VERSION_LIST_H

#include "providers/aws/function/alias_note.h"
#include "providers/aws/session.h"

/* The configurations of all published versions, newest first, read once a session. Borrowed; NULL
 * on failure. */
const json_t *version_list(struct session *session, struct remote *remote, struct err *err);

/* A version was just published: the list, if there is one, learns of it. */
void version_list_add(struct remote *remote, json_t *configuration);

/* The configuration of the version with that number among `versions`, or NULL. Borrowed. */
const json_t *version_find(const json_t *versions, const char *version);

/* The newest version, after version_list(), that was made from a function with that fingerprint, or
 * NULL. Borrowed. */
const json_t *version_made_from(const struct remote *remote, const char *fingerprint);

/* Fills the fingerprints that a note of an alias which somebody else moved lacks. */
int version_complete_note(struct session *session, struct remote *remote, struct alias_note *note,
                          struct err *err);

int aws_versions(struct session *session, const struct function *function, json_t **versions,
                 struct err *err);

#endif
