/* A log service in memory that polls and pushes, and a tail of it, for the tests of tail.c. */
#ifndef FNCTL_TESTS_LOG_SERVICE_H
#define FNCTL_TESTS_LOG_SERVICE_H

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
    int64_t shown_at[EVENTS_MAX];
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

static inline void add(int64_t timestamp, int64_t visible)
{
    size_t at = world->count++;

    world->events[at].timestamp = timestamp;
    world->events[at].visible = visible;
    world->events[at].id = (int)at;
}

static const struct function many[] = {{.name = "a"}, {.name = "b"}, {.name = "c"}};

static inline int logs(struct session *session, const struct log_query *query,
                       struct log_page *page, struct err *err)
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

static inline struct log_live *live_open(struct session *session,
                                         const struct function *const *functions, size_t count,
                                         const char *filter, struct err *err)
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
static inline int64_t next_event(const struct log_live *live, int64_t until)
{
    for (size_t i = 0; i < world->count; i++)
        if (world->events[i].visible > live->read && world->events[i].visible < until)
            until = world->events[i].visible;
    return until;
}

static inline void push(const struct function *function, size_t at, struct log_live_news *news)
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

static inline int live_read(struct log_live *live, int64_t wait, struct log_live_news *news,
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

static inline void live_close(struct log_live *live)
{
    free(live);
}

static const struct provider provider = {.name = "memory",
                                         .logs = logs,
                                         .live_open = live_open,
                                         .live_read = live_read,
                                         .live_close = live_close};

static inline int64_t now(void *context)
{
    (void)context;
    return world->now;
}

static inline int64_t monotonic(void *context)
{
    (void)context;
    return world->now - world->slept;
}

/* Ends the run, as Ctrl-C would, once the story is over. */
static inline int pause_for(void *context, int64_t milliseconds)
{
    (void)context;
    world->now += milliseconds;
    return world->now > world->end ? -1 : 0;
}

static inline int show(void *context, const struct log_event *event)
{
    (void)context;
    world->shown[atoi(event->message)]++;
    world->shown_at[atoi(event->message)] = world->now;
    world->disordered |= event->timestamp < world->last;
    world->last = event->timestamp;
    if (strlen(world->order) + 1 < sizeof(world->order))
        world->order[strlen(world->order)] = event->message[0];
    return 0;
}

static inline int flush(void *context)
{
    (void)context;
    return 0;
}

static inline void waiting(void *context, const struct function *function)
{
    (void)context;
    (void)function;
    world->waited++;
    world->missing = false;
}

static inline void trouble(void *context, const struct err *err)
{
    (void)context;
    assert_string_equal(err->message, "cannot reach the service");
    world->troubles++;
}

static inline void refused(void *context, const struct err *err)
{
    (void)context;
    assert_string_equal(err->message, "no");
    world->refusals++;
}

static inline int run_as(bool follow, bool live, int64_t since, struct err *err)
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

static inline int run(bool follow, int64_t since, struct err *err)
{
    return run_as(follow, false, since, err);
}

static inline void assert_each_shown_once(void)
{
    for (size_t i = 0; i < world->count; i++)
        if (world->shown[i] != 1)
            fail_msg("event %zu was shown %d times", i, world->shown[i]);
}

static inline int set_up(void **state)
{
    (void)state;
    world = xcalloc(1, sizeof(*world));
    return 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    free(world);
    return 0;
}

/* Ten minutes of events: late ones, equal times. */
static inline void add_story(void)
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

#endif
