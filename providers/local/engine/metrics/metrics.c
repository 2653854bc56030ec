#include "providers/local/engine/metrics/metrics.h"

#include "core/json.h"
#include "core/memory.h"
#include "providers/local/engine/loop.h"
#include "providers/local/engine/store/store.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    WRITE_DELAY = 2000, /* ms from the first count to the disk */
    MINUTE = 60,
    KEPT = 15 * 24 * 3600,   /* s */
    LISTED = 14 * 24 * 3600, /* s: what ListMetrics tells of */
};

/* Sizes grow by 2 %, so that the middle of each is within 1 % of what is in it. */
#define GROWTH 1.02
#define SMALLEST 0.01 /* ms */

/* A function's minute that is not on disk yet. */
struct pending {
    struct pending *next;
    char *function;
    int64_t minute; /* s since 1970 */
    struct metrics_point point;
};

struct metrics {
    struct engine *engine;
    struct pending *pending;
    uint64_t timer;
};

static int size_of(double duration)
{
    int size = duration > SMALLEST ? (int)lround(log(duration / SMALLEST) / log(GROWTH)) : 0;

    return size < METRICS_SIZES ? size : METRICS_SIZES - 1;
}

static json_t *pack_durations(const struct metrics_point *point)
{
    json_t *object = json_object();
    char key[16];

    for (int i = 0; i < METRICS_SIZES; i++) {
        snprintf(key, sizeof(key), "%d", i);
        if (point->durations[i])
            json_object_set_new(object, key, json_integer(point->durations[i]));
    }
    return object;
}

static void unpack_durations(const json_t *object, struct metrics_point *point)
{
    const char *key;
    json_t *count;

    json_object_foreach ((json_t *)object, key, count) {
        long size = strtol(key, NULL, 10);

        if (size >= 0 && size < METRICS_SIZES)
            point->durations[size] += (uint32_t)json_integer_value(count);
    }
}

static void merge(struct metrics_point *to, const json_t *row)
{
    int64_t invocations = json_int_at(row, "invocations");
    double shortest = json_number_value(json_object_get(row, "shortest"));
    double longest = json_number_value(json_object_get(row, "longest"));

    if (invocations && (!to->invocations || shortest < to->shortest))
        to->shortest = shortest;
    if (longest > to->longest)
        to->longest = longest;
    to->invocations += invocations;
    to->errors += json_int_at(row, "errors");
    to->throttles += json_int_at(row, "throttles");
    to->total += json_number_value(json_object_get(row, "total"));
    unpack_durations(json_object_get(row, "durations"), to);
}

#define COLUMNS                                                                                    \
    "invocations, errors, throttles, total, shortest, longest, durations AS \"{durations\" "       \
    "FROM function_minutes "

/* Adds to what the minute has already. Reals are kept as text: bound parameters are texts and
 * integers. */
static void write_minute(struct store *store, const struct pending *pending)
{
    struct metrics_point point = pending->point;
    json_t *row = store_row(store, "SELECT " COLUMNS "WHERE minute = ? AND function = ?", "is",
                            pending->minute, pending->function);
    char total[32], shortest[32], longest[32];
    json_t *durations;
    char *text;

    merge(&point, row);
    snprintf(total, sizeof(total), "%.3f", point.total);
    snprintf(shortest, sizeof(shortest), "%.3f", point.shortest);
    snprintf(longest, sizeof(longest), "%.3f", point.longest);
    durations = pack_durations(&point);
    text = json_dumps(durations, JSON_COMPACT);
    store_run(store,
              "INSERT OR REPLACE INTO function_minutes (minute, function, invocations, errors, "
              "throttles, total, shortest, longest, durations) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
              "isiiissss", pending->minute, pending->function, point.invocations, point.errors,
              point.throttles, total, shortest, longest, text);
    free(text);
    json_decref(durations);
    json_decref(row);
}

static void write_pending(void *context)
{
    struct metrics *metrics = context;
    struct store *store = metrics->engine->store;
    int64_t now = clock_now(metrics->engine->clock) / 1000;

    metrics->timer = 0;
    if (!metrics->pending)
        return;
    store_begin(store);
    while (metrics->pending) {
        struct pending *pending = metrics->pending;

        metrics->pending = pending->next;
        write_minute(store, pending);
        free(pending->function);
        free(pending);
    }
    store_run(store, "DELETE FROM function_minutes WHERE minute < ?", "i", now - KEPT);
    store_commit(store);
}

struct metrics *metrics_new(struct engine *engine)
{
    struct metrics *metrics = xcalloc(1, sizeof(*metrics));

    metrics->engine = engine;
    return metrics;
}

void metrics_free(struct metrics *metrics)
{
    if (!metrics)
        return;
    loop_cancel_timer(metrics->engine->loop, metrics->timer);
    write_pending(metrics);
    free(metrics);
}

static struct metrics_point *current(struct engine *engine, const char *function)
{
    struct metrics *metrics = engine->metrics;
    int64_t now = clock_now(engine->clock) / 1000, minute = now - now % MINUTE;
    struct pending *pending = metrics->pending;

