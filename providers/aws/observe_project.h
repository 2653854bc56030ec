/*
 * Reading what belongs to the project as a whole: its API with the routes, its
 * schedules, the log groups below its prefix, and functions of it that the
 * settings no longer name.
 */
#ifndef FNCTL_PROVIDERS_AWS_OBSERVE_PROJECT_H
#define FNCTL_PROVIDERS_AWS_OBSERVE_PROJECT_H

#include "providers/aws/reads.h"

/*
 * Adds what is known by now to be needed and was not asked for yet: an API or
 * schedules are looked for when the settings want them, or a mark (marks.h) of
 * a function that was read says that there are some; their parts when they
 * themselves are known. Called before each round until it adds nothing.
 */
void observe_project(struct session *session, struct reads *reads);

#endif
