/*
 * Following logs: polls each function's log group from a moving cursor and
 * hands over every event once, in order within a poll.
 *
 * CloudWatch shows events late and out of order, so each poll looks back a
 * while before the newest event seen; what was handed over already is known by
 * its event id. Ids older than that window are forgotten: memory stays bounded.
 */
#ifndef FNCTL_CLI_TAIL_H
#define FNCTL_CLI_TAIL_H

#include "core/err.h"
#include "providers/provider.h"

#include <stdbool.h>
#include <stdint.h>

struct tail {
    const struct provider *provider;
    struct session *session;
    const struct clock *clock;
    const struct function **functions; /* borrowed */
    size_t count;
    int64_t since;      /* ms since 1970 */
    int64_t until;      /* ms since 1970; 0: no end */
    const char *filter; /* CloudWatch filter pattern; NULL: all */
    bool follow;        /* go on when the end is reached */
    int64_t interval;   /* ms between polls */
    /* Takes an event; non-zero ends the tail (the reader went away). */
    int (*show)(void *context, const struct function *function, const struct log_event *event);
    /* Told once for a function whose log group does not exist yet. */
    void (*waiting)(void *context, const struct function *function);
    /* Told when polling begins to fail with what may pass, and not again until it works. */
    void (*trouble)(void *context, const struct err *err);
    void *context;
};

/*
 * Runs until the end is reached (without follow, or with `until`), `show` ends
 * it, or an interruption (ERR_INTERRUPTED). Network trouble while following is
 * waited out: the next poll fetches what was missed.
 */
int tail_run(const struct tail *tail, struct err *err);

#endif
