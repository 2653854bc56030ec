#include "cli/status_view.h"

#include "cli/graph.h"
#include "core/json.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

static const char *colour(const struct status_view *view, enum out_colour wanted)
{
    return out_colour(view->out, view->out->results, wanted);
}

/* "  route     ": what a line below a function is about. */
static void add_label(struct buf *text, const struct status_view *view, const char *label)
{
    buf_printf(text, "  %s%-10s%s", colour(view, OUT_DIM), label, colour(view, OUT_PLAIN));
}

/* What comes from the provider may be anything. */
static void add_text(struct buf *text, const char *value)
{
    char *visible = out_visible(value, strlen(value));

    buf_puts(text, visible);
    free(visible);
}

/* "1,234,567" */
static void add_count(struct buf *text, int64_t count)
{
    char digits[24];
    int len = snprintf(digits, sizeof(digits), "%lld", (long long)count);

    for (int i = 0; i < len; i++) {
        buf_putc(text, digits[i]);
        if ((len - i) % 3 == 1 && i + 1 < len && digits[i] != '-')
            buf_putc(text, ',');
    }
}

/* "3.2 ms", "140 ms", "2.5 s" */
static void add_duration(struct buf *text, double duration)
{
    if (duration < 10)
        buf_printf(text, "%.1f ms", duration);
    else if (duration < 1000)
        buf_printf(text, "%.0f ms", duration);
    else
        buf_printf(text, "%.1f s", duration / 1000);
}

/* "3 errors" */
static void add_counted(struct buf *text, const json_t *metrics, const char *key, const char *word)
{
    int64_t count = json_int_at(metrics, key);

    add_count(text, count);
    buf_printf(text, " %s%s", word, count == 1 ? "" : "s");
}

static void add_cost(struct buf *text, const struct status_view *view, double cost)
{
    const char *place = view->pretended ? " on AWS" : "";

    if (cost < 0.0001)
        buf_printf(text, ", less than $0.0001%s", place);
    else
        buf_printf(text, ", about $%.*f%s", cost < 0.1 ? 4 : 2, cost, place);
}

static void add_figures(struct buf *text, const struct status_view *view, const json_t *metrics)
{
    int64_t invocations = json_int_at(metrics, "invocations");
    int64_t errors = json_int_at(metrics, "errors");
    bool bad = errors || json_int_at(metrics, "throttles");

    add_label(text, view, view->window);
    add_counted(text, metrics, "invocations", "invocation");
    buf_printf(text, ", %s", colour(view, bad ? OUT_RED : OUT_PLAIN));
    add_counted(text, metrics, "errors", "error");
    if (errors && invocations)
        buf_printf(text, " (%.1f %%)", 100.0 * (double)errors / (double)invocations);
    buf_puts(text, ", ");
    add_counted(text, metrics, "throttles", "throttle");
    buf_puts(text, colour(view, OUT_PLAIN));
    if (json_is_number(json_object_get(metrics, "p50"))) {
        buf_puts(text, ", p50 ");
        add_duration(text, json_number_value(json_object_get(metrics, "p50")));
        buf_puts(text, ", p99 ");
        add_duration(text, json_number_value(json_object_get(metrics, "p99")));
        add_cost(text, view, json_number_value(json_object_get(metrics, "cost")));
    }
    buf_putc(text, '\n');
}

/* A row of the graph; one of nothing says nothing. */
static void add_row(struct buf *text, const struct status_view *view, const json_t *series,
                    const char *key, const char *label, enum out_colour wanted)
{
    struct buf line;
    double most;

    buf_init(&line, 0);
    most = graph_line(&line, json_object_get(series, key), view->utf8);
    if (most > 0) {
        add_label(text, view, label);
        buf_printf(text, "%s%s%s  most ", colour(view, wanted), buf_string(&line),
                   colour(view, OUT_PLAIN));
        if (strcmp(key, "p50") == 0)
            add_duration(text, most);
        else
            add_count(text, (int64_t)most);
        buf_putc(text, '\n');
    }
    buf_release(&line);
}

static void add_graph(struct buf *text, const struct status_view *view, const json_t *metrics)
{
    const json_t *series = json_object_get(metrics, "series");

    add_row(text, view, series, "invocations", "calls", OUT_CYAN);
    add_row(text, view, series, "errors", "errors", OUT_RED);
    add_row(text, view, series, "p50", "p50", OUT_YELLOW);
}

static size_t widest(const json_t *list, const char *key)
{
    size_t width = 0, i;
    json_t *item;

    json_array_foreach (list, i, item)
        if (strlen(json_string_at(item, key)) > width)
            width = strlen(json_string_at(item, key));
    return width;
}

