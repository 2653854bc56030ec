#include "providers/local/engine/logs/live_tail.h"

#include "core/hash.h"
#include "core/json.h"
#include "core/memory.h"
#include "providers/aws/wire/event_stream.h"
#include "providers/local/engine/logs/filter_pattern.h"
#include "providers/local/engine/logs/logs.h"
#include "providers/local/engine/loop.h"
#include "providers/local/engine/services/logs.h"
#include "providers/local/engine/store/store.h"

#include <stdlib.h>
#include <string.h>

enum {
    UPDATE_MAX = 500,      /* events in one update */
    NOTED_MAX = 5000,      /* events kept for one session */
    WAITING_MAX = 4 << 20, /* bytes that a client has not taken, beyond which events are left out */
    HEARTBEAT = 1000,      /* ms of silence until an empty update */
    SESSION = 3 * 3600 * 1000, /* ms */
};

struct live_session {
    struct engine *engine;
    struct live_session *next;
    struct stream *stream;
    struct strlist groups;            /* names */
    struct strlist streams, prefixes; /* of streams; empty: all */
    struct filter_pattern *pattern;
    json_t *noted; /* events that are not sent yet */
    bool sampled;  /* events were left out since the last update */
    uint64_t heartbeat, end;
};

static void free_session(struct live_session *session)
{
    struct live_session **link = &session->engine->live;

    while (*link && *link != session)
        link = &(*link)->next;
    if (*link)
        *link = session->next;
    loop_cancel_timer(session->engine->loop, session->heartbeat);
    loop_cancel_timer(session->engine->loop, session->end);
    strlist_release(&session->groups);
    strlist_release(&session->streams);
    strlist_release(&session->prefixes);
    filter_pattern_free(session->pattern);
    json_decref(session->noted);
    free(session);
}

static void client_gone(void *context)
{
    free_session(context);
}

/* Sends a message; takes `payload`. */
static void send_message(struct live_session *session, enum event_kind kind, const char *name,
                         json_t *payload)
{
    char *text = json_dumps(payload, JSON_COMPACT);
    struct event_message message = {.kind = kind, .payload = text, .payload_len = strlen(text)};
    struct buf frame;

    buf_init(&frame, 0);
    strcpy(message.name, name);
    event_stream_write(&frame, &message);
    stream_write(session->stream, frame.data, frame.len);
    buf_release(&frame);
    free(text);
    json_decref(payload);
}

static void beat(void *context);

/* An update with the first of the events that were noted; takes them off. */
static void send_update(struct live_session *session)
{
    struct loop *loop = session->engine->loop;
    json_t *results = json_array(), *rest = json_array(), *event;
    size_t i;

    json_array_foreach (session->noted, i, event)
        json_array_append(i < UPDATE_MAX ? results : rest, event);
    json_decref(session->noted);
    session->noted = rest;
    send_message(session, EVENT_MESSAGE, "sessionUpdate",
                 json_pack("{s:{s:b}, s:o}", "sessionMetadata", "sampled", session->sampled,
                           "sessionResults", results));
    session->sampled = false;
    loop_cancel_timer(loop, session->heartbeat);
    session->heartbeat = loop_add_timer(loop, HEARTBEAT, beat, session);
}

static void beat(void *context)
{
    struct live_session *session = context;

    session->heartbeat = 0;
    send_update(session);
}

static void end_session(void *context)
{
    struct live_session *session = context;

    session->end = 0;
    send_message(session, EVENT_EXCEPTION, "SessionTimeoutException",
                 json_pack("{s:s}", "message", "Live Tail session timed out."));
    stream_end(session->stream);
    free_session(session);
}

static bool has_prefix(const struct strlist *prefixes, const char *name)
{
    for (size_t i = 0; i < prefixes->count; i++)
        if (strncmp(name, prefixes->items[i], strlen(prefixes->items[i])) == 0)
            return true;
    return false;
}

static bool wants(const struct live_session *session, const char *group, const char *stream,
                  const char *message)
{
    return strlist_has(&session->groups, group) &&
           (!session->streams.count || strlist_has(&session->streams, stream)) &&
           (!session->prefixes.count || has_prefix(&session->prefixes, stream)) &&
           filter_pattern_matches(session->pattern, message);
}

