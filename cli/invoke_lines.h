/* Many calls of one function: a payload a line, an answer a line, in the same order. */
#ifndef FNCTL_CLI_INVOKE_LINES_H
#define FNCTL_CLI_INVOKE_LINES_H

#include "cli/app.h"

#include <stddef.h>

/*
 * Calls `invocation`'s function with each line of `file` (NULL or "-": standard
 * input), `concurrency` at a time. Answers go to standard output, one line each
 * (--json: an object with "line"), what failed to standard error. ERR_FAILED
 * at the end when a call failed; what is wrong with a line, or with the
 * network, ends it at once.
 */
int invoke_lines(struct app *app, const struct invocation *invocation, const char *file,
                 size_t concurrency, struct err *err);

#endif
