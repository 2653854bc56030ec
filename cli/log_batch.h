/*
 * Log events that were fetched and not shown yet: sorted by time, and taken
 * from the front as far as it is known that nothing earlier will come.
 */
#ifndef FNCTL_CLI_LOG_BATCH_H
#define FNCTL_CLI_LOG_BATCH_H

#include "providers/provider.h"

#include <stddef.h>
#include <stdint.h>

struct log_batch {
    struct log_batch_item *items;
    size_t count, capacity;
    uint64_t added; /* so far: equal times keep the order in which they came */
};

/* An empty batch is all zero. */
void log_batch_release(struct log_batch *batch);

/* Takes the event's strings; it is empty afterwards. */
void log_batch_add(struct log_batch *batch, struct log_event *event);

/*
 * Hands over the events up to the time `until` (INT64_MAX: all), in order, and
 * frees them. Returns 1 as soon as `show` returns non-zero, and drops the rest
 * of them; 0 otherwise.
 */
int log_batch_show(struct log_batch *batch, int64_t until,
                   int (*show)(void *context, const struct log_event *event), void *context);

#endif
