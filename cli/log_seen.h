/*
 * Which log events were shown, so that each is shown once though it comes
 * several ways: in polls that overlap, and over Live Tail.
 *
 * Polled events have an id. Those of Live Tail have none: they are told apart
 * by stream, time and text, and counted, for a function may well write the same
 * line twice in a millisecond. Of equal events as many are shown as the way
 * that knew of most has brought.
 *
 * Events are kept by slices of their own time, which never changes, so that
 * what is old is forgotten a slice at a time: 8 bytes for a polled event.
 */
#ifndef FNCTL_CLI_LOG_SEEN_H
#define FNCTL_CLI_LOG_SEEN_H

#include "providers/provider.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct log_slice;

struct log_seen {
    struct log_slice *slices; /* in no order */
    size_t count, capacity;
    int64_t floor; /* ms since 1970: what is older is not remembered */
    uint64_t seed;
    bool live; /* events come over Live Tail too, see log_seen_live() */
};

void log_seen_init(struct log_seen *seen);
void log_seen_release(struct log_seen *seen);

/* Notes a polled event; whether it is to be shown. Older ones than the floor always are. */
bool log_seen_polled(struct log_seen *seen, const struct log_event *event);

/* Notes an event of the `session`th Live Tail session; whether it is to be shown. Set seen->live
 * before the first session is opened. */
bool log_seen_live(struct log_seen *seen, const struct log_event *event, unsigned session);

/* Forgets what is older than `floor`, which never goes back. */
void log_seen_forget(struct log_seen *seen, int64_t floor);

#endif
