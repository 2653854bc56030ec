/*
 * What functions did, minute by minute, as CloudWatch's namespace AWS/Lambda
 * counts it: invocations, errors, throttles and how long they took. Kept for 15
 * days, as CloudWatch keeps points of a minute; a kill -9 loses the last
 * seconds of it, which is all that is not on disk.
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
 */
#ifndef FNCTL_ENGINE_METRICS_H
#define FNCTL_ENGINE_METRICS_H

#include "providers/local/engine/engine.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct metrics *metrics_new(struct engine *engine);
/* Writes what was counted. */
void metrics_free(struct metrics *metrics);

/* Counts an invocation that is over; `duration` in ms. */
void metrics_count(struct engine *engine, const char *function, bool failed, double duration);
/* Counts one that was refused for want of concurrency. */
void metrics_count_throttle(struct engine *engine, const char *function);

/* Durations are kept by size, each within 1 % of what it was, as CloudWatch does. */
enum { METRICS_SIZES = 1024 };

/* What happened in a period. */
struct metrics_point {
    int64_t invocations, errors, throttles;
    double total, shortest, longest; /* ms */
    uint32_t durations[METRICS_SIZES];
};

typedef void metrics_take(void *context, int64_t start, const struct metrics_point *point);

/*
 * Hands over the periods (seconds) from `start` to before `end` (seconds since
 * 1970) in which anything happened, oldest first, each with when it began.
 * `function` NULL: all together.
 */
void metrics_read(struct engine *engine, const char *function, int64_t start, int64_t end,
                  int64_t period, metrics_take *take, void *context);

/* The names of functions that did anything in the last 14 days, as ListMetrics has them: rows with
 * "function". The caller's. */
json_t *metrics_functions(struct engine *engine);

/*
 * A statistic ("Sum", "Average", "Minimum", "Maximum", "SampleCount", "p99.9") of a metric
 * ("Invocations", "Errors", "Throttles", "Duration"). false: the point has no such value, as
 * the duration of nothing.
 */
bool metrics_statistic(const struct metrics_point *point, const char *metric, const char *statistic,
                       double *value);

/* Whether there is such a statistic. */
bool metrics_has_statistic(const char *statistic);

#endif
