#include "cli/log_poll.h"

#include "core/interrupt.h"
#include "core/memory.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

enum {
    PAGE = 2000, /* events, all functions together: a page as JSON takes 1 kB an event */
    SMALLEST_PAGE = 250,
    CLOCK_SLACK = 10000, /* ms: how far the service's clocks may be apart */
};

struct log_fetch {
    const struct tail *tail;
    struct log_query query;
    char *token; /* of the query; owned */
    struct log_page page;
    struct err err;
    int result;
    pthread_t thread;
    bool threaded;
};

static void *run_fetch(void *context)
{
    struct log_fetch *fetch = context;

    fetch->result =
        fetch->tail->provider->logs(fetch->tail->session, &fetch->query, &fetch->page, &fetch->err);
    return NULL;
}

/* Begins to read a page; takes `token`. The next one is under way while this one is shown; the
 * first one has nothing to wait for. Signals are for the main thread. */
static struct log_fetch *start_fetch(const struct tail *tail, const struct log_query *query,
                                     char *token)
{
    struct log_fetch *fetch = xcalloc(1, sizeof(*fetch));
    sigset_t all, before;

    *fetch = (struct log_fetch){.tail = tail, .query = *query, .token = token};
    fetch->query.token = token;
    if (!token)
        return fetch;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    fetch->threaded = pthread_create(&fetch->thread, NULL, run_fetch, fetch) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return fetch;
}

/* Waits for the page, hands it over and frees the rest. */
static int end_fetch(struct log_fetch *fetch, struct log_page *page, struct err *err)
{
    int result;

    if (fetch->threaded)
        pthread_join(fetch->thread, NULL);
    else
        run_fetch(fetch);
    result = fetch->result;
    if (result < 0)
        *err = fetch->err;
    *page = fetch->page;
    free(fetch->token);
    free(fetch);
    return result;
}

static void drop_fetch(struct log_cursor *cursor)
{
    struct log_page page;
    struct err err;

    if (!cursor->fetch)
        return;
    /* One that has not begun need not begin. */
    if (cursor->fetch->threaded) {
        end_fetch(cursor->fetch, &page, &err);
        log_page_release(&page);
    } else {
        free(cursor->fetch->token);
        free(cursor->fetch);
    }
    cursor->fetch = NULL;
}

void log_poll_init(struct log_poll *poll, const struct tail *tail)
{
    *poll = (struct log_poll){.tail = tail};
    poll->cursors = xcalloc(tail->count, sizeof(*poll->cursors));
    for (size_t i = 0; i < tail->count; i++) {
        poll->cursors[i] = (struct log_cursor){.function = tail->functions[i], .base = tail->since};
        log_seen_init(&poll->cursors[i].seen);
        log_seen_forget(&poll->cursors[i].seen, tail->since);
    }
}

void log_poll_release(struct log_poll *poll)
{
    for (size_t i = 0; i < poll->tail->count; i++) {
        log_seen_release(&poll->cursors[i].seen);
        drop_fetch(&poll->cursors[i]);
    }
    free(poll->cursors);
    log_batch_release(&poll->batch);
}

struct log_cursor *log_poll_cursor(struct log_poll *poll, const struct function *function)
{
    for (size_t i = 0; i < poll->tail->count; i++)
        if (poll->cursors[i].function == function)
            return &poll->cursors[i];
    return NULL;
}

static int64_t page_size(const struct tail *tail)
{
    int64_t size = PAGE / (int64_t)tail->count;

    return size < SMALLEST_PAGE ? SMALLEST_PAGE : size;
}

/* Takes note of whether the log group exists. */
static void note_group(const struct tail *tail, struct log_cursor *cursor, bool missing)
{
    if (missing && !cursor->missing)
        tail->waiting(tail->context, cursor->function);
    cursor->missing = missing;
    cursor->known = true;
}

