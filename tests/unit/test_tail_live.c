#include "tests/unit/log_service.h"

static void pushed_events_join_history(void **state)
{
    struct err err = {0};

    (void)state;
    add_story();
    world->poll_delay = 2000;
    run_as(true, true, 980000, &err);
    assert_each_shown_once();
    assert_int_equal(world->sessions, 1);
    /* One a second until the session is trusted, then three a minute. */
    assert_in_range(world->polls, 36 + 30, 50 + 37);
}

static void sessions_that_end_lose_nothing(void **state)
{
    struct err err = {0};

    (void)state;
    add_story();
    world->poll_delay = 3000;
    world->session = 60000;
    run_as(true, true, 980000, &err);
    assert_each_shown_once();
    assert_in_range(world->sessions, 10, 13);
}

static void a_sample_is_made_whole(void **state)
{
    struct err err = {0};

    (void)state;
    add_story();
    world->sample_from = 1100000;
    world->sample_to = 1200000;
    run_as(true, true, 980000, &err);
    assert_each_shown_once();
    assert_int_equal(world->sessions, 1);
    /* Polls bring what was left out within a second or two; the regular look would take twenty. */
    for (size_t i = 0; i < world->count; i++) {
        int64_t visible = world->events[i].visible;

        if (visible >= world->sample_from && visible < world->sample_to &&
            visible - world->events[i].timestamp < 1000)
            assert_in_range(world->shown_at[i] - visible, 0, 2500);
    }
}

static void a_sleep_of_the_machine_is_made_up_for(void **state)
{
    struct err err = {0};

    (void)state;
    add_story();
    for (int i = 0; i < 3000; i++)
        add(1600000 + i * 2000, 1600000 + i * 2000 + i % 1000);
    world->sleep_at = 1610000;
    world->end = 8000000;
    run_as(true, true, 980000, &err);
    assert_int_equal(world->slept, 3600000);
    assert_int_equal(world->sessions, 2);
    assert_each_shown_once();
}

static void a_refusal_means_polling(void **state)
{
    struct err err = {0};

    (void)state;
    add_story();
    world->refuse = true;
    run_as(true, true, 980000, &err);
    assert_each_shown_once();
    assert_int_equal(world->sessions, 1);
    assert_int_equal(world->refusals, 1);
}

static void a_new_group_is_listened_to(void **state)
{
    struct err err = {0};

    (void)state;
    add_story();
    world->missing = true;
    run_as(true, true, 980000, &err);
    assert_int_equal(world->waited, 1);
    assert_int_equal(world->sessions, 1);
    assert_each_shown_once();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(pushed_events_join_history, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sessions_that_end_lose_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_sample_is_made_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_sleep_of_the_machine_is_made_up_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_refusal_means_polling, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_new_group_is_listened_to, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
