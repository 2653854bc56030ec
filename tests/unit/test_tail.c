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
    char order[16]; /* the first ids that were shown, a digit each */
    size_t waited, troubles, refusals, sessions, polls;
    int64_t poll_delay;             /* polls see events that much later than they are pushed */
    int64_t session;                /* ms that one lasts; what comes in its last second is lost */
    int64_t sample_from, sample_to; /* every second event is left out, and that is told */
    bool refuse;
    int functions;           /* more than one: events are theirs in turn */
    int64_t sleep_at, slept; /* when the machine sleeps for an hour; that it did */
};

/* A session of pushed events. */
struct log_live {
    int64_t opens, read, ends;
    bool dead; /* as after a sleep: nothing comes, not even an end */
};

static struct service *world; /* the one under test: providers have no context of their own */

static void add(int64_t timestamp, int64_t visible)
{
    size_t at = world->count++;

    world->events[at].timestamp = timestamp;
    world->events[at].visible = visible;
    world->events[at].id = (int)at;
}

static const struct function many[] = {{.name = "a"}, {.name = "b"}, {.name = "c"}};

static int logs(struct session *session, const struct log_query *query, struct log_page *page,
                struct err *err)
{
    size_t from = query->token ? strtoul(query->token, NULL, 10) : 0, at = from;
    char id[32];

    (void)session;
    world->polls++;
    page->missing = world->missing;
    if (world->missing)
        return 0;
    if (world->failures && world->now >= world->fail_at) {
        world->failures--;
        return err_set(err, ERR_SERVICE, "cannot reach the service");
    }
    page->events = xcalloc(PAGE, sizeof(*page->events));
    for (; at < world->count && page->count < PAGE; at++) {
        if (world->functions && query->function != &many[world->events[at].id % world->functions])
            continue;
        if (world->events[at].visible + world->poll_delay > world->now ||
            world->events[at].timestamp < query->since)
            continue;
        snprintf(id, sizeof(id), "event-%d", world->events[at].id);
        page->events[page->count] = (struct log_event){.function = query->function,
                                                       .timestamp = world->events[at].timestamp};
        log_event_set(&page->events[page->count++], query->function->name, id, id + 6,
                      strlen(id + 6));
    }
    if (at < world->count)
        page->next = xasprintf("%zu", at);
    return 0;
}

static struct log_live *live_open(struct session *session, const struct function *const *functions,
                                  size_t count, const char *filter, struct err *err)
{
    struct log_live *live = xcalloc(1, sizeof(*live));

    (void)session;
    (void)filter;
    (void)err;
    assert_int_equal(count, 1);
    assert_string_equal(functions[0]->name, "api");
    world->sessions++;
    live->opens = live->read = world->now + 300;
    live->ends = world->session ? live->opens + world->session : INT64_MAX;
    return live;
}

/* When the next event is pushed, at most `until`. */
static int64_t next_event(const struct log_live *live, int64_t until)
{
    for (size_t i = 0; i < world->count; i++)
        if (world->events[i].visible > live->read && world->events[i].visible < until)
            until = world->events[i].visible;
    return until;
}

static void push(const struct function *function, size_t at, struct log_live_news *news)
{
    struct log_event *event;
    char id[32];

    snprintf(id, sizeof(id), "%d", world->events[at].id);
    news->events = xreallocarray(news->events, news->count + 1, sizeof(*news->events));
    event = &news->events[news->count++];
    *event = (struct log_event){.function = function, .timestamp = world->events[at].timestamp};
    log_event_set(event, "api", "", id, strlen(id));
}

static const struct function api = {.name = "api"};

static int live_read(struct log_live *live, int64_t wait, struct log_live_news *news,
                     struct err *err)
{
    int64_t until = world->now + wait;
    bool opening = world->now < live->opens;

