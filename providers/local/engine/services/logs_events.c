#include "core/json.h"
#include "core/memory.h"
#include "providers/local/engine/logs/filter_pattern.h"
#include "providers/local/engine/logs/live_tail.h"
#include "providers/local/engine/logs/logs.h"
#include "providers/local/engine/services/logs.h"
#include "providers/local/engine/store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    EVENTS_MAX = 10000,
    BYTES_MAX = 1024 * 1024,
    SCAN_MAX = 100000, /* rows looked at for one page: an empty page with a token is normal */
    EVENT_OVERHEAD = 26,
};
#define HOUR ((int64_t)3600 * 1000)
#define OLDEST (14 * 24 * HOUR)

/* Where a page ends: events are in the order of timestamp, then arrival. */
struct cursor {
    long long timestamp, id;
};

static json_t *write_cursor(const char *prefix, const struct cursor *cursor)
{
    return json_sprintf("%s%lld.%lld", prefix, cursor->timestamp, cursor->id);
}

/* Answers when the token is none of ours. */
static bool read_cursor(struct request *request, const char *token, const char *format,
                        struct cursor *cursor)
{
    int end = 0;

    if (sscanf(token, format, &cursor->timestamp, &cursor->id, &end) == 2 && token[end] == '\0')
        return true;
    request_fail(request, 400, "InvalidParameterException", "The specified nextToken is invalid.");
    return false;
}

/* The stream that the input names; 0: answered. */
static int64_t find_stream(struct request *request, const json_t *input, int64_t group)
{
    int64_t stream = logs_stream(request->engine, group, json_string_at(input, "logStreamName"));

    if (!stream)
        request_fail(request, 400, "ResourceNotFoundException",
                     "The specified log stream does not exist.");
    return stream;
}

/* Whether the events are what PutLogEvents takes; answers when not. */
static bool check_events(struct request *request, const json_t *events)
{
    size_t i, bytes = 0;
    int64_t last = 0;
    json_t *event;

    json_array_foreach (events, i, event) {
        int64_t timestamp = json_int_at(event, "timestamp");

        bytes += strlen(json_string_at(event, "message")) + EVENT_OVERHEAD;
        if (!*json_string_at(event, "message") || timestamp < last) {
            request_fail(request, 400, "InvalidParameterException",
                         timestamp < last ? "Log events in a single PutLogEvents request must be "
                                            "in chronological order."
                                          : "Log event message must not be empty.");
            return false;
        }
        last = timestamp;
    }
    if (json_array_size(events) > 0 && json_array_size(events) <= EVENTS_MAX && bytes <= BYTES_MAX)
        return true;
    request_fail(request, 400, "InvalidParameterException",
                 "1 to %d events of at most %d bytes together can be put at once", EVENTS_MAX,
                 BYTES_MAX);
    return false;
}

void logs_put_events(struct request *request, json_t *input)
{
    const json_t *events = json_object_get(input, "logEvents");
    int64_t now = clock_now(request->engine->clock), old = 0, stream = 0;
    int64_t group = logs_find_group(request, input);
    size_t i, new_from = json_array_size(events);
    json_t *event, *body = json_object();
    bool committed;

    if (!group || !(stream = find_stream(request, input, group)) || !check_events(request, events))
        goto out;
    logs_flush(request->engine);
    store_begin(request->engine->store);
    json_array_foreach (events, i, event) {
        int64_t timestamp = json_int_at(event, "timestamp");

        if (timestamp < now - OLDEST)
            old = (int64_t)i + 1;
        else if (timestamp > now + 2 * HOUR)
            new_from = i < new_from ? i : new_from;
        else
            logs_write(request->engine, group, stream, timestamp, json_string_at(event, "message"));
    }
    committed = store_commit(request->engine->store) == 0;
    live_tail_push(request->engine, committed);
    if (!committed) {
        request_fail_write(request);
        goto out;
    }
    json_object_set_new(body, "nextSequenceToken", json_string("0"));
    if (old || new_from < json_array_size(events)) {
        json_t *rejected = json_object();

        if (old)
            json_object_set_new(rejected, "tooOldLogEventEndIndex", json_integer(old));
        if (new_from < json_array_size(events))
            json_object_set_new(rejected, "tooNewLogEventStartIndex",
                                json_integer((json_int_t)new_from));
        json_object_set_new(body, "rejectedLogEventsInfo", rejected);
    }
    request_reply(request, 200, json_incref(body));
out:
    json_decref(body);
}

