#include "cli/tail.h"

#include "cli/log_poll.h"
#include "core/interrupt.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

enum {
    LATE = 30000,         /* ms: how late an event may show up and still be found */
    LOOK_BACK = 4000,     /* ms: of most polls */
    DEEP_EVERY = 15000,   /* ms between polls that find what is late */
    VERIFY_EVERY = 20000, /* ms between polls while events are pushed */
    BACK_OFF_MAX = 30000, /* ms between polls, or sessions, that fail */
    LOSSY = 10000,        /* ms that pushed events are not relied on after some were left out */
    SLEPT = 5000,         /* ms that the time of day is ahead of the machine's own clock */
};

/* How the following goes. Times are of the monotonic clock. */
struct follower {
    const struct tail *tail;
    struct log_poll poll;
    struct log_live *live; /* NULL: none */
    bool open, refused;
    unsigned sessions;
    size_t listening;             /* functions that the session has */
    int64_t reopen, reopen_pause; /* when to open a session, and the pause after a failure */
    int64_t lossy_until, settled; /* pushed events are relied on from then; polls are rare */
    int64_t due, deep, pause;     /* the next poll, the last one that looked far back */
    int64_t offset;               /* of the time of day */
    bool failing;
};

static int64_t monotonic(const struct follower *follower)
{
    return clock_monotonic(follower->tail->clock);
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Something may have been missed: polls look for it soon, and until it must have shown up. */
static void unsettle(struct follower *follower, int64_t now)
{
    follower->due = now;
    follower->settled = larger(follower->settled, now + follower->tail->settle);
}

/* How many functions have a log group, which alone can be listened to. */
static size_t count_groups(const struct follower *follower)
{
    size_t count = 0;

    for (size_t i = 0; i < follower->tail->count; i++)
        count += follower->poll.cursors[i].known && !follower->poll.cursors[i].missing;
    return count;
}

static void close_live(struct follower *follower)
{
    if (follower->live)
        follower->tail->provider->live_close(follower->live);
    follower->live = NULL;
    follower->open = false;
}

static void refuse(struct follower *follower, const struct err *why)
{
    follower->refused = true;
    follower->tail->refused(follower->tail->context, why);
}

static void open_live(struct follower *follower)
{
    const struct tail *tail = follower->tail;
    const struct function **functions = xcalloc(tail->count, sizeof(const struct function *));
    struct err err = {0};

    follower->listening = 0;
    for (size_t i = 0; i < tail->count; i++) {
        struct log_cursor *cursor = &follower->poll.cursors[i];

        if (cursor->known && !cursor->missing)
            functions[follower->listening++] = cursor->function;
    }
    follower->sessions++;
    follower->live = tail->provider->live_open(tail->session, functions, follower->listening,
                                               tail->filter, &err);
    if (!follower->live)
        refuse(follower, &err);
    free(functions);
}

/* Opens, closes, or opens anew, as the log groups that exist and earlier failures say. */
static void tend_live(struct follower *follower, int64_t now)
{
    size_t groups = count_groups(follower);

    if (follower->refused || !follower->tail->live)
        return;
    if (follower->live && follower->listening != groups) {
        close_live(follower);
        follower->reopen = now;
    }
    if (!follower->live && groups && now >= follower->reopen)
        open_live(follower);
}

/* A session is over: the next is opened soon, later when this one never worked. */
static void session_ended(struct follower *follower, const struct log_live_news *news, int64_t now)
{
    if (news->state == LOG_LIVE_REFUSED)
        refuse(follower, &news->why);
    if (follower->open)
        follower->reopen_pause = 0;
    close_live(follower);
    follower->reopen = now + follower->reopen_pause;
    follower->reopen_pause = follower->reopen_pause * 2 + 500;
    if (follower->reopen_pause > BACK_OFF_MAX)
        follower->reopen_pause = BACK_OFF_MAX;
    unsettle(follower, now);
}

/* Shows events that were pushed. */
static int show_live(struct follower *follower, struct log_live_news *news)
{
    const struct tail *tail = follower->tail;

    for (size_t i = 0; i < news->count; i++) {
        struct log_event *event = &news->events[i];
        struct log_cursor *cursor = log_poll_cursor(&follower->poll, event->function);

        if (event->timestamp >= tail->since && (!tail->until || event->timestamp < tail->until) &&
            log_seen_live(&cursor->seen, event, follower->sessions))
            log_batch_add(&follower->poll.batch, event);
    }
    if (!follower->poll.batch.count)
        return 0;
    return log_batch_show(&follower->poll.batch, INT64_MAX, tail->show, tail->context) ||
           tail->flush(tail->context);
}

static int poll_now(struct follower *follower, struct err *err);

/* Takes what the session brought: 0 go on, 1 ended, -1 failed. */
static int take_news(struct follower *follower, struct log_live_news *news, struct err *err)
{
    int64_t now = monotonic(follower);
    int result = 0;

    if (news->opened) {
        follower->open = true;
        follower->reopen_pause = 0;
        unsettle(follower, now);
    }
    if (news->lost) {
        follower->lossy_until = now + LOSSY;
        follower->settled = larger(follower->settled, follower->lossy_until);
        unsettle(follower, now);
    }
    /* What was written before the session comes first. */
    if (news->opened)
        result = poll_now(follower, err);
    /* A sample out of its order is of no use: polls bring it with the rest. */
    if (result == 0 && now >= follower->lossy_until)
        result = show_live(follower, news);
    if (news->state >= LOG_LIVE_ENDED)
        session_ended(follower, news, now);
    return result;
}

static bool reached_end(const struct tail *tail)
{
    return !tail->follow || (tail->until && clock_now(tail->clock) > tail->until + LATE);
}

/* Whether waiting may mend it: a network that is down, a service that throttles. */
static bool passes(const struct follower *follower, const struct err *err)
{
    return follower->tail->follow && follower->poll.begun && err->code == ERR_SERVICE;
}

/* Whether what is pushed is all there is, as far as one can know. */
static bool is_calm(const struct follower *follower, int64_t now)
{
    return follower->open && now >= follower->settled &&
           count_groups(follower) == follower->tail->count;
}

/* Polls, and says when to poll again: 0 go on, 1 ended, -1 failed. */
static int poll_now(struct follower *follower, struct err *err)
{
    const struct tail *tail = follower->tail;
    int64_t started = monotonic(follower);
    bool calm = is_calm(follower, started);
    bool deep = calm || started - follower->deep >= DEEP_EVERY;
    int64_t back = calm   ? VERIFY_EVERY + LATE + LOOK_BACK
                   : deep ? DEEP_EVERY + LATE + LOOK_BACK
                          : LOOK_BACK;
    int result = log_poll_round(&follower->poll, back, err);

    if (result == 0) {
        follower->pause = tail->interval;
        follower->failing = false;
        if (deep)
            follower->deep = started;
    } else if (result < 0 && passes(follower, err)) {
        if (!follower->failing)
            tail->trouble(tail->context, err);
        follower->failing = true;
        follower->pause = follower->pause * 2 < BACK_OFF_MAX ? follower->pause * 2 : BACK_OFF_MAX;
        result = 0;
    }
    follower->due = monotonic(follower) + follower->pause;
    if (!follower->failing && is_calm(follower, monotonic(follower)))
        follower->due = started + VERIFY_EVERY;
    return result;
}

/* A machine that slept has sessions that seem open and are not. */
static void notice_sleep(struct follower *follower, int64_t now)
{
    int64_t offset = clock_now(follower->tail->clock) - now;

    if (offset - follower->offset > SLEPT) {
        close_live(follower);
        follower->reopen = now;
        follower->deep = now - DEEP_EVERY;
        unsettle(follower, now);
    }
    follower->offset = offset;
}

/* Waits for news until the next poll: 0 go on, 1 ended, -1 failed. */
static int wait_for_news(struct follower *follower, struct err *err)
{
    const struct tail *tail = follower->tail;
    int64_t now = monotonic(follower), wait = larger(follower->due - now, 0);
    struct log_live_news news = {0};
    int result;

    if (!follower->live && !follower->refused && tail->live && follower->reopen > now &&
        follower->reopen - now < wait)
        wait = follower->reopen - now;
    if (!follower->live) {
        if (clock_sleep(tail->clock, wait) == 0)
            return 0;
        interrupt_check(err);
        return -1;
    }
    result = tail->provider->live_read(follower->live, wait, &news, err);
    if (result == 0)
        result = take_news(follower, &news, err);
    log_live_news_release(&news);
    return result;
}

int tail_run(const struct tail *tail, struct err *err)
{
    struct follower follower = {.tail = tail, .pause = tail->interval};
    int result = 0;

    log_poll_init(&follower.poll, tail);
    follower.deep = follower.reopen = monotonic(&follower);
    follower.offset = clock_now(tail->clock) - follower.deep;
    follower.refused = !tail->follow || !tail->live || !tail->provider->live_open;
    for (size_t i = 0; i < tail->count; i++)
        follower.poll.cursors[i].seen.live = !follower.refused;
    while (result == 0) {
        if (monotonic(&follower) >= follower.due)
            result = poll_now(&follower, err);
        if (result != 0 || reached_end(tail))
            break;
        tend_live(&follower, monotonic(&follower));
        result = wait_for_news(&follower, err);
        notice_sleep(&follower, monotonic(&follower));
    }
    close_live(&follower);
    log_poll_release(&follower.poll);
    return result < 0 ? -1 : 0;
}
