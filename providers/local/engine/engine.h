/* The engine as a whole: what its parts share. Owned by main.c. */
#ifndef FNCTL_ENGINE_ENGINE_H
#define FNCTL_ENGINE_ENGINE_H

#include "core/clock.h"
#include "core/err.h"

#include <stdint.h>

/* SIGTERM, SIGINT and SIGHUP are blocked in the engine (they come through the loop), SIGPIPE is
 * ignored: whoever forks a child undoes that in it. */

#define ENGINE_ACCOUNT "000000000000"

struct loop;
struct store;
struct server;
struct invoker;
struct logs;
struct metrics;
struct live_session;
struct schedules;
struct mappings;
struct sqs_waits;
struct front;

struct engine {
    const char *folder; /* state folder, absolute */
    const struct clock *clock;
    struct loop *loop;
    struct store *store;
    struct server *server;
    struct logs *logs;           /* lines that are not written yet, logs.h */
    struct metrics *metrics;     /* counts of invocations, metrics.h */
    struct live_session *live;   /* open sessions, live_tail.h */
    struct invoker *invoker;     /* execution environments and queues, invoke.h */
    struct front *front;         /* keys, answers and limits of front doors, front.h */
    struct schedules *schedules; /* schedules.h; NULL until the first schedules_reload() */
    struct mappings *mappings;   /* mappings.h; NULL until the first mappings_reload() */
    struct sqs_waits *sqs_waits; /* sqs_receive.c; NULL until somebody waits */
    uint64_t s3_timer;           /* of the next s3_expire(); 0: none */
    char *key_id, *secret;       /* the credentials that sign every control-plane call */
    int port;
    char *base_url; /* "http://127.0.0.1:PORT" */
};

/* Writes a line to the engine's own log (state folder, engine.log). */
void engine_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
