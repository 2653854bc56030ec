#include "providers/local/engine/services/cloudwatch.h"

#include "core/json.h"
#include "core/memory.h"
#include "providers/local/engine/metrics/metrics.h"
#include "providers/local/engine/services/operations.h"

#include <stdlib.h>
#include <string.h>

/*
 * CloudWatch's reading operations over what the engine counts: the metrics of
 * AWS/Lambda by FunctionName, and of all functions together. What else there is
 * on AWS (other namespaces, the dimension Resource) has no points here.
 */

enum {
    QUERIES_MAX = 500,
    STATISTICS_POINTS = 1440, /* of one GetMetricStatistics */
    POINTS_MAX = 100800,      /* of one GetMetricData */
};

#define NAMESPACE "AWS/Lambda"

static const struct {
    const char *name, *unit;
} metric_names[] = {{"Duration", "Milliseconds"},
                    {"Errors", "Count"},
                    {"Invocations", "Count"},
                    {"Throttles", "Count"}};

const char *cloudwatch_query_code(const char *code)
{
    static const char *const codes[][2] = {
        {"InvalidParameterCombinationException", "InvalidParameterCombination"},
        {"InvalidParameterValueException", "InvalidParameterValue"},
        {"MissingRequiredParameterException", "MissingParameter"}};

    for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++)
        if (strcmp(codes[i][0], code) == 0)
            return codes[i][1];
    return code;
}

static const char *unit_of(const char *metric)
{
    for (size_t i = 0; i < sizeof(metric_names) / sizeof(*metric_names); i++)
        if (strcmp(metric_names[i].name, metric) == 0)
            return metric_names[i].unit;
    return "None";
}

/* What is asked for: which functions' points, in which steps. */
struct range {
    const char *function; /* NULL: all together */
    int64_t start, end, period;
};

/* Whether the engine can have points of the metric; fills the function. */
static bool has_points(const json_t *metric, struct range *range)
{
    const json_t *dimensions = json_object_get(metric, "Dimensions");
    const json_t *dimension = json_array_get(dimensions, 0);

    range->function = NULL;
    if (strcmp(json_string_at(metric, "Namespace"), NAMESPACE) != 0 ||
        json_array_size(dimensions) > 1)
        return false;
    if (dimension) {
        range->function = json_string_at(dimension, "Value");
        return strcmp(json_string_at(dimension, "Name"), "FunctionName") == 0;
    }
    return true;
}

static bool is_period(int64_t period)
{
    return period == 1 || period == 5 || period == 10 || period == 20 || period == 30 ||
           (period > 0 && period % 60 == 0);
}

/* Times are rounded down to the minute, as CloudWatch does for those of the last 15 days. */
static bool read_times(struct request *request, const json_t *input, struct range *range)
{
    double start = json_number_value(json_object_get(input, "StartTime"));
    double end = json_number_value(json_object_get(input, "EndTime"));

    range->start = (int64_t)start / 60 * 60;
    range->end = ((int64_t)end + 59) / 60 * 60;
    if (start >= 0 && end > start && end < 1e11)
        return true;
    request_fail(request, 400, "InvalidParameterValueException",
                 "The parameter StartTime must be less than the parameter EndTime.");
    return false;
}

/* A result of GetMetricData that is being filled. */
struct series {
    const char *metric, *statistic;
    bool descending;
    json_t *times, *values;
};

static void add_value(void *context, int64_t start, const struct metrics_point *point)
{
    struct series *series = context;
    double value;

    if (!metrics_statistic(point, series->metric, series->statistic, &value))
        return;
    if (series->descending) {
        json_array_insert_new(series->times, 0, json_integer(start));
        json_array_insert_new(series->values, 0, json_real(value));
    } else {
        json_array_append_new(series->times, json_integer(start));
        json_array_append_new(series->values, json_real(value));
    }
}

static json_t *run_query(struct request *request, const json_t *query, const struct range *times,
                         bool descending)
{
    const json_t *stat = json_object_get(query, "MetricStat");
    const char *metric = json_string_at(stat, "Metric.MetricName");
    const char *label = json_string_at(query, "Label");
    struct series series = {.metric = metric,
                            .statistic = json_string_at(stat, "Stat"),
                            .descending = descending,
                            .times = json_array(),
                            .values = json_array()};
    struct range range = *times;

    range.period = json_int_at(stat, "Period");
    /* Points of less than a minute are not kept; neither are they on AWS of Lambda's metrics. */
    if (range.period < 60)
        range.period = 60;
    if (has_points(json_object_get(stat, "Metric"), &range))
        metrics_read(request->engine, range.function, range.start, range.end, range.period,
                     add_value, &series);
    return json_pack("{s:s, s:s, s:o, s:o, s:s}", "Id", json_string_at(query, "Id"), "Label",
                     *label ? label : metric, "Timestamps", series.times, "Values", series.values,
                     "StatusCode", "Complete");
}