void live_tail_note(struct engine *engine, int64_t stream, int64_t timestamp, int64_t ingested,
                    const char *message)
{
    json_t *row;
    const char *name, *group;

    if (!engine->live)
        return;
    row = store_row(engine->store,
                    "SELECT g.name AS \"group\", s.name FROM log_streams s"
                    " JOIN log_groups g ON g.id = s.log_group WHERE s.id = ?",
                    "i", stream);
    name = json_string_at(row, "name");
    group = json_string_at(row, "group");
    for (struct live_session *session = engine->live; session; session = session->next) {
        if (!wants(session, group, name, message))
            continue;
        if (json_array_size(session->noted) >= NOTED_MAX ||
            stream_waiting(session->stream) > WAITING_MAX)
            session->sampled = true;
        else
            json_array_append_new(session->noted,
                                  json_pack("{s:s, s:s+, s:s, s:I, s:I}", "logStreamName", name,
                                            "logGroupIdentifier", ENGINE_ACCOUNT ":", group,
                                            "message", message, "timestamp", (json_int_t)timestamp,
                                            "ingestionTime", (json_int_t)ingested));
    }
    json_decref(row);
}

void live_tail_push(struct engine *engine, bool committed)
{
    for (struct live_session *session = engine->live; session; session = session->next) {
        if (!committed)
            json_array_clear(session->noted);
        while (json_array_size(session->noted))
            send_update(session);
    }
}

static void take_strings(struct strlist *list, const json_t *items)
{
    json_t *item;
    size_t i;

    strlist_init(list);
    json_array_foreach (items, i, item)
        strlist_add(list, json_string_value(item));
}

/* The groups that the ARNs name; answers when one is not there, or is no ARN. */
static bool find_groups(struct request *request, const json_t *input, struct strlist *groups)
{
    const json_t *identifiers = json_object_get(input, "logGroupIdentifiers");
    json_t *item;
    size_t i;

    json_array_foreach (identifiers, i, item) {
        const char *arn = json_string_value(item);
        char *name = logs_name_in(arn);

        if (strncmp(arn, "arn:", 4) != 0 || strchr(arn, '*')) {
            request_fail(request, 400, "InvalidParameterException",
                         "The logGroupIdentifiers must be ARNs that do not end with an asterisk");
        } else if (!logs_group(request->engine, name)) {
            request_fail(request, 400, "ResourceNotFoundException",
                         "The specified log group does not exist.");
        } else {
            strlist_take(groups, name);
            continue;
        }
        free(name);
        return false;
    }
    return true;
}

/* Fills the session from the input; answers when that is wrong. */
static bool fill_session(struct live_session *session, struct request *request, const json_t *input)
{
    struct err err = {0};

    take_strings(&session->streams, json_object_get(input, "logStreamNames"));
    take_strings(&session->prefixes, json_object_get(input, "logStreamNamePrefixes"));
    if (!find_groups(request, input, &session->groups))
        return false;
    if ((session->streams.count && session->prefixes.count) ||
        (session->streams.count + session->prefixes.count && session->groups.count > 1)) {
        request_fail(request, 400, "InvalidParameterException",
                     "logStreamNames or logStreamNamePrefixes, not both, go with one log group");
        return false;
    }
    session->pattern = filter_pattern_new(json_string_at(input, "logEventFilterPattern"), &err);
    if (!session->pattern)
        request_fail(request, 400, "InvalidParameterException", "%s", err.message);
    return session->pattern != NULL;
}

/* What the client gave, told in the beginning. */
static json_t *describe(const struct request *request, const json_t *input)
{
    static const char *const members[] = {"logGroupIdentifiers", "logStreamNames",
                                          "logStreamNamePrefixes", "logEventFilterPattern"};
    json_t *start = json_pack("{s:s}", "requestId", request->id);
    char id[UUID_LEN];

    hash_uuid(id);
    json_object_set_new(start, "sessionId", json_string(id));
    for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++)
        json_object_set(start, members[i], json_object_get(input, members[i]));
    return start;
}

void live_tail_start(struct request *request, json_t *input)
{
    struct engine *engine = request->engine;
    struct live_session *session = xcalloc(1, sizeof(*session));
    struct strlist headers;
    json_t *start;

    session->engine = engine;
    session->noted = json_array();
    if (!fill_session(session, request, input)) {
        free_session(session);
        return;
    }
    /* What was written until now is history. */
    logs_flush(engine);
    start = describe(request, input);
    strlist_init(&headers);
    strlist_add(&headers, "Content-Type: application/vnd.amazon.eventstream");
    session->stream = request_stream(request, 200, &headers, client_gone, session);
    strlist_release(&headers);
    send_message(session, EVENT_MESSAGE, "initial-response", json_object());
    send_message(session, EVENT_MESSAGE, "sessionStart", start);
    send_update(session);
    session->end = loop_add_timer(engine->loop, SESSION, end_session, session);
    session->next = engine->live;
    engine->live = session;
}