static int64_t or_most(const json_t *input, const char *name)
{
    return json_object_get(input, name) ? json_int_at(input, name) : INT64_MAX;
}

/* A page of a stream, in order, from `cursor` on, or before it. */
static json_t *read_stream(struct request *request, const json_t *input, int64_t stream,
                           const struct cursor *cursor, bool forward)
{
    int64_t limit = json_object_get(input, "limit") ? json_int_at(input, "limit") : EVENTS_MAX;
    const char *sql =
        forward ? "SELECT id, timestamp, message, ingested AS \"ingestionTime\" FROM log_events"
                  " WHERE stream = ? AND timestamp >= ? AND timestamp < ?"
                  " AND (timestamp, id) > (?, ?) ORDER BY timestamp, id LIMIT ?"
                : "SELECT * FROM (SELECT id, timestamp, message, ingested AS \"ingestionTime\""
                  " FROM log_events WHERE stream = ? AND timestamp >= ? AND timestamp < ?"
                  " AND (timestamp, id) < (?, ?) ORDER BY timestamp DESC, id DESC LIMIT ?)"
                  " ORDER BY timestamp, id";

    return store_rows(request->engine->store, sql, "iiiiii", stream,
                      json_int_at(input, "startTime"), or_most(input, "endTime"),
                      (int64_t)cursor->timestamp, (int64_t)cursor->id, limit);
}

static struct cursor cursor_of(const json_t *row, const struct cursor *otherwise)
{
    if (!row)
        return *otherwise;
    return (struct cursor){.timestamp = json_int_at(row, "timestamp"),
                           .id = json_int_at(row, "id")};
}

void logs_get_events(struct request *request, json_t *input)
{
    const char *token = json_string_at(input, "nextToken");
    bool forward = *token ? token[0] == 'f' : json_bool_at(input, "startFromHead");
    struct cursor cursor = {.timestamp = forward ? -1 : INT64_MAX, .id = 0}, first, last;
    int64_t group = logs_find_group(request, input), stream;
    json_t *rows, *row;
    size_t i;

    if (!group)
        return;
    logs_flush(request->engine);
    stream = find_stream(request, input, group);
    if (!stream || (*token && !read_cursor(request, token,
                                           forward ? "f/%lld.%lld%n" : "b/%lld.%lld%n", &cursor)))
        return;
    rows = read_stream(request, input, stream, &cursor, forward);
    first = cursor_of(json_array_get(rows, 0), &cursor);
    last = cursor_of(json_array_get(rows, json_array_size(rows) - 1), &cursor);
    json_array_foreach (rows, i, row)
        json_object_del(row, "id");
    request_reply(request, 200,
                  json_pack("{s:o, s:o, s:o}", "events", rows, "nextForwardToken",
                            write_cursor("f/", &last), "nextBackwardToken",
                            write_cursor("b/", &first)));
}

/* What FilterLogEvents looks for. */
struct search {
    const json_t *streams; /* names; NULL: any */
    const char *prefix;
    struct filter_pattern *pattern;
    size_t limit;
    struct buf events; /* found, as JSON, without the brackets */
    size_t found;
    size_t bytes;
    size_t scanned;
    struct cursor cursor;
    bool more;
};

static bool in_streams(const struct search *search, const char *stream)
{
    const json_t *name;
    size_t i;

    if (strncmp(stream, search->prefix, strlen(search->prefix)) != 0)
        return false;
    json_array_foreach (search->streams, i, name) {
        if (strcmp(json_string_value(name), stream) == 0)
            return true;
    }
    return !search->streams;
}

/* Appends a JSON string. */
static void add_string(struct buf *out, const char *text)
{
    json_t *string = json_string(text);
    char *dumped = json_dumps(string ? string : json_null(), JSON_ENCODE_ANY);

    buf_puts(out, dumped);
    free(dumped);
    json_decref(string);
}