/* Answers when a query is none that can be run. */
static bool check_query(struct request *request, const json_t *query)
{
    const json_t *stat = json_object_get(query, "MetricStat");
    const char *id = json_string_at(query, "Id");

    if (*id < 'a' || *id > 'z')
        request_fail(request, 400, "ValidationError",
                     "The value '%s' for parameter MetricDataQueries.member.Id is not matching the "
                     "expected pattern ^[a-z][a-zA-Z0-9_]*$.",
                     id);
    else if (json_object_get(query, "Expression"))
        request_fail(request, 400, "ValidationError",
                     "the local engine computes no Expression: ask for the metrics themselves");
    else if (!json_is_object(json_object_get(stat, "Metric")) ||
             !*json_string_at(stat, "Metric.MetricName"))
        request_fail(request, 400, "ValidationError",
                     "Either Expression or MetricStat must be specified for query %s.", id);
    else if (!metrics_has_statistic(json_string_at(stat, "Stat")))
        request_fail(request, 400, "ValidationError",
                     "The value '%s' for parameter MetricDataQueries.member.MetricStat.Stat is no "
                     "statistic.",
                     json_string_at(stat, "Stat"));
    else if (!is_period(json_int_at(stat, "Period")))
        request_fail(request, 400, "ValidationError",
                     "The value for parameter MetricDataQueries.member.MetricStat.Period must be a "
                     "multiple of 60.");
    else
        return true;
    return false;
}

static bool check_queries(struct request *request, const json_t *queries)
{
    size_t count = json_array_size(queries), i;
    json_t *query;

    if (count == 0 || count > QUERIES_MAX) {
        request_fail(request, 400, "ValidationError",
                     "1 to %d queries can be asked at once, not %zu", QUERIES_MAX, count);
        return false;
    }
    json_array_foreach (queries, i, query)
        if (!check_query(request, query))
            return false;
    return true;
}

/* The query that a page begins with; false: answered. */
static bool read_token(struct request *request, const json_t *input, size_t *first)
{
    const char *token = json_string_at(input, "NextToken");
    char *end;

    *first = strtoul(token, &end, 10);
    if (!*token || (!*end && *first < json_array_size(json_object_get(input, "MetricDataQueries"))))
        return true;
    request_fail(request, 400, "InvalidNextToken", "The next token specified is invalid.");
    return false;
}

/* Pages end between queries. */
static void get_metric_data(struct request *request, json_t *input)
{
    const json_t *queries = json_object_get(input, "MetricDataQueries");
    bool descending = strcmp(json_string_at(input, "ScanBy"), "TimestampAscending") != 0;
    int64_t most = json_int_at(input, "MaxDatapoints");
    json_t *results, *body;
    size_t i, points = 0;
    struct range range = {0};

    if (!read_times(request, input, &range) || !check_queries(request, queries) ||
        !read_token(request, input, &i))
        return;
    results = json_array();
    for (; i < json_array_size(queries); i++) {
        json_t *query = json_array_get(queries, i);
        const json_t *returned = json_object_get(query, "ReturnData");
        json_t *result;

        if (json_is_false(returned))
            continue;
        result = run_query(request, query, &range, descending);
        points += json_array_size(json_object_get(result, "Values"));
        if (json_array_size(results) && points > (size_t)(most > 0 ? most : POINTS_MAX)) {
            json_decref(result);
            break;
        }
        json_array_append_new(results, result);
    }
    body = json_pack("{s:o, s:[]}", "MetricDataResults", results, "Messages");
    if (i < json_array_size(queries))
        json_object_set_new(body, "NextToken", json_sprintf("%zu", i));
    request_reply(request, 200, body);
}

/* A GetMetricStatistics that is being answered. */
struct statistics {
    const char *metric;
    const json_t *names, *extended;
    json_t *points;
};

static void add_point(void *context, int64_t start, const struct metrics_point *point)
{
    struct statistics *statistics = context;
    json_t *object = json_pack("{s:I, s:s}", "Timestamp", (json_int_t)start, "Unit",
                               unit_of(statistics->metric));
    json_t *extended = json_object(), *name;
    bool any = false;
    double value;
    size_t i;

    json_array_foreach (statistics->names, i, name)
        if (metrics_statistic(point, statistics->metric, json_string_value(name), &value)) {
            json_object_set_new(object, json_string_value(name), json_real(value));
            any = true;
        }
    json_array_foreach (statistics->extended, i, name)
        if (metrics_statistic(point, statistics->metric, json_string_value(name), &value))
            json_object_set_new(extended, json_string_value(name), json_real(value));
    if (json_object_size(extended))
        json_object_set(object, "ExtendedStatistics", extended);
    if (any || json_object_size(extended))
        json_array_append(statistics->points, object);
    json_decref(extended);
    json_decref(object);
}

static bool check_extended(struct request *request, const json_t *names)
{
    json_t *name;
    size_t i;

    json_array_foreach (names, i, name)
        if (*json_string_value(name) != 'p' || !metrics_has_statistic(json_string_value(name))) {
            request_fail(request, 400, "InvalidParameterValueException",
                         "The value '%s' for parameter ExtendedStatistics is not valid.",
                         json_string_value(name));
            return false;
        }
    return true;
}

