/* The process of an environment: started, and its output taken to the log. */
#ifndef FNCTL_ENGINE_ENVIRONMENT_PROCESS_H
#define FNCTL_ENGINE_ENVIRONMENT_PROCESS_H

#include "providers/local/engine/loop.h"
#include "providers/local/engine/run/environment.h"

/*
 * Starts the process in its sandbox; from then on its output goes to the log,
 * and `ended` is called with the environment when our child has ended. Writes
 * INIT_START, the first time. Errors: ERR_FAILED, ERR_PACKAGE.
 */
int environment_spawn(struct environment *environment, loop_child_callback *ended, struct err *err);

/* Takes what the process has written until now. */
void environment_read(struct environment *environment);

void environment_close_output(struct environment *environment);

#endif
