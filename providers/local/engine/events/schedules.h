/* EventBridge Scheduler's firing side; its operations are in services/scheduler.c. */
#ifndef FNCTL_ENGINE_SCHEDULES_H
#define FNCTL_ENGINE_SCHEDULES_H

#include "providers/local/engine/engine.h"

struct schedules;

/*
 * Computes the next time of every enabled schedule and sets the timer; call at
 * start and after every change to the table `schedules` (outside of a
 * transaction). Times that passed while the engine was down are not made up
 * for. The state is engine->schedules.
 */
void schedules_reload(struct engine *engine);

/* Fires no more; before the loop and the store are closed. May be NULL. */
void schedules_free(struct schedules *schedules);

#endif
