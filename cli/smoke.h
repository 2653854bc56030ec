/*
 * The smoke test of a version that is about to become live: the version is
 * called by its number, so that nothing public leads to it yet. A request is
 * the event that an HTTP API's route $default or a function URL would make of
 * it (payload format 2.0).
 */
#ifndef FNCTL_CLI_SMOKE_H
#define FNCTL_CLI_SMOKE_H

#include "cli/app.h"

/*
 * Calls `version` of a function that has a smoke test (settings_smoke_is_set()). Errors:
 * ERR_FAILED, that it did not answer as expected, with the end of that call's
 * log on standard error; and what calling may end with.
 */
int smoke_test(struct app *app, const struct function *function, const char *version,
               struct err *err);

/* Whether a result has what is expected: of an object those members, of anything else the same
 * value. */
bool smoke_matches(const json_t *result, const json_t *expected);

#endif
