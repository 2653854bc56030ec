/* What a schedule sends to its target. */
#ifndef FNCTL_ENGINE_SCHEDULE_INPUT_H
#define FNCTL_ENGINE_SCHEDULE_INPUT_H

#include <stdint.h>

/*
 * The target's input with its context attributes ("<aws.scheduler.scheduled-time>")
 * replaced; without one (NULL), the scheduler's own event. `arn` is the
 * schedule's, `due` in ms since 1970, `id` of this execution. To free().
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
 */
char *schedule_input(const char *input, const char *arn, int64_t due, const char *id);

#endif