/* The poll has come to `time`; `now` is the service's. Events of the future hide none of today. */
static void advance(const struct tail *tail, struct log_cursor *cursor, int64_t time, int64_t now)
{
    if (!now)
        now = clock_now(tail->clock);
    if (time > now)
        time = now;
    if (time <= cursor->base)
        return;
    cursor->base = time;
    log_seen_forget(&cursor->seen, cursor->base - LOG_POLL_MEMORY);
}

/* Moves the events of a page that are new to the batch. */
static void take_page(struct log_poll *poll, struct log_cursor *cursor, struct log_page *page)
{
    for (size_t i = 0; i < page->count; i++) {
        struct log_event *event = &page->events[i];

        if (event->timestamp > cursor->reached)
            cursor->reached = event->timestamp;
        if (log_seen_polled(&cursor->seen, event))
            log_batch_add(&poll->batch, event);
    }
}

/* Takes a function's next page, and begins to read the one after it. */
static int read_page(struct log_poll *poll, struct log_cursor *cursor, struct err *err)
{
    struct log_query query = cursor->fetch->query;
    struct log_page page = {0};
    int result = end_fetch(cursor->fetch, &page, err);

    cursor->fetch = NULL;
    if (result == 0)
        result = interrupt_check(err);
    if (result == 0) {
        poll->begun = true;
        note_group(poll->tail, cursor, page.missing);
        if (page.next)
            cursor->fetch = start_fetch(poll->tail, &query, xstrdup(page.next));
        take_page(poll, cursor, &page);
        /* Nothing before `reached` is left; at the end, nothing before this moment. */
        advance(poll->tail, cursor, cursor->reached, page.now);
        if (!page.next && page.now)
            advance(poll->tail, cursor, page.now - CLOCK_SLACK, page.now);
    }
    log_page_release(&page);
    return result;
}

/* How far the poll has come everywhere. */
static int64_t horizon(const struct log_poll *poll)
{
    int64_t earliest = INT64_MAX;

    for (size_t i = 0; i < poll->tail->count; i++)
        if (poll->cursors[i].fetch && poll->cursors[i].reached < earliest)
            earliest = poll->cursors[i].reached;
    return earliest;
}

static int show(struct log_poll *poll, int64_t until)
{
    const struct tail *tail = poll->tail;

    return log_batch_show(&poll->batch, until, tail->show, tail->context) ||
           tail->flush(tail->context);
}

/* Begins a round: every function's first page is to be read. */
static void begin(struct log_poll *poll, int64_t back)
{
    const struct tail *tail = poll->tail;

    for (size_t i = 0; i < tail->count; i++) {
        struct log_cursor *cursor = &poll->cursors[i];
        int64_t since = cursor->base - back;
        struct log_query query = {.function = cursor->function,
                                  .since = since > tail->since ? since : tail->since,
                                  .until = tail->until,
                                  .filter = tail->filter,
                                  .limit = page_size(tail)};

        drop_fetch(cursor);
        cursor->reached = INT64_MIN;
        cursor->fetch = start_fetch(tail, &query, NULL);
    }
}

int log_poll_round(struct log_poll *poll, int64_t back, struct err *err)
{
    int result = 0, ended = 0;
    bool more = true;

    begin(poll, back);
    while (result == 0 && !ended && more) {
        int64_t behind = horizon(poll);

        /* Those that are behind go on; the others wait for them. */
        for (size_t i = 0; result == 0 && i < poll->tail->count; i++)
            if (poll->cursors[i].fetch && poll->cursors[i].reached <= behind)
                result = interrupt_check(err) < 0 ? -1 : read_page(poll, &poll->cursors[i], err);
        more = horizon(poll) < INT64_MAX;
        ended = result == 0 && show(poll, horizon(poll));
    }
    for (size_t i = 0; i < poll->tail->count; i++)
        drop_fetch(&poll->cursors[i]);
    /* What arrived before a failure was noted, and will not come again. */
    if (!ended)
        ended = show(poll, INT64_MAX);
    return ended ? 1 : result;
}
