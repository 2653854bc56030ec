/* A deploy while a version gets a part of the calls: it must not end that unasked. */
#ifndef FNCTL_CLI_CANARY_H
#define FNCTL_CLI_CANARY_H

#include "cli/deploy.h"

/*
 * After observe(), with everything packaged: functions whose candidate is what
 * the settings say are told of. Errors: ERR_FAILED for a function that would
 * change and make an end of its candidate, before anything is changed; only
 * told while planning. With a weight a new version takes the candidate's place.
 */
int canary_check(const struct deploy *deploy, struct err *err);

#endif
