#include "tests/unit/log_service.h"

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

static void functions_are_merged_page_by_page(void **state)
{
    struct err err = {0};

    (void)state;
    world->now = 1000000;
    world->functions = 3;
    /* The third function's events are few and early, the second's come in a burst. */
    for (int i = 0; i < 21000; i++)
        add(i % 3 == 2 ? 50000 + i / 100 : i % 3 == 1 ? 90000 + i / 50 : 60000 + i * 2, 0);
    assert_int_equal(run(false, 0, &err), 0);
    assert_each_shown_once();
    assert_false(world->disordered);
    assert_in_range(world->polls, 21, 35);
}

static void lines_of_a_millisecond_stay_together(void **state)
{
    struct err err = {0};

    (void)state;
    world->now = 1000000;
    world->functions = 3;
    for (int i = 0; i < 9; i++)
        add(5000, 0);
    assert_int_equal(run(false, 0, &err), 0);
    assert_string_equal(world->order, "036147258");
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
        cmocka_unit_test_setup_teardown(functions_are_merged_page_by_page, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lines_of_a_millisecond_stay_together, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_before_since_is_shown, set_up, tear_down),
        cmocka_unit_test_setup_teardown(late_and_equal_times_come_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_failing_network_is_waited_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_failure_at_the_start_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_missing_group_is_waited_for, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
