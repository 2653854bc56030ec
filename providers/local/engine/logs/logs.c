#include "providers/local/engine/logs/logs.h"

#include "core/buf.h"
#include "core/memory.h"
#include "providers/aws/wire/endpoints.h"
#include "providers/local/engine/logs/live_tail.h"
#include "providers/local/engine/loop.h"
#include "providers/local/engine/store/store.h"

#include <stdlib.h>
#include <string.h>

enum {
    HOUR = 3600 * 1000,
    EVENT_OVERHEAD = 26, /* bytes that CloudWatch Logs counts on top of each message */
};
#define DAY ((int64_t)24 * HOUR)

/* A line that is not written yet. */
struct line {
    char *group, *stream, *message;
    int64_t timestamp;
};

struct logs {
    struct engine *engine;
    struct line *lines;
    size_t count, capacity;
    uint64_t flush_timer, expire_timer;
};

struct logs *logs_new(struct engine *engine)
{
    struct logs *logs = xcalloc(1, sizeof(*logs));

    logs->engine = engine;
    return logs;
}

void logs_free(struct logs *logs)
{
    if (!logs)
        return;
    logs_flush(logs->engine);
    loop_cancel_timer(logs->engine->loop, logs->flush_timer);
    loop_cancel_timer(logs->engine->loop, logs->expire_timer);
    free(logs->lines);
    free(logs);
}

static void flush_later(void *context)
{
    struct logs *logs = context;

    logs->flush_timer = 0;
    logs_flush(logs->engine);
}

/* The length of the UTF-8 character at `text`, 0 when it is none (or a NUL). */
static size_t character_length(const unsigned char *text, size_t len)
{
    size_t size = text[0] < 0x80   ? 1
                  : text[0] < 0xC2 ? 0
                  : text[0] < 0xE0 ? 2
                  : text[0] < 0xF0 ? 3
                  : text[0] < 0xF5 ? 4
                                   : 0;

    if (size > len || text[0] == '\0')
        return 0;
    for (size_t i = 1; i < size; i++) {
        if ((text[i] & 0xC0) != 0x80)
            return 0;
    }
    if ((text[0] == 0xE0 && text[1] < 0xA0) || (text[0] == 0xED && text[1] >= 0xA0) ||
        (text[0] == 0xF0 && text[1] < 0x90) || (text[0] == 0xF4 && text[1] >= 0x90))
        return 0;
    return size;
}

/* What functions print may be anything; replies are UTF-8. To free(). */
static char *clean_message(const char *message, size_t len)
{
    struct buf out;

    buf_init(&out, 0);
    for (size_t i = 0; i < len;) {
        size_t size = character_length((const unsigned char *)message + i, len - i);

        if (size)
            buf_append(&out, message + i, size);
        else
            buf_puts(&out, "\xEF\xBF\xBD");
        i += size ? size : 1;
    }
    return buf_take(&out);
}

void logs_append(struct engine *engine, const char *group, const char *stream, int64_t timestamp,
                 const char *message, size_t len)
{
    struct logs *logs = engine->logs;

    if (logs->count == logs->capacity) {
        logs->capacity = logs->capacity ? logs->capacity * 2 : 16;
        logs->lines = xreallocarray(logs->lines, logs->capacity, sizeof(*logs->lines));
    }
    logs->lines[logs->count++] = (struct line){.group = xstrdup(group),
                                               .stream = xstrdup(stream),
                                               .message = clean_message(message, len),
                                               .timestamp = timestamp};
    if (!logs->flush_timer)
        logs->flush_timer = loop_add_timer(engine->loop, 0, flush_later, logs);
}

static int64_t find_id(struct store *store, const char *sql, const char *name, int64_t group)
{
    sqlite3_stmt *statement = store_prepare(store, sql, "si", name, group);
    int64_t id = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;

    sqlite3_finalize(statement);
    return id;
}

int64_t logs_group(struct engine *engine, const char *name)
{
    return find_id(engine->store, "SELECT id FROM log_groups WHERE name = ? AND ?2 = 0", name, 0);
}

int64_t logs_stream(struct engine *engine, int64_t group, const char *name)
{
    return find_id(engine->store, "SELECT id FROM log_streams WHERE name = ? AND log_group = ?",
                   name, group);
}

int64_t logs_make_group(struct engine *engine, const char *name, const char *region)
{
    char *arn = xasprintf("arn:%s:logs:%s:" ENGINE_ACCOUNT ":log-group:%s",
                          endpoint_partition(region), region, name);

    store_run(engine->store,
              "INSERT INTO log_groups (name, arn, class, tags, created)"
              " VALUES (?, ?, 'STANDARD', '{}', ?)",
              "ssi", name, arn, clock_now(engine->clock));
    free(arn);
    return sqlite3_last_insert_rowid(store_database(engine->store));
}

