#include "providers/aws/metrics.h"

#include "core/memory.h"
#include "providers/aws/observe.h"
#include "providers/aws/prices.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    QUERIES_MAX = 500, /* of one GetMetricData */
    MINUTE = 60,
    DAY = 24 * 3600,
};

/* What is asked of each function. */
static const struct measure {
    const char *key; /* in the reply; a series' in "series" */
    const char *metric, *statistic;
    bool series;
} measures[] = {
    {"invocations", "Invocations", "Sum", false},
    {"errors", "Errors", "Sum", false},
    {"throttles", "Throttles", "Sum", false},
    {"p50", "Duration", "p50", false},
    {"p99", "Duration", "p99", false},
    {"duration", "Duration", "Sum", false},
    {"invocations", "Invocations", "Sum", true},
    {"errors", "Errors", "Sum", true},
    {"p50", "Duration", "p50", true},
};
enum { MEASURES = sizeof(measures) / sizeof(*measures), TOTALS = 6 };

/* Seconds that CloudWatch has points of for that long ago: a minute for 15 days, five for 63, an
 * hour then. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricStat.html
 */
static int64_t grain_of(int64_t age)
{
    return age < 15 * DAY ? MINUTE : age < 63 * DAY ? 5 * MINUTE : 60 * MINUTE;
}

/* The time that is asked about, in seconds since 1970, in whole steps. */
struct window {
    int64_t start, end;
    int64_t step; /* 0: no series */
    int64_t steps;
};

static struct window make_window(const struct session *session, const struct metrics_query *query)
{
    int64_t grain = grain_of((clock_now(session->clock) - query->since) / 1000);
    struct window window = {.end = (query->until / 1000 + grain - 1) / grain * grain,
                            .start = query->since / 1000 / grain * grain,
                            .steps = query->steps};

    if (window.end <= window.start)
        window.end = window.start + grain;
    if (!window.steps)
        return window;
    window.step = (window.end - window.start + query->steps - 1) / query->steps;
    window.step = (window.step + grain - 1) / grain * grain;
    window.steps = (window.end - window.start + window.step - 1) / window.step;
    return window;
}

static json_t *make_query(const struct remote *remote, size_t index, size_t measure,
                          const struct window *window)
{
    const struct measure *what = &measures[measure];
    char id[32];

    snprintf(id, sizeof(id), "f%zu_%zu", index, measure);
    return json_pack("{s:s, s:{s:{s:s, s:s, s:[{s:s, s:s}]}, s:I, s:s}}", "Id", id, "MetricStat",
                     "Metric", "Namespace", "AWS/Lambda", "MetricName", what->metric, "Dimensions",
                     "Name", "FunctionName", "Value", remote->name, "Period",
                     (json_int_t)(what->series ? window->step : window->end - window->start),
                     "Stat", what->statistic);
}

/* Queries of all functions that are deployed, in lists that one call takes. */
static json_t *make_queries(const struct session *session, const struct window *window)
{
    size_t wanted = window->steps ? MEASURES : TOTALS;
    json_t *lists = json_array(), *list = NULL;

    for (size_t i = 0; i < session->count; i++) {
        if (!session->remotes[i].configuration)
            continue;
        if (!list || json_array_size(list) + wanted > QUERIES_MAX) {
            list = json_array();
            json_array_append_new(lists, list);
        }
        for (size_t k = 0; k < wanted; k++)
            json_array_append_new(list, make_query(&session->remotes[i], i, k, window));
    }
    return lists;
}

/* An empty function: nothing happened. */
static json_t *nothing(const struct window *window)
{
    json_t *figures = json_object(), *series = json_object();

    for (size_t k = 0; k < MEASURES; k++) {
        bool counts = strcmp(measures[k].metric, "Duration") != 0;
        json_t *value = counts ? json_integer(0) : json_null();
        json_t *list;

        if (!measures[k].series) {
            json_object_set_new(figures, measures[k].key, value);
            continue;
        }
        list = json_array();
        for (int64_t step = 0; step < window->steps; step++)
            json_array_append(list, value);
        json_object_set_new(series, measures[k].key, list);
        json_decref(value);
    }
    if (window->steps)
        json_object_set(figures, "series", series);
    json_decref(series);
    return figures;
}

static json_t *number(double value)
{
    return value >= 0 && value < 1e15 && value == (double)(int64_t)value
               ? json_integer((json_int_t)value)
               : json_real(value);
}

/* Several points of a total (AWS cut the time at a boundary of its own): counts are added, of
 * percentiles the largest is kept. */