static void add_routes(struct buf *text, const struct status_view *view, const json_t *routes)
{
    size_t width = widest(routes, "route"), i;
    json_t *route;

    json_array_foreach (routes, i, route) {
        add_label(text, view, "route");
        buf_printf(text, "%-*s  ", (int)width, json_string_at(route, "route"));
        add_text(text, json_string_at(route, "url"));
        buf_putc(text, '\n');
    }
}

/* "cron(0 9 * * ? *) Europe/Berlin  next Sat 21 Nov 09:00, ..." */
static void add_schedules(struct buf *text, const struct status_view *view, const json_t *schedules)
{
    size_t width = widest(schedules, "name"), wide = widest(schedules, "expression"), i, k;
    json_t *schedule, *run;

    json_array_foreach (schedules, i, schedule) {
        add_label(text, view, "schedule");
        buf_printf(text, "%-*s  %-*s  %s", (int)width, json_string_at(schedule, "name"), (int)wide,
                   json_string_at(schedule, "expression"), json_string_at(schedule, "timezone"));
        if (!json_bool_at(schedule, "enabled"))
            buf_printf(text, "  %sdisabled%s", colour(view, OUT_YELLOW), colour(view, OUT_PLAIN));
        json_array_foreach (json_object_get(schedule, "runs"), k, run) {
            buf_puts(text, k ? ", " : "  next ");
            buf_printf(text, "%.10s %.5s", json_string_value(run), json_string_value(run) + 11);
        }
        buf_putc(text, '\n');
    }
}

static void add_triggers(struct buf *text, const struct status_view *view, const json_t *triggers)
{
    json_t *trigger;
    size_t i;

    json_array_foreach (triggers, i, trigger) {
        bool works = strcmp(json_string_at(trigger, "state"), "Enabled") == 0;

        add_label(text, view, "trigger");
        add_text(text, json_string_at(trigger, "source"));
        buf_printf(text, "  %s%s%s\n", colour(view, works ? OUT_GREEN : OUT_YELLOW),
                   json_string_at(trigger, "state"), colour(view, OUT_PLAIN));
    }
}

static void add_versions(struct buf *text, const json_t *function)
{
    const char *version;
    json_t *weight;

    buf_printf(text, "  version %s", json_string_at(function, "version"));
    json_object_foreach (json_object_get(function, "weights"), version, weight)
        buf_printf(text, " and %g %% %s", 100 * json_number_value(weight), version);
}

static void add_function(struct buf *text, const struct status_view *view, const json_t *function)
{
    const char *state = json_string_at(function, "state");
    bool works = strcmp(state, "Active") == 0 || strcmp(state, "Inactive") == 0;
    char size[OUT_SIZE_LEN];

    out_size((uint64_t)json_int_at(function, "code_size"), size);
    buf_printf(text, "%s%s%s  %s%s%s", colour(view, OUT_BOLD), json_string_at(function, "name"),
               colour(view, OUT_PLAIN), colour(view, works ? OUT_GREEN : OUT_RED), state,
               colour(view, OUT_PLAIN));
    add_versions(text, function);
    buf_printf(text, "  %s %s  %lld MB  %lld s  %s  %s\n", json_string_at(function, "runtime"),
               json_string_at(function, "architecture"), (long long)json_int_at(function, "memory"),
               (long long)json_int_at(function, "timeout"), size,
               json_string_at(function, "modified"));
    if (*json_string_at(function, "url")) {
        add_label(text, view, "url");
        add_text(text, json_string_at(function, "url"));
        buf_putc(text, '\n');
    }
    add_routes(text, view, json_object_get(function, "routes"));
    add_schedules(text, view, json_object_get(function, "schedules"));
    add_triggers(text, view, json_object_get(function, "triggers"));
    if (json_is_object(json_object_get(function, "metrics")))
        add_figures(text, view, json_object_get(function, "metrics"));
    if (view->graph)
        add_graph(text, view, json_object_get(function, "metrics"));
}

void status_view_print(struct buf *text, const struct status_view *view, const json_t *status)
{
    json_t *function;
    size_t i;

    json_array_foreach (json_at(status, "functions"), i, function)
        add_function(text, view, function);
    if (view->graph && json_int_at(status, "window.step"))
        buf_printf(text, "%seach column is %lld min%s\n", colour(view, OUT_DIM),
                   (long long)json_int_at(status, "window.step") / 60000, colour(view, OUT_PLAIN));
    if (*json_string_at(status, "api")) {
        buf_printf(text, "%sapi%s  ", colour(view, OUT_BOLD), colour(view, OUT_PLAIN));
        add_text(text, json_string_at(status, "api"));
        buf_putc(text, '\n');
    }
}
