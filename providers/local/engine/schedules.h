/* EventBridge Scheduler's firing side; its operations are in operations_scheduler.c. */
#ifndef FNCTL_ENGINE_SCHEDULES_H
#define FNCTL_ENGINE_SCHEDULES_H

#include "providers/local/engine/engine.h"

/* Computes the next time of every enabled schedule and sets the timer; call at start and after
 * every change to the table `schedules`. */
void schedules_reload(struct engine *engine);

#endif
