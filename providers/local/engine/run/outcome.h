/* How an invocation ends: its log lines and the result that the caller gets, in Lambda's words. */
#ifndef FNCTL_ENGINE_OUTCOME_H
#define FNCTL_ENGINE_OUTCOME_H

#include "providers/local/engine/run/environment.h"

/* Microseconds on the monotonic clock. */
int64_t outcome_clock(void);

/* Writes START once for the current invocation. */
void outcome_begin(struct environment *environment);

/* The function answered, and its runtime asked for more work or ended. */
void outcome_answered(struct environment *environment);

void outcome_timed_out(struct environment *environment);

/* The process ended during the invocation; `status` as of waitpid(). */
void outcome_exited(struct environment *environment, int status);

/* The process ended before it asked for work. */
void outcome_init_failed(struct environment *environment, int status);

/* Fills a result with an error; `type` may be NULL. */
void outcome_error(struct invocation *invocation, const char *type, const char *message);

#endif