    while (pending && (pending->minute != minute || strcmp(pending->function, function) != 0))
        pending = pending->next;
    if (!pending) {
        pending = xcalloc(1, sizeof(*pending));
        pending->function = xstrdup(function);
        pending->minute = minute;
        pending->next = metrics->pending;
        metrics->pending = pending;
    }
    if (!metrics->timer)
        metrics->timer = loop_add_timer(engine->loop, WRITE_DELAY, write_pending, metrics);
    return &pending->point;
}

void metrics_count(struct engine *engine, const char *function, bool failed, double duration)
{
    struct metrics_point *point = current(engine, function);

    if (!point->invocations || duration < point->shortest)
        point->shortest = duration;
    if (duration > point->longest)
        point->longest = duration;
    point->invocations++;
    point->errors += failed;
    point->total += duration;
    point->durations[size_of(duration)]++;
}

void metrics_count_throttle(struct engine *engine, const char *function)
{
    current(engine, function)->throttles++;
}

void metrics_read(struct engine *engine, const char *function, int64_t start, int64_t end,
                  int64_t period, metrics_take *take, void *context)
{
    struct metrics_point *point = xcalloc(1, sizeof(*point));
    int64_t begun = -1;
    json_t *rows, *row;
    size_t i;

    write_pending(engine->metrics);
    rows = store_rows(engine->store,
                      "SELECT minute, " COLUMNS
                      "WHERE minute >= ?1 AND minute < ?2 AND (?3 IS NULL OR function = ?3) "
                      "ORDER BY minute",
                      "iis", start, end, function);
    json_array_foreach (rows, i, row) {
        int64_t minute = json_int_at(row, "minute");
        int64_t first = start + (minute - start) / period * period;

        if (begun >= 0 && first != begun) {
            take(context, begun, point);
            memset(point, 0, sizeof(*point));
        }
        begun = first;
        merge(point, row);
    }
    if (begun >= 0)
        take(context, begun, point);
    json_decref(rows);
    free(point);
}

json_t *metrics_functions(struct engine *engine)
{
    write_pending(engine->metrics);
    return store_rows(engine->store,
                      "SELECT DISTINCT function FROM function_minutes WHERE minute >= ? "
                      "ORDER BY function",
                      "i", clock_now(engine->clock) / 1000 - LISTED);
}

/* The duration that so many of a hundred did not pass. */
static double percentile(const struct metrics_point *point, double percent)
{
    double wanted = percent / 100 * (double)point->invocations, seen = 0, value;
    int size = 0;

    if (percent >= 100)
        return point->longest;
    while (size < METRICS_SIZES - 1 && (seen += point->durations[size]) < wanted)
        size++;
    value = SMALLEST * pow(GROWTH, size);
    if (value > point->longest)
        return point->longest;
    return value < point->shortest ? point->shortest : value;
}

/* "p99.9" as 99.9; negative: none. */
static double percent_of(const char *statistic)
{
    char *end;
    double percent = *statistic == 'p' ? strtod(statistic + 1, &end) : -1;

    return percent >= 0 && percent <= 100 && end > statistic + 1 && !*end ? percent : -1;
}

/* Counters have a sample for each invocation (throttles: for each attempt), of 0 or 1. */
static bool counter_statistic(int64_t sum, int64_t samples, const char *statistic, double *value)
{
    if (!samples)
        return false;
    if (strcmp(statistic, "Sum") == 0)
        *value = (double)sum;
    else if (strcmp(statistic, "SampleCount") == 0)
        *value = (double)samples;
    else if (strcmp(statistic, "Average") == 0)
        *value = (double)sum / (double)samples;
    else if (strcmp(statistic, "Minimum") == 0)
        *value = sum == samples;
    else if (strcmp(statistic, "Maximum") == 0)
        *value = sum > 0;
    else
        *value = (double)(samples - sum) < percent_of(statistic) / 100 * (double)samples;
    return true;
}

static bool duration_statistic(const struct metrics_point *point, const char *statistic,
                               double *value)
{
    if (!point->invocations)
        return false;
    if (strcmp(statistic, "Sum") == 0)
        *value = point->total;
    else if (strcmp(statistic, "SampleCount") == 0)
        *value = (double)point->invocations;
    else if (strcmp(statistic, "Average") == 0)
        *value = point->total / (double)point->invocations;
    else if (strcmp(statistic, "Minimum") == 0)
        *value = point->shortest;
    else if (strcmp(statistic, "Maximum") == 0)
        *value = point->longest;
    else
        *value = percentile(point, percent_of(statistic));
    return true;
}

bool metrics_has_statistic(const char *statistic)
{
    static const char *const names[] = {"Sum", "Average", "Minimum", "Maximum", "SampleCount"};

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (strcmp(statistic, names[i]) == 0)
            return true;
    return percent_of(statistic) >= 0;
}

bool metrics_statistic(const struct metrics_point *point, const char *metric, const char *statistic,
                       double *value)
{
    if (strcmp(metric, "Invocations") == 0)
        return counter_statistic(point->invocations, point->invocations, statistic, value);
    if (strcmp(metric, "Errors") == 0)
        return counter_statistic(point->errors, point->invocations, statistic, value);
    if (strcmp(metric, "Throttles") == 0)
        return counter_statistic(point->throttles, point->invocations + point->throttles, statistic,
                                 value);
    return strcmp(metric, "Duration") == 0 && duration_statistic(point, statistic, value);
}
