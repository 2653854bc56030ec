/*
 * Reading logs by FilterLogEvents: every page of every function from where the
 * last poll ended, or a while before it, for CloudWatch shows events late.
 *
 * Of each function one page is held at a time. Events are shown as soon as no
 * function can have an earlier one, so that history of any length is merged in
 * bounded memory.
 */
#ifndef FNCTL_CLI_LOG_POLL_H
#define FNCTL_CLI_LOG_POLL_H

#include "cli/log_batch.h"
#include "cli/log_seen.h"
#include "cli/tail.h"

#include <stdbool.h>
#include <stdint.h>

enum { LOG_POLL_MEMORY = 55000 }; /* ms: how far back from its end a poll may look */

/* A page that is being read, on a thread of its own. */
struct log_fetch;

/* A function's place in its log. */
struct log_cursor {
    const struct function *function;
    struct log_seen seen;
    int64_t base;            /* ms since 1970: all before was polled, but for what comes late */
    int64_t newest;          /* the latest time of an event, in this poll */
    struct log_fetch *fetch; /* the next page, on its way; NULL: none is */
    int64_t reached;         /* the time of the page's last event */
    bool known;              /* whether there is a log group is known ... */
    bool missing;            /* ... and there is none */
};

struct log_poll {
    const struct tail *tail;
    struct log_cursor *cursors; /* as many as tail->count */
    struct log_batch batch;
    bool begun; /* a page was read */
};

void log_poll_init(struct log_poll *poll, const struct tail *tail);
void log_poll_release(struct log_poll *poll);

/*
 * One round over all functions, from `back` ms before where the last one ended.
 * 0: done; 1: the reader has had enough; -1: it failed; what was read is shown,
 * and the next round goes on from there.
 */
int log_poll_round(struct log_poll *poll, int64_t back, struct err *err);

/* The cursor of a function of the tail. */
struct log_cursor *log_poll_cursor(struct log_poll *poll, const struct function *function);

#endif
