/*
 * Marks: tags of a function that say which parts it has besides itself, or is
 * about to get. GetFunction brings them, so that a project without a feature
 * pays no request to see that it has none. A mark is set with the function's
 * other tags, before the part is made, and taken away last, after the part is
 * gone: so nothing that an interrupted run made is overlooked.
 */
#ifndef FNCTL_PROVIDERS_AWS_MARKS_H
#define FNCTL_PROVIDERS_AWS_MARKS_H

#include "providers/aws/session.h"

#define MARK_URL "fnctl:url"                 /* a function URL */
#define MARK_API "fnctl:api"                 /* routes of the HTTP API */
#define MARK_SCHEDULES "fnctl:schedules"     /* schedules */
#define MARK_ASYNC "fnctl:async"             /* retries or destinations of asynchronous calls */
#define MARK_TRIGGERS "fnctl:triggers"       /* triggers that Lambda polls */
#define MARK_SOURCES "fnctl:sources"         /* triggers that call by themselves */
#define MARK_PROVISIONED "fnctl:provisioned" /* provisioned concurrency of the live alias */
#define MARK_CALLERS "fnctl:callers"         /* statements in the live alias's resource policy */

/* Whether the settings give the function that part. */
bool mark_wanted(const struct function *function, const char *mark);

/* Whether the function there has the mark, but the settings do not want the part any more. */
bool mark_stale(const struct remote *remote, const char *mark);

/* Whether any function of the settings wants, has stale, ... the part. */
bool marks_any(const struct session *session, const char *mark,
               bool (*is)(const struct remote *remote, const char *mark));
bool mark_is_wanted(const struct remote *remote, const char *mark);

/* Adds the marks that the settings want to `tags`. */
void marks_add(const struct function *function, json_t *tags);

/* Takes a stale mark away from the function, when applying. */
int mark_drop(struct session *session, struct remote *remote, const char *mark,
              const struct changes *changes, struct err *err);

#endif
