#include "providers/local/engine/events/schedules.h"

#include "core/cron.h"
#include "core/hash.h"
#include "core/memory.h"
#include "providers/local/engine/events/schedule_input.h"
#include "providers/local/engine/loop.h"
#include "providers/local/engine/run/functions.h"
#include "providers/local/engine/run/invoke.h"
#include "providers/local/engine/store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOOK_AGAIN = 60000 }; /* ms; the clock may be set, the machine may have slept */

/* A schedule that will fire. */
struct item {
    struct item *next;
    char *group, *name;
    char *identity; /* everything that decides when it fires: a change makes it a new one */
    struct cron cron;
    char *zone;
    int64_t created, start, end; /* 0: no bound */
    int64_t due;                 /* ms since 1970; -1: never again */
};

struct schedules {
    struct engine *engine;
    struct item *items;
    uint64_t timer;
};

static void free_item(struct item *item)
{
    free(item->group);
    free(item->name);
    free(item->identity);
    free(item->zone);
    free(item);
}

static void free_items(struct item *items)
{
    while (items) {
        struct item *item = items;

        items = item->next;
        free_item(item);
    }
}

void schedules_free(struct schedules *schedules)
{
    if (!schedules)
        return;
    loop_cancel_timer(schedules->engine->loop, schedules->timer);
    free_items(schedules->items);
    free(schedules);
}

/* The first time after `after` within the schedule's bounds. */
static int64_t find_next(const struct item *item, int64_t after)
{
    int64_t from = item->start ? item->start : item->created;
    int64_t due;

    if (item->start && after < item->start)
        after = item->start - 1;
    due = cron_next(&item->cron, item->zone, from, after);
    return item->end && due > item->end ? -1 : due;
}

static const char *text_at(sqlite3_stmt *row, int column)
{
    const char *text = (const char *)sqlite3_column_text(row, column);

    return text ? text : "";
}

/* Reads a row: schedule_group, name, expression, timezone, created, start_at, end_at. NULL when the
 * expression means nothing, which the operations do not let in. */
static struct item *read_item(sqlite3_stmt *row)
{
    struct item *item = xcalloc(1, sizeof(*item));
    struct err err = {0};

    item->group = xstrdup(text_at(row, 0));
    item->name = xstrdup(text_at(row, 1));
    item->zone = xstrdup(text_at(row, 3));
    item->created = sqlite3_column_int64(row, 4);
    item->start = sqlite3_column_int64(row, 5);
    item->end = sqlite3_column_int64(row, 6);
    item->identity = xasprintf("%s/%s %s %s %lld %lld %lld", item->group, item->name,
                               text_at(row, 2), item->zone, (long long)item->created,
                               (long long)item->start, (long long)item->end);
    if (cron_parse_aws(text_at(row, 2), &item->cron, &err) == 0)
        return item;
    engine_log("schedule %s/%s: %s", item->group, item->name, err.message);
    free_item(item);
    return NULL;
}

static const struct item *find_item(const struct item *items, const char *identity)
{
    while (items && strcmp(items->identity, identity) != 0)
        items = items->next;
    return items;
}

/* All enabled schedules; those that were there keep the time they wait for. */
static struct item *read_items(struct schedules *schedules, int64_t now)
{
    sqlite3_stmt *rows = store_prepare(
        schedules->engine->store,
        "SELECT schedule_group, name, expression, timezone, created, start_at, end_at, "
        "(SELECT fired FROM schedule_firings f WHERE f.schedule_group = s.schedule_group "
        "AND f.name = s.name AND f.created = s.created) FROM schedules s WHERE enabled <> 0",
        "");
    struct item *items = NULL;

