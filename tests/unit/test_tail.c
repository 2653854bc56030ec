#include "cli/tail.h"
#include "core/memory.h"

// clang-format off
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <string.h>

enum { EVENTS_MAX = 30000, PAGE = 1000 };

/*
 * A log service in memory. Events appear at `visible`, which may be after
 * their own time; the clock moves only when the tail sleeps.
 */
struct service {
    struct {
        int64_t timestamp, visible;
        int id;
    } events[EVENTS_MAX];
    size_t count;
    int64_t now, end;
    bool missing;
    int failures; /* calls that fail from `fail_at` on */
    int64_t fail_at;
    int shown[EVENTS_MAX]; /* how often each id was handed over */
    int64_t last;
    bool disordered;
    size_t waited, troubles;
};

static struct service *world; /* the one under test: providers have no context of their own */

static void add(int64_t timestamp, int64_t visible)
{
    size_t at = world->count++;

    world->events[at].timestamp = timestamp;
    world->events[at].visible = visible;
    world->events[at].id = (int)at;
}

static int logs(struct session *session, const struct log_query *query, struct log_page *page,
                struct err *err)
{
    size_t from = query->token ? strtoul(query->token, NULL, 10) : 0, at = from;

    (void)session;
    page->missing = world->missing;
    if (world->missing)
        return 0;
    if (world->failures && world->now >= world->fail_at) {
        world->failures--;
        return err_set(err, ERR_SERVICE, "cannot reach the service");
    }
    page->events = xcalloc(PAGE, sizeof(*page->events));
    for (; at < world->count && page->count < PAGE; at++) {
        if (world->events[at].visible > world->now || world->events[at].timestamp < query->since)
            continue;
        page->events[page->count++] = (struct log_event){
            .timestamp = world->events[at].timestamp,
            .id = xasprintf("event-%d", world->events[at].id),
            .stream = xstrdup("stream"),
            .message = xasprintf("%d", world->events[at].id),
        };
    }
    if (at < world->count)
        page->next = xasprintf("%zu", at);
    return 0;
}

static const struct provider provider = {.name = "memory", .logs = logs};

static int64_t now(void *context)
{
    (void)context;
    return world->now;
}

/* Ends the run, as Ctrl-C would, once the story is over. */
static int pause_for(void *context, int64_t milliseconds)
{
    (void)context;
    world->now += milliseconds;
    return world->now > world->end ? -1 : 0;
}

static int show(void *context, const struct function *function, const struct log_event *event)
{
    (void)context;
    (void)function;
    world->shown[atoi(event->message)]++;
    world->disordered |= event->timestamp < world->last;
    world->last = event->timestamp;
    return 0;
}

static void waiting(void *context, const struct function *function)
{
    (void)context;
    (void)function;
    world->waited++;
    world->missing = false;
}

static void trouble(void *context, const struct err *err)
{
    (void)context;
    assert_string_equal(err->message, "cannot reach the service");
    world->troubles++;
}

static int run(bool follow, int64_t since, struct err *err)
{
    static const struct clock clock = {now, now, pause_for, NULL};
    static const struct function function = {.name = "api"};
    const struct function *functions[] = {&function};
    struct tail tail = {.provider = &provider,
                        .clock = &clock,
                        .functions = functions,
                        .count = 1,
                        .since = since,
                        .follow = follow,
                        .interval = 1000,
                        .show = show,
                        .waiting = waiting,
                        .trouble = trouble};

    return tail_run(&tail, err);
}

static void assert_each_shown_once(void)
{
    for (size_t i = 0; i < world->count; i++)
        if (world->shown[i] != 1)
            fail_msg("event %zu was shown %d times", i, world->shown[i]);
}

static int set_up(void **state)
{
    (void)state;
    world = xcalloc(1, sizeof(*world));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(world);
    return 0;
}

static void history_is_whole_and_in_order(void **state)
{
    struct err err = {0};

    (void)state;
    world->now = 1000000;
    for (int i = 0; i < 21000; i++)
        add(100000 + i / 7, 0);
    assert_int_equal(run(false, 0, &err), 0);
    assert_each_shown_once();
    assert_false(world->disordered);
}

static void nothing_before_since_is_shown(void **state)
{
    struct err err = {0};

    (void)state;
    world->now = 10000;
    add(4999, 0);
    add(5000, 0);
    assert_int_equal(run(false, 5000, &err), 0);
    assert_int_equal(world->shown[0], 0);
    assert_int_equal(world->shown[1], 1);
}

static void late_and_equal_times_come_once(void **state)
{
    struct err err = {0};

    (void)state;
    world->now = 1000000;
    world->end = 1200000;
    for (int i = 0; i < 20000; i++)
        add(1000000 + i * 5, 1000000 + i * 5 + (i % 3 == 0 ? (i * 7919) % 25000 : 0));
    for (int i = 0; i < 500; i++)
        add(1050000, 1050000 + i * 10);
    run(true, 999000, &err);
    assert_each_shown_once();
}

static void a_failing_network_is_waited_out(void **state)
{
    struct err err = {0};

    (void)state;
    world->now = 1000000;
    world->end = 1300000;
    world->fail_at = 1005000;
    world->failures = 4;
    for (int i = 0; i < 100; i++)
        add(1000000 + i * 1000, 1000000 + i * 1000);
    run(true, 999000, &err);
    assert_each_shown_once();
    assert_int_equal(world->failures, 0);
    assert_int_equal(world->troubles, 1);
}

static void a_failure_at_the_start_is_told(void **state)
{
    struct err err = {0};

    (void)state;
    world->failures = 1;
    world->end = 1000;
    assert_int_equal(run(true, 0, &err), -1);
    assert_string_equal(err.message, "cannot reach the service");
}

static void a_missing_group_is_waited_for(void **state)
{
    struct err err = {0};

    (void)state;
    world->now = 1000;
    world->end = 20000;
    world->missing = true;
    add(3000, 3000);
    run(true, 0, &err);
    assert_int_equal(world->waited, 1);
    assert_each_shown_once();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(history_is_whole_and_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_before_since_is_shown, set_up, tear_down),
        cmocka_unit_test_setup_teardown(late_and_equal_times_come_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_failing_network_is_waited_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_failure_at_the_start_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_missing_group_is_waited_for, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