    *news = (struct log_live_news){.state = LOG_LIVE_OPEN};
    until = opening && live->opens < until ? live->opens : until;
    until = live->ends < until ? live->ends : until;
    world->now = opening || live->dead ? until : next_event(live, until);
    if (world->now > world->end)
        return err_set(err, ERR_INTERRUPTED, "interrupted");
    if (world->sleep_at && !world->slept && world->now >= world->sleep_at) {
        world->slept = 3600000;
        world->now += world->slept;
        live->dead = true;
    }
    if (live->dead)
        return 0;
    if (world->refuse) {
        news->state = LOG_LIVE_REFUSED;
        return err_set(&news->why, ERR_SERVICE, "no") + 1;
    }
    if (world->now < live->opens)
        news->state = LOG_LIVE_OPENING;
    news->opened = opening && world->now >= live->opens;
    for (size_t i = 0; i < world->count; i++) {
        int64_t visible = world->events[i].visible;

        if (visible <= live->read || visible > world->now || visible > live->ends - 1000)
            continue;
        if (visible >= world->sample_from && visible < world->sample_to) {
            news->lost = true;
            if (i % 2)
                continue;
        }
        push(&api, i, news);
    }
    if (world->now > live->read)
        live->read = world->now;
    if (world->now >= live->ends)
        news->state = LOG_LIVE_ENDED;
    return 0;
}

static void live_close(struct log_live *live)
{
    free(live);
}

static const struct provider provider = {.name = "memory",
                                         .logs = logs,
                                         .live_open = live_open,
                                         .live_read = live_read,
                                         .live_close = live_close};

static int64_t now(void *context)
{
    (void)context;
    return world->now;
}

static int64_t monotonic(void *context)
{
    (void)context;
    return world->now - world->slept;
}

/* Ends the run, as Ctrl-C would, once the story is over. */
static int pause_for(void *context, int64_t milliseconds)
{
    (void)context;
    world->now += milliseconds;
    return world->now > world->end ? -1 : 0;
}

static int show(void *context, const struct log_event *event)
{
    (void)context;
    world->shown[atoi(event->message)]++;
    world->disordered |= event->timestamp < world->last;
    world->last = event->timestamp;
    if (strlen(world->order) + 1 < sizeof(world->order))
        world->order[strlen(world->order)] = event->message[0];
    return 0;
}

static int flush(void *context)
{
    (void)context;
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

static void refused(void *context, const struct err *err)
{
    (void)context;
    assert_string_equal(err->message, "no");
    world->refusals++;
}

static int run_as(bool follow, bool live, int64_t since, struct err *err)
{
    static const struct clock clock = {now, monotonic, pause_for, NULL};
    const struct function *functions[] = {world->functions ? &many[0] : &api, &many[1], &many[2]};
    struct tail tail = {.provider = &provider,
                        .clock = &clock,
                        .functions = functions,
                        .count = world->functions ? 3 : 1,
                        .since = since,
                        .follow = follow,
                        .interval = 1000,
                        .show = show,
                        .flush = flush,
                        .waiting = waiting,
                        .trouble = trouble,
                        .refused = refused,
                        .live = live,
                        .settle = 35000};

    return tail_run(&tail, err);
}

static int run(bool follow, int64_t since, struct err *err)
{
    return run_as(follow, false, since, err);
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

/* Ten minutes of events: late ones, equal times. */
static void add_story(void)
{
    world->now = 1000000;
    world->end = 1700000;
    for (int i = 0; i < 6000; i++) {
        int64_t time = 990000 + i * 100;

        add(time, time + (i % 3 == 0 ? (i * 7919) % 28000 : i % 50));
        if (i % 10 == 0)
            add(time, time + 1);
    }
}

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
        cmocka_unit_test_setup_teardown(history_is_whole_and_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(functions_are_merged_page_by_page, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lines_of_a_millisecond_stay_together, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_before_since_is_shown, set_up, tear_down),
        cmocka_unit_test_setup_teardown(late_and_equal_times_come_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_failing_network_is_waited_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_failure_at_the_start_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_missing_group_is_waited_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(pushed_events_join_history, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sessions_that_end_lose_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_sample_is_made_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_sleep_of_the_machine_is_made_up_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_refusal_means_polling, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_new_group_is_listened_to, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