/* Appends an event. A page has thousands: they are written as text at once, not built as values. */
static void add_event(struct buf *out, sqlite3_stmt *statement, const char *stream,
                      const char *message)
{
    long long id = sqlite3_column_int64(statement, 0), time = sqlite3_column_int64(statement, 1);

    buf_puts(out, out->len ? ",{\"logStreamName\":" : "{\"logStreamName\":");
    add_string(out, stream);
    buf_printf(out, ",\"timestamp\":%lld,\"message\":", time);
    add_string(out, message);
    buf_printf(out, ",\"ingestionTime\":%lld,\"eventId\":\"%020lld%036lld\"}",
               (long long)sqlite3_column_int64(statement, 2), time, id);
}

/* Takes one row; false when the page is full (the row is then not part of it). */
static bool take_row(struct search *search, sqlite3_stmt *statement)
{
    const char *stream = (const char *)sqlite3_column_text(statement, 3);
    const char *message = (const char *)sqlite3_column_text(statement, 4);

    if (search->scanned++ >= SCAN_MAX || search->found >= search->limit ||
        search->bytes > BYTES_MAX)
        return false;
    search->cursor.id = sqlite3_column_int64(statement, 0);
    search->cursor.timestamp = sqlite3_column_int64(statement, 1);
    if (in_streams(search, stream) && filter_pattern_matches(search->pattern, message)) {
        add_event(&search->events, statement, stream, message);
        search->found++;
        search->bytes += strlen(message) + EVENT_OVERHEAD;
    }
    return true;
}

static void run_search(struct request *request, const json_t *input, int64_t group,
                       struct search *search)
{
    int64_t start = json_int_at(input, "startTime"), from = search->cursor.timestamp;
    sqlite3_stmt *statement = store_prepare(
        request->engine->store,
        "SELECT e.id, e.timestamp, e.ingested, s.name, e.message FROM log_events e"
        " JOIN log_streams s ON s.id = e.stream WHERE e.log_group = ? AND e.timestamp >= ?"
        " AND e.timestamp <= ? AND (e.timestamp, e.id) > (?, ?) ORDER BY e.timestamp, e.id",
        "iiiii", group, start > from ? start : from, or_most(input, "endTime"), from,
        (int64_t)search->cursor.id);

    while (!search->more && sqlite3_step(statement) == SQLITE_ROW)
        search->more = !take_row(search, statement);
    sqlite3_finalize(statement);
}

static void reply_search(struct request *request, const struct search *search)
{
    struct strlist headers;
    struct buf body;

    strlist_init(&headers);
    strlist_add(&headers, "Content-Type: application/x-amz-json-1.1");
    buf_init(&body, 0);
    buf_printf(&body, "{\"events\":[%s],\"searchedLogStreams\":[]", buf_string(&search->events));
    if (search->more)
        buf_printf(&body, ",\"nextToken\":\"%lld.%lld\"", search->cursor.timestamp,
                   search->cursor.id);
    buf_putc(&body, '}');
    request_respond(request, 200, &headers, body.data, body.len);
    buf_release(&body);
    strlist_release(&headers);
}

void logs_filter_events(struct request *request, json_t *input)
{
    const char *token = json_string_at(input, "nextToken");
    struct search search = {.streams = json_object_get(input, "logStreamNames"),
                            .prefix = json_string_at(input, "logStreamNamePrefix"),
                            .limit = EVENTS_MAX,
                            .cursor = {.timestamp = -1}};
    int64_t group = logs_find_group(request, input);
    struct err err = {0};

    if (!group || (*token && !read_cursor(request, token, "%lld.%lld%n", &search.cursor)))
        return;
    if (json_object_get(input, "limit"))
        search.limit = (size_t)json_int_at(input, "limit");
    search.pattern = filter_pattern_new(json_string_at(input, "filterPattern"), &err);
    if (!search.pattern) {
        request_fail(request, 400, "InvalidParameterException", "%s", err.message);
        return;
    }
    logs_flush(request->engine);
    buf_init(&search.events, 0);
    run_search(request, input, group, &search);
    reply_search(request, &search);
    filter_pattern_free(search.pattern);
    buf_release(&search.events);
}
