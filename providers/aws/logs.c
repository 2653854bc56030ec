#include "providers/aws/logs.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

char *logs_group_name(const char *name)
{
    return xasprintf("/aws/lambda/%s", name);
}

static int create_group(struct session *session, const struct function *function, const char *group,
                        struct err *err)
{
    struct aws_call call;

    aws_call_action(
        &call, &aws_logs, "CreateLogGroup",
        json_pack("{s:s, s:o}", "logGroupName", group, "tags", session_tags(session, function)));
    return session_do(session, &call, "ResourceAlreadyExistsException", group, err);
}

/* `days` 0: for ever. */
static int set_retention(struct session *session, const char *group, int64_t days, struct err *err)
{
    json_t *body = json_pack("{s:s}", "logGroupName", group);
    struct aws_call call;

    if (days)
        json_object_set_new(body, "retentionInDays", json_integer(days));
    aws_call_action(&call, &aws_logs, days ? "PutRetentionPolicy" : "DeleteRetentionPolicy", body);
    return session_do(session, &call, NULL, group, err);
}

static void record_retention(struct changes *changes, struct change *change, int64_t before,
                             int64_t after)
{
    char *old_text = before ? xasprintf("%lld", (long long)before) : NULL;
    char *new_text = after ? xasprintf("%lld", (long long)after) : NULL;

    if (before != after)
        change_field(changes, change, "retentionInDays", old_text, new_text);
    free(old_text);
    free(new_text);
}

int logs_put_group(struct session *session, const char *group, const struct function *function,
                   int64_t retention, json_t **found, struct changes *changes, struct err *err)
{
    int64_t before = json_int_at(*found, "retentionInDays");
    int64_t started = clock_monotonic(session->clock);
    struct change *change;

    if (*found && before == retention)
        return 0;
    change = changes_add(changes, *found ? CHANGE_UPDATE : CHANGE_CREATE, "log group", group);
    record_retention(changes, change, before, retention);
    changes_announce(changes, change);
    if (!changes->apply)
        return 0;
    if (!*found && create_group(session, function, group, err) < 0)
        return -1;
    if (before != retention && set_retention(session, group, retention, err) < 0)
        return -1;
    json_replace(found, json_pack("{s:s, s:I}", "logGroupName", group, "retentionInDays",
                                  (json_int_t)retention));
    changes_done(changes, change, session_elapsed(session, started));
    return 0;
}

int aws_put_logs(struct session *session, const struct function *function, struct changes *changes,
                 struct err *err)
{
    struct remote *remote = session_remote(session, function);
    char *group = logs_group_name(remote->name);
    int result = logs_put_group(session, group, function, function->log_retention,
                                &remote->log_group, changes, err);

    free(group);
    return result;
}

char *logs_group_arn(const json_t *group)
{
    const char *arn = json_string_at(group, "arn");
    size_t len = strlen(arn);

    if (len > 2 && strcmp(arn + len - 2, ":*") == 0)
        len -= 2;
    return xstrndup(arn, len);
}

int logs_remove(struct session *session, const char *group, struct changes *changes,
                struct err *err)
{
    struct change *change = changes_add(changes, CHANGE_REMOVE, "log group", group);
    int64_t started = clock_monotonic(session->clock);
    struct aws_call call;

    changes_announce(changes, change);
    if (!changes->apply)
        return 0;
    aws_call_action(&call, &aws_logs, "DeleteLogGroup", json_pack("{s:s}", "logGroupName", group));
    if (session_do(session, &call, "ResourceNotFoundException", group, err) < 0)
        return -1;
    changes_done(changes, change, session_elapsed(session, started));
    return 0;
}

static json_t *query_body(const struct log_query *query, const char *group)
{
    json_t *body = json_pack("{s:s, s:I}", "logGroupName", group, "startTime",
                             (json_int_t)(query->since > 0 ? query->since : 0));

    /* The service's end is inclusive, ours is not. */
    if (query->until)
        json_object_set_new(body, "endTime", json_integer(query->until - 1));
    if (query->filter)
        json_object_set_new(body, "filterPattern", json_string(query->filter));
    if (query->token)
        json_object_set_new(body, "nextToken", json_string(query->token));
    if (query->limit)
        json_object_set_new(body, "limit", json_integer(query->limit));
    return body;
}

void logs_take_event(const json_t *item, const char *id, struct log_event *event)
{
    const json_t *message = json_object_get(item, "message");

    event->timestamp = json_int_at(item, "timestamp");
    event->ingestion = json_int_at(item, "ingestionTime");
    log_event_set(event, json_string_at(item, "logStreamName"), id,
                  json_is_string(message) ? json_string_value(message) : "",
                  json_string_length(message));
}

static void take_events(const json_t *items, const struct function *function, struct log_page *page)
{
    size_t i;
    json_t *item;

    page->events = xcalloc(json_array_size(items) + 1, sizeof(*page->events));
    json_array_foreach (items, i, item) {
        page->events[page->count] = (struct log_event){.function = function};
        logs_take_event(item, json_string_at(item, "eventId"), &page->events[page->count++]);
    }
}

/* The service's time, from the answer's Date. */
static int64_t read_date(const struct aws_call *call)
{
    int64_t now;

    for (size_t i = 0; i < call->reply_headers.count; i++) {
        const char *header = call->reply_headers.items[i];

        if (strncmp(header, "date: ", 6) == 0 && clock_parse(header + 6, &now) == 0)
            return now;
    }
    return 0;
}

int aws_logs_page(struct session *session, const struct log_query *query, struct log_page *page,
                  struct err *err)
{
    struct remote *remote = session_remote(session, query->function);
    char *group = logs_group_name(remote->name);
    struct aws_call call;
    const char *token;
    int result;

    *page = (struct log_page){0};
    aws_call_action(&call, &aws_logs, "FilterLogEvents", query_body(query, group));
    result = session_call(session, &call, "ResourceNotFoundException", group, err);
    if (result == 0) {
        page->missing = call.code != NULL;
        page->now = read_date(&call);
        take_events(json_at(call.reply, "events"), query->function, page);
        token = json_string_at(call.reply, "nextToken");
        page->next = *token ? xstrdup(token) : NULL;
    }
    aws_call_release(&call);
    free(group);
    return result;
}
