#include "cli/graph.h"
#include "providers/local/engine/loop.h"
#include "providers/local/engine/metrics/metrics.h"
#include "providers/local/engine/store/store.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int64_t fake_now(void *context)
{
    return *(int64_t *)context;
}

enum { MINUTE = 60000 };

static int64_t now;
static struct clock fake = {.now = fake_now, .context = &now};
static struct engine engine;
static char folder[64];

static void open_engine(void)
{
    struct err err = {0};

    engine.store = store_open(folder, &err);
    assert_non_null(engine.store);
    engine.loop = loop_new(&err);
    engine.metrics = metrics_new(&engine);
}

static void close_engine(void)
{
    metrics_free(engine.metrics);
    loop_free(engine.loop);
    store_close(engine.store);
}

static int set_up(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/fnctl-metrics.XXXXXX");
    now = (int64_t)1795165200 * 1000; /* a whole minute */
    engine = (struct engine){.folder = folder, .clock = &fake};
    if (!mkdtemp(folder))
        return -1;
    open_engine();
    return 0;
}

static int tear_down(void **state)
{
    char command[128];

    (void)state;
    close_engine();
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    return system(command);
}

/* What was read: how many periods, and the last. */
struct seen {
    size_t count;
    int64_t start;
    struct metrics_point point;
};

static void take(void *context, int64_t start, const struct metrics_point *point)
{
    struct seen *seen = context;

    seen->count++;
    seen->start = start;
    seen->point = *point;
}

static struct seen read_all(const char *function, int64_t period)
{
    struct seen seen = {0};

    metrics_read(&engine, function, 1795165200 - 86400, 1795165200 + 86400, period, take, &seen);
    return seen;
}

static double statistic(const struct seen *seen, const char *metric, const char *name)
{
    double value = -1;

    assert_true(metrics_statistic(&seen->point, metric, name, &value));
    return value;
}

static void what_happened_is_counted(void **state)
{
    struct seen seen;
    double value;

    (void)state;
    for (int i = 1; i <= 100; i++)
        metrics_count(&engine, "f", i % 10 == 0, i);
    metrics_count_throttle(&engine, "f");
    metrics_count(&engine, "other", false, 5000);
    seen = read_all("f", 60);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.start, 1795165200);
    assert_float_equal(statistic(&seen, "Invocations", "Sum"), 100, 0);
    assert_float_equal(statistic(&seen, "Errors", "Sum"), 10, 0);
    assert_float_equal(statistic(&seen, "Errors", "Average"), 0.1, 1e-9);
    assert_float_equal(statistic(&seen, "Errors", "Maximum"), 1, 0);
    assert_float_equal(statistic(&seen, "Errors", "Minimum"), 0, 0);
    assert_float_equal(statistic(&seen, "Throttles", "Sum"), 1, 0);
    assert_float_equal(statistic(&seen, "Duration", "Sum"), 5050, 0.01);
    assert_float_equal(statistic(&seen, "Duration", "SampleCount"), 100, 0);
    assert_float_equal(statistic(&seen, "Duration", "Minimum"), 1, 0);
    assert_float_equal(statistic(&seen, "Duration", "Maximum"), 100, 0);
    assert_float_equal(statistic(&seen, "Duration", "p50"), 50, 0.6);
    assert_float_equal(statistic(&seen, "Duration", "p99"), 99, 1.1);
    assert_float_equal(statistic(&seen, "Duration", "p100"), 100, 0);
    assert_float_equal(statistic(&seen, "Duration", "p0"), 1, 0);
    assert_false(metrics_statistic(&seen.point, "ConcurrentExecutions", "Sum", &value));
    seen = read_all(NULL, 60);
    assert_float_equal(statistic(&seen, "Invocations", "Sum"), 101, 0);
    assert_float_equal(statistic(&seen, "Duration", "Maximum"), 5000, 0);
    assert_int_equal(read_all("nobody", 60).count, 0);
}

static void statistics_have_names(void **state)
{
    static const char *const good[] = {"Sum", "Average", "p0", "p50", "p99.9", "p100"};
    static const char *const bad[] = {"", "sum", "p", "p101", "p-1", "p5x", "tm99", "q50"};

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
        assert_true(metrics_has_statistic(good[i]));
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        assert_false(metrics_has_statistic(bad[i]));
}

/* Minutes become periods, from where they are asked; what was written is there after a restart. */
static void periods_are_put_together(void **state)
{
    struct seen seen;

    (void)state;
    for (int minute = 0; minute < 10; minute++) {
        metrics_count(&engine, "f", false, 10 * (minute + 1));
        now += MINUTE;
    }
    assert_int_equal(read_all("f", 60).count, 10);
    assert_int_equal(read_all("f", 300).count, 2);
    close_engine();
    open_engine();
    now -= MINUTE;
    metrics_count(&engine, "f", true, 1);
    seen = read_all("f", 2 * 86400);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.start, 1795165200 - 86400);
    assert_float_equal(statistic(&seen, "Invocations", "Sum"), 11, 0);
    assert_float_equal(statistic(&seen, "Duration", "Sum"), 551, 0.01);
    assert_float_equal(statistic(&seen, "Duration", "Minimum"), 1, 0);
    assert_float_equal(statistic(&seen, "Duration", "p50"), 50, 0.6);
}

static void old_minutes_go(void **state)
{
    json_t *functions;

    (void)state;
    metrics_count(&engine, "old", false, 1);
    assert_int_equal(read_all("old", 60).count, 1);
    now += (int64_t)16 * 24 * 60 * MINUTE;
    metrics_count(&engine, "new", false, 1);
    assert_int_equal(read_all("old", 60).count, 0);
    functions = metrics_functions(&engine);
    assert_int_equal(json_array_size(functions), 1);
    json_decref(functions);
}

static void rows_are_drawn(void **state)
{
    static const struct {
        const char *values, *blocks, *characters;
        double largest;
    } rows[] = {
        {"[]", "", "", 0},
        {"[0, 0]", "▁▁", "__", 0},
        {"[0, 1, 7]", "▁▂█", "_.#", 7},
        {"[0, 0.001, 1000, 500]", "▁▂█▅", "_.#=", 1000},
        {"[null, 3, null]", " █ ", " # ", 3},
        {"[-5, \"x\", 2]", "▁ █", "_ #", 2},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        json_t *values = json_loads(rows[i].values, 0, NULL);
        struct buf line;

        buf_init(&line, 0);
        assert_float_equal(graph_line(&line, values, true), rows[i].largest, 0);
        assert_string_equal(buf_string(&line), rows[i].blocks);
        buf_clear(&line);
        graph_line(&line, values, false);
        assert_string_equal(buf_string(&line), rows[i].characters);
        buf_release(&line);
        json_decref(values);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_happened_is_counted, set_up, tear_down),
        cmocka_unit_test(statistics_have_names),
        cmocka_unit_test_setup_teardown(periods_are_put_together, set_up, tear_down),
        cmocka_unit_test_setup_teardown(old_minutes_go, set_up, tear_down),
        cmocka_unit_test(rows_are_drawn),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
