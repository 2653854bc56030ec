/* Log groups, streams and events: written by the data plane, read by CloudWatch Logs operations. */
#ifndef FNCTL_ENGINE_LOGS_H
#define FNCTL_ENGINE_LOGS_H

#include "providers/local/engine/engine.h"

#include <stddef.h>
#include <stdint.h>

struct logs;
struct logs *logs_new(struct engine *engine);
/* Writes what was appended. */
void logs_free(struct logs *logs);

/*
 * Appends an event (group and stream are made when missing). `timestamp` in ms
 * since 1970. Events of one loop round are written together in one
 * transaction; an event is durable (against kill -9) after the next
 * logs_flush(), which happens by itself before the loop sleeps.
 */
void logs_append(struct engine *engine, const char *group, const char *stream, int64_t timestamp,
                 const char *message, size_t len);

/* Writes what was appended: call it before the invocation that wrote the lines is acknowledged. */
void logs_flush(struct engine *engine);

/* Deletes events older than their group's retention, now and then every hour. Call at start. */
void logs_expire(struct engine *engine);

/* For CloudWatch Logs' operations: row ids, 0 when there is none; the makers presume there is none.
 */
int64_t logs_group(struct engine *engine, const char *name);
int64_t logs_stream(struct engine *engine, int64_t group, const char *name);
int64_t logs_make_group(struct engine *engine, const char *name, const char *region);
int64_t logs_make_stream(struct engine *engine, int64_t group, const char *name);

/* Writes one event into its tables; within the caller's transaction, after which live_tail_push()
 * is called. */
void logs_write(struct engine *engine, int64_t group, int64_t stream, int64_t timestamp,
                const char *message);

#endif
