/*
 * Following logs: history first, then what is written, each event once.
 *
 * Where the provider pushes events (Live Tail), they are shown as they come;
 * polls fill what a session cannot know: what was written before it opened,
 * between two of them, while the network was down or the machine slept, what
 * the service left out, and now and then, to be sure, everything of the last
 * minute again. Where it does not, polls do it all, each looking back a little,
 * and further every quarter of a minute, for CloudWatch shows events late.
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
    bool live;          /* with push, where the provider has it */
    int64_t interval;   /* ms between polls */
    int64_t settle;     /* ms until polls see everything that was written */
    /* Takes an event; non-zero ends the tail (the reader went away). */
    int (*show)(void *context, const struct log_event *event);
    /* Called after each run of events: shows what `show` kept back. Non-zero ends the tail. */
    int (*flush)(void *context);
    /* Told once for a function whose log group does not exist yet. */
    void (*waiting)(void *context, const struct function *function);
    /* Told when polling begins to fail with what may pass, and not again until it works. */
    void (*trouble)(void *context, const struct err *err);
    /* Told once when the service refuses to push, and why. */
    void (*refused)(void *context, const struct err *err);
    void *context;
};

/*
 * Runs until the end is reached (without follow, or with `until`), `show` ends
 * it, or an interruption (ERR_INTERRUPTED). Network trouble while following is
 * waited out: the next poll fetches what was missed.
 */
int tail_run(const struct tail *tail, struct err *err);

#endif
