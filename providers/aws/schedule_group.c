#include "providers/aws/schedule_group.h"

#include "core/hash.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

enum {
    FIRST_PAUSE = 50,          /* ms */
    LONGEST_PAUSE = 5000,      /* ms */
    DELETION_LIMIT = 2 * 60000 /* ms */
};

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

int schedule_group_put(struct session *session, struct changes *changes, struct err *err)
{
    int64_t started = clock_monotonic(session->clock);
    char *group = session_name(session);
    struct change *change;
    int result = group_exists(session, group, err);

    if (result != 0) {
        result = result < 0 ? -1 : 0;
        goto out;
    }
    change = changes_add(changes, CHANGE_CREATE, "schedule group", group);
    changes_announce(changes, change);
    if (!changes->apply)
        goto out;
    result = create_group(session, group, err);
    if (result < 0)
        goto out;
    session->group_missing = false;
    changes_done(changes, change, session_elapsed(session, started));
out:
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