int64_t logs_make_stream(struct engine *engine, int64_t group, const char *name)
{
    store_run(engine->store, "INSERT INTO log_streams (log_group, name, created) VALUES (?, ?, ?)",
              "isi", group, name, clock_now(engine->clock));
    return sqlite3_last_insert_rowid(store_database(engine->store));
}

void logs_write(struct engine *engine, int64_t group, int64_t stream, int64_t timestamp,
                const char *message)
{
    int64_t now = clock_now(engine->clock);

    store_run(engine->store,
              "INSERT INTO log_events (log_group, stream, timestamp, ingested, message)"
              " VALUES (?, ?, ?, ?, ?)",
              "iiiis", group, stream, timestamp, now, message);
    store_run(engine->store,
              "UPDATE log_streams SET first = min(ifnull(first, ?2), ?2),"
              " last = max(ifnull(last, ?2), ?2), ingested = ?3 WHERE id = ?1",
              "iii", stream, timestamp, now);
    store_run(engine->store, "UPDATE log_groups SET bytes = bytes + ? WHERE id = ?", "ii",
              (int64_t)strlen(message) + EVENT_OVERHEAD, group);
    live_tail_note(engine, stream, timestamp, now, message);
}

/* Where lines go. */
struct place {
    const char *group_name, *stream_name;
    int64_t group, stream;
};

/* Most lines go where the one before went: then nothing is looked up. */
static void find_place(struct engine *engine, const struct line *line, struct place *place)
{
    if (place->group_name && strcmp(place->group_name, line->group) == 0 &&
        strcmp(place->stream_name, line->stream) == 0)
        return;
    *place = (struct place){line->group, line->stream, logs_group(engine, line->group), 0};
    if (!place->group)
        place->group = logs_make_group(engine, line->group, "us-east-1");
    place->stream = logs_stream(engine, place->group, line->stream);
    if (!place->stream)
        place->stream = logs_make_stream(engine, place->group, line->stream);
}

static void free_lines(struct logs *logs)
{
    for (size_t i = 0; i < logs->count; i++) {
        free(logs->lines[i].group);
        free(logs->lines[i].stream);
        free(logs->lines[i].message);
    }
    logs->count = 0;
}

void logs_flush(struct engine *engine)
{
    struct logs *logs = engine->logs;
    struct store *store = engine->store;
    struct place place = {0};
    bool committed;

    if (!logs->count)
        return;
    /* Each invocation waits for this. In WAL mode NORMAL survives the end of the process; only
     * when the machine itself stops may the last lines be missing. */
    store_run(store, "PRAGMA synchronous = NORMAL", "");
    store_begin(store);
    for (size_t i = 0; i < logs->count; i++) {
        const struct line *line = &logs->lines[i];

        find_place(engine, line, &place);
        logs_write(engine, place.group, place.stream, line->timestamp, line->message);
    }
    committed = store_commit(store) == 0;
    if (!committed)
        engine_log("%zu log lines are lost", logs->count);
    live_tail_push(engine, committed);
    store_run(store, "PRAGMA synchronous = FULL", "");
    free_lines(logs);
}

static void expire(void *context)
{
    struct logs *logs = context;

    logs->expire_timer = 0;
    logs_expire(logs->engine);
}

/* Deletes the events, and takes their bytes off their groups. */
static void delete_expired(struct engine *engine)
{
    struct store *store = engine->store;
    int64_t now = clock_now(engine->clock);

    store_begin(store);
    store_run(store,
              "UPDATE log_groups SET bytes = bytes - (SELECT"
              " ifnull(sum(length(CAST(message AS BLOB)) + ?3), 0) FROM log_events e"
              " WHERE e.log_group = log_groups.id AND e.timestamp < ?1 - retention * ?2)"
              " WHERE retention IS NOT NULL",
              "iii", now, DAY, (int64_t)EVENT_OVERHEAD);
    store_run(store,
              "DELETE FROM log_events WHERE id IN (SELECT e.id FROM log_groups g JOIN log_events e"
              " ON e.log_group = g.id AND e.timestamp < ?1 - g.retention * ?2"
              " WHERE g.retention IS NOT NULL)",
              "ii", now, DAY);
    store_commit(store);
}

void logs_expire(struct engine *engine)
{
    sqlite3_stmt *statement;

    delete_expired(engine);
    loop_cancel_timer(engine->loop, engine->logs->expire_timer);
    engine->logs->expire_timer = 0;
    /* Without a retention anywhere there is nothing to wake up for. */
    statement = store_prepare(engine->store,
                              "SELECT 1 FROM log_groups WHERE retention IS NOT NULL LIMIT 1", "");
    if (sqlite3_step(statement) == SQLITE_ROW)
        engine->logs->expire_timer = loop_add_timer(engine->loop, HOUR, expire, engine->logs);
    sqlite3_finalize(statement);
}