static void take_total(json_t *figures, const struct measure *measure, const json_t *values)
{
    bool adds = strcmp(measure->statistic, "Sum") == 0;
    double total = 0;
    json_t *value;
    size_t i;

    json_array_foreach (values, i, value) {
        double point = json_number_value(value);

        total = adds ? total + point : point > total ? point : total;
    }
    if (json_array_size(values))
        json_object_set_new(figures, measure->key, number(total));
}

/* A time as JSON has it: a number; as text it is what other implementations write. */
static int64_t time_of(const json_t *value)
{
    int64_t time = 0;

    if (!json_is_string(value))
        return (int64_t)json_number_value(value);
    return clock_parse(json_string_value(value), &time) == 0 ? time / 1000 : 0;
}

static void take_series(json_t *figures, const struct measure *measure, const json_t *result,
                        const struct window *window)
{
    const json_t *times = json_object_get(result, "Timestamps");
    json_t *list = json_object_get(json_object_get(figures, "series"), measure->key), *value;
    size_t i;

    json_array_foreach (json_object_get(result, "Values"), i, value) {
        int64_t time = time_of(json_array_get(times, i));
        int64_t step = time >= window->start ? (time - window->start) / window->step : -1;

        if (step >= 0 && step < window->steps)
            json_array_set_new(list, (size_t)step, number(json_number_value(value)));
    }
}

static void take_results(const struct session *session, const json_t *results, json_t *functions,
                         const struct window *window)
{
    json_t *result;
    size_t i;

    json_array_foreach (results, i, result) {
        size_t index, measure;
        json_t *figures;

        if (sscanf(json_string_at(result, "Id"), "f%zu_%zu", &index, &measure) != 2 ||
            index >= session->count || measure >= MEASURES)
            continue;
        figures = json_object_get(functions, session->remotes[index].function->name);
        if (measures[measure].series)
            take_series(figures, &measures[measure], result, window);
        else
            take_total(figures, &measures[measure], json_object_get(result, "Values"));
    }
}

/* All pages of one list of queries. */
static int ask(struct session *session, const json_t *queries, json_t *functions,
               const struct window *window, struct err *err)
{
    json_t *body = json_pack("{s:O, s:I, s:I, s:s}", "MetricDataQueries", queries, "StartTime",
                             (json_int_t)window->start, "EndTime", (json_int_t)window->end,
                             "ScanBy", "TimestampAscending");
    int result = 0;
    bool more = true;

    while (result == 0 && more) {
        struct aws_call call;
        const char *next;

        aws_call_action(&call, &aws_cloudwatch, "GetMetricData", json_incref(body));
        result = session_call(session, &call, NULL, "metrics", err);
        next = json_string_at(call.reply, "NextToken");
        more = *next;
        if (result == 0)
            take_results(session, json_at(call.reply, "MetricDataResults"), functions, window);
        if (more)
            json_object_set_new(body, "NextToken", json_string(next));
        aws_call_release(&call);
    }
    json_decref(body);
    return result;
}

static void add_cost(const struct remote *remote, json_t *figures)
{
    const json_t *configuration = remote->configuration;
    const char *architecture =
        json_string_value(json_array_get(json_object_get(configuration, "Architectures"), 0));
    double cost = price_of_calls(architecture ? architecture : "",
                                 json_number_value(json_object_get(figures, "invocations")),
                                 json_number_value(json_object_get(figures, "duration")),
                                 (double)json_int_at(configuration, "MemorySize"));

    json_object_set_new(figures, "cost", json_real(cost));
}

int aws_metrics(struct session *session, const struct metrics_query *query, json_t **metrics,
                struct err *err)
{
    struct window window;
    json_t *functions, *lists, *list;
    int result = 0;
    size_t i;

    if (observe_once(session, err) < 0)
        return -1;
    window = make_window(session, query);
    functions = json_object();
    lists = make_queries(session, &window);
    for (i = 0; i < session->count; i++)
        if (session->remotes[i].configuration)
            json_object_set_new(functions, session->remotes[i].function->name, nothing(&window));
    json_array_foreach (lists, i, list)
        if (result == 0)
            result = ask(session, list, functions, &window, err);
    for (i = 0; i < session->count; i++)
        if (session->remotes[i].configuration)
            add_cost(&session->remotes[i],
                     json_object_get(functions, session->remotes[i].function->name));
    *metrics = json_pack("{s:I, s:I, s:I, s:O}", "since", (json_int_t)window.start * 1000, "until",
                         (json_int_t)window.end * 1000, "step", (json_int_t)window.step * 1000,
                         "functions", functions);
    if (result < 0)
        json_replace(metrics, NULL);
    json_decref(lists);
    json_decref(functions);
    return result;
}
