#include "providers/aws/schedule_group.h"

#include "core/hash.h"
#include "core/memory.h"
#include "providers/difference.h"

#include <stdlib.h>
#include <string.h>

enum {
    FIRST_PAUSE = 50,          /* ms */
    LONGEST_PAUSE = 5000,      /* ms */
    DELETION_LIMIT = 2 * 60000 /* ms */
};

/* The path of the group's tags, to free(); NULL when the account cannot be found. */
static char *tags_path(struct session *session, struct err *err)
{
    char *name = session_name(session);
    char *arn = session_arn(session, "scheduler", err, "schedule-group/%s", name);
    char *encoded = arn ? aws_encode(arn) : NULL;
    char *path = encoded ? xasprintf("/tags/%s", encoded) : NULL;

    free(name);
    free(arn);
    free(encoded);
    return path;
}

int schedule_group_tags_call(struct session *session, struct aws_call *call, struct err *err)
{
    char *path = tags_path(session, err);

    if (!path)
        return -1;
    aws_call_rest(call, &aws_scheduler, "ListTagsForResource", "GET", NULL, "%s", path);
    call->accept = "ResourceNotFoundException";
    free(path);
    return 0;
}

int schedule_group_owned(struct session *session, struct err *err)
{
    struct aws_call calls[2];
    json_t *tags;
    char *name;
    int result;

    if (schedule_group_tags_call(session, &calls[1], err) < 0)
        return -1;
    name = session_name(session);
    aws_call_rest(&calls[0], &aws_scheduler, "GetScheduleGroup", "GET", NULL, "/schedule-groups/%s",
                  name);
    calls[0].accept = "ResourceNotFoundException";
    result = aws_perform(session->aws, calls, 2, err);
    tags = tags_from_list(json_at(calls[1].reply, "Tags"));
    if (result == 0)
        result = !calls[0].code && session_owns(session, tags) &&
                 strcmp(json_string_at(calls[0].reply, "State"), "DELETING") != 0;
    json_decref(tags);
    aws_call_release(&calls[0]);
    aws_call_release(&calls[1]);
    free(name);
    return result;
}

/* The group's state, "" when there is none; to free(). */
static char *group_state(struct session *session, const char *group, struct err *err)
{
    struct aws_call call;
    char *state = NULL;

    aws_call_rest(&call, &aws_scheduler, "GetScheduleGroup", "GET", NULL, "/schedule-groups/%s",
                  group);
    if (session_call(session, &call, "ResourceNotFoundException", group, err) == 0)
        state = xstrdup(call.code ? "" : json_string_at(call.reply, "State"));
    aws_call_release(&call);
    return state;
}

/* Whether the group is there and stays; 1, 0, -1. Without schedules the listing cannot tell. */
static int group_exists(struct session *session, const char *group, struct err *err)
{
    char *state;
    int result;

    if (json_object_size(session->schedules))
        return 1;
    if (session->group_missing)
        return 0;
    state = group_state(session, group, err);
    result = state ? strcmp(state, "ACTIVE") == 0 : -1;
    free(state);
    return result;
}

static int send_group(struct session *session, const char *group, bool *exists, struct err *err)
{
    json_t *tags = session_tags(session, NULL);
    char token[UUID_LEN];
    struct aws_call call;
    int result;

    hash_uuid(token);
    aws_call_rest(&call, &aws_scheduler, "CreateScheduleGroup", "POST",
                  json_pack("{s:o, s:s}", "Tags", tags_to_list(tags), "ClientToken", token),
                  "/schedule-groups/%s", group);
    result = session_call(session, &call, "ConflictException", group, err);
    *exists = result == 0 && call.code;
    aws_call_release(&call);
    json_decref(tags);
    return result;
}

/* Creates the group; one that is being deleted is waited for. */
static int create_group(struct session *session, const char *group, struct err *err)
{
    int64_t started = clock_monotonic(session->clock);
    int64_t delay = FIRST_PAUSE;
    bool exists = false;
    char *state;
    bool active;

    while (session_elapsed(session, started) < DELETION_LIMIT) {
        if (send_group(session, group, &exists, err) < 0)
            return -1;
        if (!exists)
            return 0;
        state = group_state(session, group, err);
        if (!state)
            return -1;
        active = strcmp(state, "ACTIVE") == 0;
        free(state);
        if (active)
            return 0;
        if (session_pause(session, &delay, LONGEST_PAUSE, err) < 0)
            return -1;
    }
    return err_set(err, ERR_SERVICE,
                   "schedule group '%s' is still being deleted; run the command again later",
                   group);
}

