#include "cli/log_poll.h"

#include "core/interrupt.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

enum {
    PAGE = 4000, /* events, all functions together: a page as JSON takes 1 kB an event */
    SMALLEST_PAGE = 250,
    CLOCK_SLACK = 10000, /* ms: how far the service's clocks may be apart */
};

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
        free(poll->cursors[i].token);
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

/* Reads a function's next page. */
static int read_page(struct log_poll *poll, struct log_cursor *cursor, int64_t since,
                     struct err *err)
{
    const struct tail *tail = poll->tail;
    struct log_query query = {.function = cursor->function,
                              .since = since,
                              .until = tail->until,
                              .filter = tail->filter,
                              .token = cursor->token,
                              .limit = page_size(tail)};
    struct log_page page = {0};

    if (interrupt_check(err) < 0 || tail->provider->logs(tail->session, &query, &page, err) < 0) {
        log_page_release(&page);
        return -1;
    }
    poll->begun = true;
    note_group(tail, cursor, page.missing);
    take_page(poll, cursor, &page);
    free(cursor->token);
    cursor->token = page.next ? xstrdup(page.next) : NULL;
    cursor->more = cursor->token != NULL;
    /* Nothing before `reached` is left; at the end, nothing before this moment. */
    advance(tail, cursor, cursor->reached, page.now);
    if (!cursor->more && page.now)
        advance(tail, cursor, page.now - CLOCK_SLACK, page.now);
    log_page_release(&page);
    return 0;
}

/* How far the poll has come everywhere. */
static int64_t horizon(const struct log_poll *poll)
{
    int64_t earliest = INT64_MAX;

    for (size_t i = 0; i < poll->tail->count; i++)
        if (poll->cursors[i].more && poll->cursors[i].reached < earliest)
            earliest = poll->cursors[i].reached;
    return earliest;
}

static int show(struct log_poll *poll, int64_t until)
{
    const struct tail *tail = poll->tail;

    return log_batch_show(&poll->batch, until, tail->show, tail->context) ||
           tail->flush(tail->context);
}

int log_poll_round(struct log_poll *poll, int64_t back, struct err *err)
{
    const struct tail *tail = poll->tail;
    int64_t *since = xcalloc(tail->count, sizeof(*since));
    int result = 0, ended = 0;
    bool more = true;

    for (size_t i = 0; i < tail->count; i++) {
        struct log_cursor *cursor = &poll->cursors[i];

        since[i] = cursor->base - back > tail->since ? cursor->base - back : tail->since;
        cursor->reached = INT64_MIN;
        cursor->more = true;
        free(cursor->token);
        cursor->token = NULL;
    }
    while (result == 0 && !ended && more) {
        int64_t behind = horizon(poll);

        /* Those that are behind go on; the others wait for them. */
        for (size_t i = 0; result == 0 && i < tail->count; i++)
            if (poll->cursors[i].more && poll->cursors[i].reached <= behind)
                result = read_page(poll, &poll->cursors[i], since[i], err);
        more = horizon(poll) < INT64_MAX;
        ended = result == 0 && show(poll, horizon(poll));
    }
    /* What arrived before a failure was noted, and will not come again. */
    if (!ended)
        ended = show(poll, INT64_MAX);
    free(since);
    return ended ? 1 : result;
}
