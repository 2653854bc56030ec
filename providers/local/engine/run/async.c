#include "providers/local/engine/run/async.h"

#include "core/memory.h"
#include "providers/local/engine/loop.h"
#include "providers/local/engine/run/async_report.h"
#include "providers/local/engine/store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    AT_ONCE = 50,           /* events that run at the same time */
    FIRST_DELAY = 60000,    /* ms before the first retry, then twice that */
    THROTTLED_DELAY = 1000, /* ms until a throttled event is looked at again */
};

/* An event that runs. */
struct running {
    struct running *next;
    struct async *async;
    int64_t id;
    int64_t attempts; /* before this one */
    int64_t retries;
    char *arn;
};

struct async {
    struct invoker *invoker;
    struct engine *engine;
    struct running *running;
    size_t count;
    uint64_t timer;
    bool stopped;
};

struct async *async_new(struct invoker *invoker, struct engine *engine)
{
    struct async *async = xcalloc(1, sizeof(*async));

    async->invoker = invoker;
    async->engine = engine;
    return async;
}

static void free_running(struct running *running)
{
    free(running->arn);
    free(running);
}

void async_free(struct async *async)
{
    if (!async)
        return;
    loop_cancel_timer(async->engine->loop, async->timer);
    free(async);
}

void async_stop(struct async *async)
{
    async->stopped = true;
}

static void drop(struct async *async, int64_t id)
{
    store_run(async->engine->store, "DELETE FROM async_events WHERE id = ?", "i", id);
}

static void wake(void *context)
{
    struct async *async = context;

    async->timer = 0;
    async_resume(async);
}

static void wake_in(struct async *async, int64_t milliseconds)
{
    loop_cancel_timer(async->engine->loop, async->timer);
    async->timer = loop_add_timer(async->engine->loop, milliseconds, wake, async);
}

/* Tells whom the function names what became of the event, and forgets it: both or none. */
static void finish(struct async *async, int64_t id, const char *arn, int64_t attempts,
                   const char *condition, const struct invoke_outcome *outcome)
{
    struct store *store = async->engine->store;
    sqlite3_stmt *row;

    if (store_begin(store) < 0)
        return;
    row =
        store_prepare(store, "SELECT request_id, payload FROM async_events WHERE id = ?", "i", id);
    if (sqlite3_step(row) == SQLITE_ROW)
        async_report_send(
            async->engine,
            &(struct async_report){.arn = arn,
                                   .request_id = (const char *)sqlite3_column_text(row, 0),
                                   .payload = sqlite3_column_blob(row, 1),
                                   .len = (size_t)sqlite3_column_bytes(row, 1),
                                   .attempts = attempts,
                                   .condition = condition,
                                   .outcome = outcome});
    sqlite3_finalize(row);
    drop(async, id);
    store_commit(store);
}

/* Notes what became of the event. */
static void settle(struct running *running, const struct invoke_outcome *outcome)
{
    struct async *async = running->async;
    int64_t now = clock_now(async->engine->clock);
    int64_t attempts = running->attempts + (outcome->throttled ? 0 : 1);
    int64_t delay = outcome->throttled ? THROTTLED_DELAY : FIRST_DELAY * attempts;

    if (!outcome->throttled && (!outcome->function_error || attempts > running->retries)) {
        if (outcome->function_error)
            engine_log("%s: an asynchronous event failed %lld times and is given up", running->arn,
                       (long long)attempts);
        finish(async, running->id, running->arn, attempts,
               outcome->function_error ? "RetriesExhausted" : "Success", outcome);
        return;
    }
    store_run(async->engine->store, "UPDATE async_events SET attempts = ?, due = ? WHERE id = ?",
              "iii", attempts, now + delay, running->id);
}

static void on_outcome(void *context, const struct invoke_outcome *outcome)
{
    struct running *running = context;
    struct async *async = running->async;
    struct running **link = &async->running;

    while (*link != running)
        link = &(*link)->next;
    *link = running->next;
    async->count--;
    if (!async->stopped) {
        settle(running, outcome);
        wake_in(async, 0);
    }
    free_running(running);
}

static bool is_running(const struct async *async, int64_t id)
{
    for (const struct running *running = async->running; running; running = running->next)
        if (running->id == id)
            return true;
    return false;
}

/* Starts the event of a row: id, request_id, arn, payload, attempts, created. */
static void start(struct async *async, sqlite3_stmt *row)
{
    struct running *running;
    struct function_version version = {0};
    const char *arn = (const char *)sqlite3_column_text(row, 2);
    int64_t id = sqlite3_column_int64(row, 0);
    int64_t age = clock_now(async->engine->clock) - sqlite3_column_int64(row, 5);
    struct err err = {0};

    bool old = age > async_report_age(async->engine, arn);

    if (old || functions_resolve(async->engine, arn, NULL, &version, &err) < 0) {
        engine_log("%s: an asynchronous event is given up: %s", arn,
                   old ? "it has waited too long" : err.message);
        finish(async, id, arn, sqlite3_column_int64(row, 4), "EventAgeExceeded", NULL);
        return;
    }
    running = xcalloc(1, sizeof(*running));
    *running = (struct running){.next = async->running,
                                .async = async,
                                .id = id,
                                .attempts = sqlite3_column_int64(row, 4),
                                .retries = version.retries,
                                .arn = xstrdup(arn)};
    async->running = running;
    async->count++;
    invoke_sync(async->invoker, &version, (const char *)sqlite3_column_text(row, 1),
                sqlite3_column_blob(row, 3), (size_t)sqlite3_column_bytes(row, 3), NULL, on_outcome,
                running);
    function_version_release(&version);
}

void async_resume(struct async *async)
{
    struct store *store = async->engine->store;
    int64_t now = clock_now(async->engine->clock), due;
    sqlite3_stmt *rows = store_prepare(
        store,
        "SELECT id, request_id, arn, payload, attempts, created, due FROM async_events "
        "ORDER BY due, id LIMIT ?",
        "i", (int64_t)(2 * AT_ONCE));

    while (!async->stopped && async->count < AT_ONCE && sqlite3_step(rows) == SQLITE_ROW) {
        if (is_running(async, sqlite3_column_int64(rows, 0)))
            continue;
        due = sqlite3_column_int64(rows, 6);
        if (due > now) {
            wake_in(async, due - now);
            break;
        }
        start(async, rows);
    }
    sqlite3_finalize(rows);
}

int async_add(struct async *async, const struct function_version *version, const char *request_id,
              const void *payload, size_t len, struct err *err)
{
    int64_t now = clock_now(async->engine->clock);

    if (store_run(async->engine->store,
                  "INSERT INTO async_events (request_id, arn, payload, attempts, due, created) "
                  "VALUES (?, ?, ?, 0, ?, ?)",
                  "ssbii", request_id, version->arn, payload ? payload : "", len, now, now) < 0)
        return err_set(err, ERR_FAILED, "cannot keep the event: the database refused it");
    wake_in(async, 0);
    return 0;
}