static void get_metric_statistics(struct request *request, json_t *input)
{
    struct statistics statistics = {.metric = json_string_at(input, "MetricName"),
                                    .names = json_object_get(input, "Statistics"),
                                    .extended = json_object_get(input, "ExtendedStatistics")};
    struct range range = {.period = json_int_at(input, "Period")};

    if (!read_times(request, input, &range) || !check_extended(request, statistics.extended))
        return;
    if (!json_array_size(statistics.names) && !json_array_size(statistics.extended)) {
        request_fail(request, 400, "MissingRequiredParameterException",
                     "At least one of the parameters Statistics and ExtendedStatistics must be "
                     "specified.");
        return;
    }
    if (!is_period(range.period) || (range.end - range.start) / range.period > STATISTICS_POINTS) {
        request_fail(request, 400, "InvalidParameterCombinationException",
                     "The period must be a multiple of 60, and lead to at most %d datapoints",
                     STATISTICS_POINTS);
        return;
    }
    if (range.period < 60)
        range.period = 60;
    statistics.points = json_array();
    if (has_points(input, &range))
        metrics_read(request->engine, range.function, range.start, range.end, range.period,
                     add_point, &statistics);
    request_reply(
        request, 200,
        json_pack("{s:s, s:o}", "Label", statistics.metric, "Datapoints", statistics.points));
}

/* Whether the filters of ListMetrics take a metric of a function. */
static bool is_listed(const json_t *input, const char *metric, const char *function)
{
    const char *name = json_string_at(input, "MetricName");
    const char *space = json_string_at(input, "Namespace");
    json_t *filter;
    size_t i;

    json_array_foreach (json_object_get(input, "Dimensions"), i, filter) {
        const char *value = json_string_at(filter, "Value");

        if (strcmp(json_string_at(filter, "Name"), "FunctionName") != 0 ||
            (*value && strcmp(value, function) != 0))
            return false;
    }
    return (!*name || strcmp(name, metric) == 0) && (!*space || strcmp(space, NAMESPACE) == 0);
}

static void list_metrics(struct request *request, json_t *input)
{
    json_t *functions = metrics_functions(request->engine), *list = json_array(), *row;
    size_t i;

    json_array_foreach (functions, i, row) {
        const char *function = json_string_at(row, "function");

        for (size_t k = 0; k < sizeof(metric_names) / sizeof(*metric_names); k++)
            if (is_listed(input, metric_names[k].name, function))
                json_array_append_new(list, json_pack("{s:s, s:s, s:[{s:s, s:s}]}", "Namespace",
                                                      NAMESPACE, "MetricName", metric_names[k].name,
                                                      "Dimensions", "Name", "FunctionName", "Value",
                                                      function));
    }
    json_decref(functions);
    request_reply(request, 200, json_pack("{s:o}", "Metrics", list));
}

static const char *const orders[] = {"TimestampDescending", "TimestampAscending", NULL};
static const char *const statistic_names[] = {"SampleCount", "Average", "Sum",
                                              "Minimum",     "Maximum", NULL};

#define TIMES                                                                                      \
    {.name = "StartTime", .type = SHAPE_NUMBER, .required = true},                                 \
    {                                                                                              \
        .name = "EndTime", .type = SHAPE_NUMBER, .required = true                                  \
    }

static const struct shape data_shape[] = {
    {.name = "MetricDataQueries", .type = SHAPE_ANY, .required = true},
    TIMES,
    {.name = "NextToken", .type = SHAPE_STRING},
    {.name = "ScanBy", .type = SHAPE_STRING, .choices = orders},
    {.name = "MaxDatapoints", .type = SHAPE_INTEGER, .min = 1, .max = POINTS_MAX},
    SHAPE_END};
static const struct shape statistics_shape[] = {
    {.name = "Namespace", .type = SHAPE_STRING, .required = true, .min = 1, .max = 255},
    {.name = "MetricName", .type = SHAPE_STRING, .required = true, .min = 1, .max = 255},
    {.name = "Dimensions", .type = SHAPE_ANY},
    TIMES,
    {.name = "Period", .type = SHAPE_INTEGER, .required = true, .min = 1, .max = 864000},
    {.name = "Statistics", .type = SHAPE_STRINGS, .min = 1, .max = 5, .choices = statistic_names},
    {.name = "ExtendedStatistics", .type = SHAPE_STRINGS, .min = 1, .max = 10},
    SHAPE_END};
static const struct shape list_shape[] = {
    {.name = "Namespace", .type = SHAPE_STRING, .min = 1, .max = 255},
    {.name = "MetricName", .type = SHAPE_STRING, .min = 1, .max = 255},
    {.name = "Dimensions", .type = SHAPE_ANY},
    SHAPE_END};

const struct operation cloudwatch_operations[] = {
    {"GetMetricData", NULL, NULL, get_metric_data, data_shape, false},
    {"GetMetricStatistics", NULL, NULL, get_metric_statistics, statistics_shape, false},
    {"ListMetrics", NULL, NULL, list_metrics, list_shape, false},
    {NULL, NULL, NULL, NULL, NULL, false}};