static int create(struct session *session, const char *group, struct changes *changes,
                  struct err *err)
{
    struct change *change = changes_add(changes, CHANGE_CREATE, "schedule group", group);
    int64_t started = clock_monotonic(session->clock);

    changes_announce(changes, change);
    if (!changes->apply)
        return 0;
    if (create_group(session, group, err) < 0)
        return -1;
    session->group_missing = false;
    changes_done(changes, change, session_elapsed(session, started));
    return 0;
}

int schedule_group_tag(struct session *session, const char *key, const char *value, struct err *err)
{
    char *path = tags_path(session, err);
    struct aws_call call;
    int result = -1;

    if (path) {
        aws_call_rest(&call, &aws_scheduler, "TagResource", "POST",
                      json_pack("{s:[{s:s, s:s}]}", "Tags", "Key", key, "Value", value), "%s",
                      path);
        result = session_do(session, &call, NULL, "the schedule group", err);
    }
    free(path);
    return result;
}

static int send_tags(struct session *session, const char *group, const json_t *wanted,
                     struct err *err)
{
    char *path = tags_path(session, err);
    json_t *stale = tags_stale(session->group_tags, wanted);
    char *query = tags_query("TagKeys", stale);
    struct aws_call call;
    int result = path ? 0 : -1;

    /* First: the note in the tags knows of them until then. */
    if (result == 0 && json_array_size(stale)) {
        aws_call_rest(&call, &aws_scheduler, "UntagResource", "DELETE", NULL, "%s?%s", path, query);
        result = session_do(session, &call, NULL, group, err);
    }
    if (result == 0) {
        aws_call_rest(&call, &aws_scheduler, "TagResource", "POST",
                      json_pack("{s:o}", "Tags", tags_to_list(wanted)), "%s", path);
        result = session_do(session, &call, NULL, group, err);
    }
    json_decref(stale);
    free(query);
    free(path);
    return result;
}

/* The tags of a group that is there, where they are known. */
static int put_tags(struct session *session, const char *group, struct changes *changes,
                    struct err *err)
{
    json_t *wanted = session_tags(session, NULL);
    const json_t *found = session->group_tags;
    json_t *before = json_pack("{s:o}", "tags", tags_told(found, found, wanted));
    json_t *after = json_pack("{s:o}", "tags", tags_told(wanted, found, wanted));
    int64_t started = clock_monotonic(session->clock);
    struct change *change;
    int result = 0;

    if (!found || tags_right(found, wanted))
        goto out;
    change = changes_add(changes, CHANGE_UPDATE, "schedule group", group);
    change_fields_differing(changes, change, before, after);
    changes_announce(changes, change);
    if (changes->apply)
        result = send_tags(session, group, wanted, err);
    if (changes->apply && result == 0)
        changes_done(changes, change, session_elapsed(session, started));
out:
    json_decref(wanted);
    json_decref(before);
    json_decref(after);
    return result;
}

int schedule_group_put(struct session *session, struct changes *changes, struct err *err)
{
    char *group = session_name(session);
    int result = group_exists(session, group, err);

    if (result == 0)
        result = create(session, group, changes, err);
    else if (result > 0)
        result = put_tags(session, group, changes, err);
    free(group);
    return result;
}

int schedule_group_remove(struct session *session, struct changes *changes, struct err *err)
{
    char *group = session_name(session);
    struct change *change = changes_add(changes, CHANGE_REMOVE, "schedule group", group);
    int64_t started = clock_monotonic(session->clock);
    struct aws_call call;
    int result = 0;

    changes_announce(changes, change);
    if (!changes->apply)
        goto out;
    aws_call_rest(&call, &aws_scheduler, "DeleteScheduleGroup", "DELETE", NULL,
                  "/schedule-groups/%s", group);
    result = session_do(session, &call, "ResourceNotFoundException", group, err);
    if (result == 0)
        changes_done(changes, change, session_elapsed(session, started));
out:
    free(group);
    return result;
}
