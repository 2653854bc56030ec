/* Independent pieces of work at the same time: functions of a project are deployed concurrently. */
#ifndef FNCTL_CORE_TASK_H
#define FNCTL_CORE_TASK_H

#include "core/err.h"

#include <stddef.h>

/* Does piece `index`; may run on any thread. */
typedef int task_function(void *context, size_t index, struct err *err);

/*
 * Runs task(context, 0) to task(context, count - 1), at most `limit` at a
 * time, and waits for all that were started. After a failure no new one is
 * started. Returns -1 with the failure of the lowest index.
 */
int task_run_all(task_function *task, void *context, size_t count, size_t limit, struct err *err);

/* How many processors this process may use, at least 1. */
size_t task_processors(void);

#endif
