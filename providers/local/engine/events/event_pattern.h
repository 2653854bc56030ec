/*
 * EventBridge's event patterns, which event source mappings filter with too.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
#ifndef FNCTL_ENGINE_EVENT_PATTERN_H
#define FNCTL_ENGINE_EVENT_PATTERN_H

#include "core/err.h"

#include <jansson.h>
#include <stdbool.h>

/* Whether the event has all that the pattern asks for. */
bool event_pattern_matches(const json_t *pattern, const json_t *event);

/* Whether one of the conditions (the array at a leaf of a pattern) holds for the value; NULL: there
 * is no value. */
bool event_conditions_hold(const json_t *conditions, const json_t *value);

/* Whether it is a pattern: ERR_FAILED with the reason when not. */
int event_pattern_check(const json_t *pattern, struct err *err);

#endif
