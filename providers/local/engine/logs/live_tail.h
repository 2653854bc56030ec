/*
 * StartLiveTail's sessions: log events are sent to whoever listens as soon as
 * they are written.
 *
 * As on CloudWatch, an update holds at most 500 events, an empty one shows that
 * the session lives, and `sampled` tells of events that were left out: here
 * those that a client was too slow to take. A session ends after three hours.
 */
#ifndef FNCTL_ENGINE_LIVE_TAIL_H
#define FNCTL_ENGINE_LIVE_TAIL_H

#include "providers/local/engine/engine.h"
#include "providers/local/engine/http/server.h"

#include <jansson.h>
#include <stdint.h>

/* The operation: answers with a session's event stream. */
void live_tail_start(struct request *request, json_t *input);

/* Notes an event that is being written, by the ids of its rows (logs.h). */
void live_tail_note(struct engine *engine, int64_t stream, int64_t timestamp, int64_t ingested,
                    const char *message);

/* Sends what was noted; drops it when it was not `committed`. */
void live_tail_push(struct engine *engine, bool committed);

#endif