    while (sqlite3_step(rows) == SQLITE_ROW) {
        int64_t fired = sqlite3_column_int64(rows, 7);
        struct item *item = read_item(rows);
        const struct item *before = item ? find_item(schedules->items, item->identity) : NULL;

        if (!item)
            continue;
        /* Not twice for one instant, also when the clock was set back meanwhile. */
        item->due = before ? before->due : find_next(item, fired > now ? fired : now);
        item->next = items;
        items = item;
    }
    sqlite3_finalize(rows);
    return items;
}

/* Queues the invocation; a target that is gone is only told. */
static void invoke_target(struct engine *engine, sqlite3_stmt *row, int64_t due)
{
    struct function_version version = {0};
    const char *target = text_at(row, 0);
    const char *input = (const char *)sqlite3_column_text(row, 1);
    const char *arn = text_at(row, 2);
    char id[UUID_LEN];
    struct err err = {0};
    char *payload;

    if (functions_resolve(engine, target, NULL, &version, &err) < 0) {
        engine_log("schedule %s did not fire: %s", arn, err.message);
        return;
    }
    hash_uuid(id);
    payload = schedule_input(input, arn, due, id);
    if (invoke_async(engine->invoker, &version, id, payload, strlen(payload), &err) < 0)
        engine_log("schedule %s did not fire: %s", arn, err.message);
    free(payload);
    function_version_release(&version);
}

/* Fires once, together with the note that it did: both are on disk or none. */
static void fire(struct schedules *schedules, struct item *item, int64_t now)
{
    struct store *store = schedules->engine->store;
    int64_t due = item->due;
    sqlite3_stmt *row;

    item->due = find_next(item, now);
    if (store_begin(store) < 0)
        return;
    row = store_prepare(store,
                        "SELECT target, input, arn, delete_after FROM schedules "
                        "WHERE schedule_group = ? AND name = ?",
                        "ss", item->group, item->name);
    if (sqlite3_step(row) == SQLITE_ROW) {
        bool delete = sqlite3_column_int64(row, 3) && item->due < 0;

        invoke_target(schedules->engine, row, due);
        store_run(store,
                  "INSERT INTO schedule_firings (schedule_group, name, created, fired) "
                  "VALUES (?, ?, ?, ?) ON CONFLICT (schedule_group, name) DO UPDATE SET "
                  "created = excluded.created, fired = excluded.fired",
                  "ssii", item->group, item->name, item->created, due);
        sqlite3_reset(row);
        if (delete)
            store_run(store, "DELETE FROM schedules WHERE schedule_group = ? AND name = ?", "ss",
                      item->group, item->name);
    }
    sqlite3_finalize(row);
    store_commit(store);
}

static void look(void *context);

/* Fires what is due and sets the timer for what comes next. */
static void work(struct schedules *schedules)
{
    struct engine *engine = schedules->engine;
    int64_t delay = LOOK_AGAIN, now = clock_now(engine->clock);

    for (struct item *item = schedules->items; item; item = item->next) {
        if (item->due >= 0 && item->due <= now)
            fire(schedules, item, now);
        if (item->due >= 0 && item->due - now < delay)
            delay = item->due - now;
    }
    loop_cancel_timer(engine->loop, schedules->timer);
    schedules->timer = schedules->items ? loop_add_timer(engine->loop, delay, look, schedules) : 0;
}

static void look(void *context)
{
    struct schedules *schedules = context;

    schedules->timer = 0;
    work(schedules);
}

void schedules_reload(struct engine *engine)
{
    struct schedules *schedules = engine->schedules;
    struct item *items;

    if (!schedules) {
        schedules = engine->schedules = xcalloc(1, sizeof(*schedules));
        schedules->engine = engine;
    }
    items = read_items(schedules, clock_now(engine->clock));
    free_items(schedules->items);
    schedules->items = items;
    store_run(engine->store,
              "DELETE FROM schedule_firings WHERE NOT EXISTS (SELECT 1 FROM schedules s WHERE "
              "s.schedule_group = schedule_firings.schedule_group AND "
              "s.name = schedule_firings.name)",
              "");
    work(schedules);
}
