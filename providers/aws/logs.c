#include "providers/aws/logs.h"

#include "core/memory.h"
#include "providers/difference.h"

#include <stdlib.h>
#include <string.h>

char *logs_group_name(const char *name)
{
    return xasprintf("/aws/lambda/%s", name);
}

char *logs_group_arn(const json_t *group)
{
    const char *arn = json_string_at(group, "arn");
    size_t len = strlen(arn);

    if (len > 2 && strcmp(arn + len - 2, ":*") == 0)
        len -= 2;
    return xstrndup(arn, len);
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

/* The tags of a group, the caller's; NULL on failure. */
static json_t *read_tags(struct session *session, const char *arn, const char *group,
                         struct err *err)
{
    struct aws_call call;
    json_t *tags = NULL;

    aws_call_action(&call, &aws_logs, "ListTagsForResource",
                    json_pack("{s:s}", "resourceArn", arn));
    if (session_call(session, &call, NULL, group, err) == 0) {
        tags = call_take(&call, "tags");
        tags = tags ? tags : json_object();
    }
    aws_call_release(&call);
    return tags;
}

static int send_tags(struct session *session, const char *arn, const char *group,
                     const json_t *found, const json_t *wanted, struct err *err)
{
    json_t *stale = tags_stale(found, wanted);
    struct aws_call call;
    int result = 0;

    /* First: the note in the tags knows of them until then. */
    if (json_array_size(stale)) {
        aws_call_action(&call, &aws_logs, "UntagResource",
                        json_pack("{s:s, s:O}", "resourceArn", arn, "tagKeys", stale));
        result = session_do(session, &call, NULL, group, err);
    }
    json_decref(stale);
    if (result < 0)
        return -1;
    aws_call_action(&call, &aws_logs, "TagResource",
                    json_pack("{s:s, s:O}", "resourceArn", arn, "tags", wanted));
    return session_do(session, &call, NULL, group, err);
}

/* The tags of a group that is there, when they are to be changed; `*tags` stays NULL otherwise. */
static int look_at_tags(struct session *session, const json_t *found, const char *group,
                        const json_t *owner, const json_t *wanted, json_t **tags, struct err *err)
{
    char *arn = logs_group_arn(found);
    bool due = *arn && owner && !tags_right(owner, wanted);

    if (due)
        *tags = read_tags(session, arn, group, err);
    free(arn);
    if (due && !*tags)
        return -1;
    if (due && tags_right(*tags, wanted))
        json_replace(tags, NULL);
    return 0;
}

static void record_tags(struct changes *changes, struct change *change, const json_t *found,
                        const json_t *wanted)
{
    json_t *before = json_pack("{s:o}", "tags", tags_told(found, found, wanted));
    json_t *after = json_pack("{s:o}", "tags", tags_told(wanted, found, wanted));

    change_fields_differing(changes, change, before, after);
    json_decref(before);
    json_decref(after);
}

/* A log group as it shall be. */
struct group {
    const char *name;
    const struct function *function; /* NULL: the project's */
    int64_t retention;
    json_t *wanted; /* its tags */
    json_t *tags;   /* those that it has, where they are to be changed; NULL: they are not */
};

static int carry_out(struct session *session, const struct group *group, json_t **found,
                     struct err *err)
{
    char *arn = logs_group_arn(*found);
    int result = 0;

    if (!*found)
        result = create_group(session, group->function, group->name, err);
    if (result == 0 && json_int_at(*found, "retentionInDays") != group->retention)
        result = set_retention(session, group->name, group->retention, err);
    if (result == 0 && group->tags)
        result = send_tags(session, arn, group->name, group->tags, group->wanted, err);
    if (result == 0)
        json_replace(found, json_pack("{s:s, s:I, s:s}", "logGroupName", group->name,
                                      "retentionInDays", (json_int_t)group->retention, "arn", arn));
    free(arn);
    return result;
}

static int put_group(struct session *session, const struct group *group, json_t **found,
                     struct changes *changes, struct err *err)
{
    int64_t before = json_int_at(*found, "retentionInDays");
    int64_t started = clock_monotonic(session->clock);
    struct change *change;

    if (*found && before == group->retention && !group->tags)
        return 0;
    change = changes_add(changes, *found ? CHANGE_UPDATE : CHANGE_CREATE, "log group", group->name);
    record_retention(changes, change, before, group->retention);
    if (group->tags)
        record_tags(changes, change, group->tags, group->wanted);
    changes_announce(changes, change);
    if (!changes->apply)
        return 0;
    if (carry_out(session, group, found, err) < 0)
        return -1;
    changes_done(changes, change, session_elapsed(session, started));
    return 0;
}

int logs_put_group(struct session *session, const char *name, const struct function *function,
                   int64_t retention, const json_t *owner, json_t **found, struct changes *changes,
                   struct err *err)
{
    struct group group = {.name = name,
                          .function = function,
                          .retention = retention,
                          .wanted = session_tags(session, function)};
    int result = look_at_tags(session, *found, name, owner, group.wanted, &group.tags, err);

    if (result == 0)
        result = put_group(session, &group, found, changes, err);
    json_decref(group.wanted);
    json_decref(group.tags);
    return result;
}

int aws_put_logs(struct session *session, const struct function *function, struct changes *changes,
                 struct err *err)
{
    struct remote *remote = session_remote(session, function);
    char *group = logs_group_name(remote->name);
    int result = logs_put_group(session, group, function, function->log_retention, remote->tags,
                                &remote->log_group, changes, err);

    free(group);
    return result;
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
