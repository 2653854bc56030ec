#include "providers/aws/scheduler.h"

#include "core/hash.h"
#include "core/memory.h"
#include "providers/aws/function/function_state.h"
#include "providers/aws/function/marks.h"
#include "providers/aws/iam.h"
#include "providers/aws/schedule_digest.h"
#include "providers/aws/schedule_group.h"
#include "providers/aws/schedule_role.h"
#include "providers/difference.h"

#include <stdlib.h>
#include <string.h>

char *scheduler_input(const struct schedule *schedule, const char *name)
{
    json_t *input =
        schedule->input ? json_incref(schedule->input) : json_pack("{s:s}", "schedule", name);
    char *text = json_canonical(input);

    json_decref(input);
    return text;
}

void scheduler_call(const struct session *session, const char *name, struct aws_call *call)
{
    char *group = session_name(session);
    char *encoded = aws_encode(name);

    aws_call_rest(call, &aws_scheduler, "GetSchedule", "GET", NULL, "/schedules/%s?groupName=%s",
                  encoded, group);
    call->accept = "ResourceNotFoundException";
    free(group);
    free(encoded);
}

char *scheduler_list_path(const struct session *session)
{
    char *group = session_name(session);
    char *path = xasprintf("/schedules?MaxResults=100&ScheduleGroup=%s", group);

    free(group);
    return path;
}

struct listing scheduler_listing(const char *path)
{
    return (struct listing){.service = &aws_scheduler,
                            .operation = "ListSchedules",
                            .path = path,
                            .items = "Schedules",
                            .ask = "NextToken",
                            .next = "NextToken",
                            .accept = "ResourceNotFoundException"};
}

/* A schedule's request body, without group and token. */
static json_t *wanted_schedule(struct session *session, struct remote *remote,
                               const struct schedule *schedule, const char *name, struct err *err)
{
    char *role = schedule_role_name(session);
    char *role_arn = iam_role_arn(session, role, err);
    char *target = role_arn ? function_arn(session, remote, LIVE_ALIAS, err) : NULL;
    char *expression = cron_to_aws(&schedule->parsed);
    char *input = scheduler_input(schedule, name);
    const char *zone = schedule->timezone && *schedule->timezone ? schedule->timezone : "UTC";
    json_t *body = NULL;

    if (target)
        body = json_pack("{s:s, s:s, s:s, s:{s:s}, s:{s:s, s:s, s:s}}", "ScheduleExpression",
                         expression, "ScheduleExpressionTimezone", zone, "State",
                         schedule->enabled ? "ENABLED" : "DISABLED", "FlexibleTimeWindow", "Mode",
                         "OFF", "Target", "Arn", target, "RoleArn", role_arn, "Input", input);
    free(role);
    free(role_arn);
    free(target);
    free(expression);
    free(input);
    return body;
}

/* All schedules of the settings: name -> body. NULL on failure. */
static json_t *wanted_schedules(struct session *session, struct err *err)
{
    json_t *wanted = json_object();

    for (size_t i = 0; i < session->count; i++) {
        const struct function *function = session->remotes[i].function;

        for (size_t j = 0; j < function->schedules.count; j++) {
            const struct schedule *schedule = function_schedule_at(function, j);
            char *name = settings_schedule_name(function, schedule, j);
            json_t *body = wanted_schedule(session, &session->remotes[i], schedule, name, err);

            json_object_set_new(wanted, name, body);
            free(name);
            if (!body) {
                json_decref(wanted);
                return NULL;
            }
        }
    }
    return wanted;
}

/* The parts of a schedule that are compared, flat. */
static json_t *comparable(const json_t *schedule)
{
    static const char *const paths[] = {
        "ScheduleExpression", "ScheduleExpressionTimezone", "State", "Target.Arn", "Target.RoleArn",
        "Target.Input"};
    json_t *flat = json_object();

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
        json_object_set_new(flat, paths[i], json_string(json_string_at(schedule, paths[i])));
    return flat;
}

static bool same_schedule(const json_t *found, const json_t *wanted)
{
    json_t *before = comparable(found);
    json_t *after = comparable(wanted);
    bool same = found && json_equal(before, after);

    json_decref(before);
    json_decref(after);
    return same;
}

static int send_schedule(struct session *session, const char *name, const json_t *wanted,
                         bool update, bool *exists, struct err *err)
{
    json_t *body = json_copy((json_t *)wanted);
    char *group = session_name(session);
    char *encoded = aws_encode(name);
    char token[UUID_LEN];
    struct aws_call call;
    int result;

    hash_uuid(token);
    json_object_set_new(body, "GroupName", json_string(group));
    json_object_set_new(body, "ClientToken", json_string(token));
    aws_call_rest(&call, &aws_scheduler, update ? "UpdateSchedule" : "CreateSchedule",
                  update ? "PUT" : "POST", body, "/schedules/%s", encoded);
    result = session_call(session, &call, update ? NULL : "ConflictException", name, err);
    *exists = result == 0 && call.code;
    aws_call_release(&call);
    free(group);
    free(encoded);
    return result;
}

static int put_schedule(struct session *session, const char *name, json_t *wanted,
                        struct changes *changes, struct err *err)
{
    json_t *found = json_object_get(session->schedules, name);
    json_t *before = found ? comparable(found) : NULL;
    json_t *after = comparable(wanted);
    int64_t started = clock_monotonic(session->clock);
    bool exists = found != NULL;
    struct change *change;
    int result = 0;

    if (same_schedule(found, wanted))
        goto out;
    change = changes_add(changes, found ? CHANGE_UPDATE : CHANGE_CREATE, "schedule", name);
    change_fields_differing(changes, change, before, after);
    changes_announce(changes, change);
    if (!changes->apply)
        goto out;
    if (!found)
        result = send_schedule(session, name, wanted, false, &exists, err);
    if (result == 0 && exists)
        result = send_schedule(session, name, wanted, true, &exists, err);
    if (result < 0)
        goto out;
    json_object_set(session->schedules, name, wanted);
    changes_done(changes, change, session_elapsed(session, started));
out:
    json_decref(before);
    json_decref(after);
    return result;
}

int scheduler_remove(struct session *session, const char *name, struct changes *changes,
                     struct err *err)
{
    struct change *change = changes_add(changes, CHANGE_REMOVE, "schedule", name);
    int64_t started = clock_monotonic(session->clock);
    struct aws_call call;
    char *group;
    char *encoded;
    int result;

    changes_announce(changes, change);
    if (!changes->apply)
        return 0;
    group = session_name(session);
    encoded = aws_encode(name);
    aws_call_rest(&call, &aws_scheduler, "DeleteSchedule", "DELETE", NULL,
                  "/schedules/%s?groupName=%s", encoded, group);
    result = session_do(session, &call, "ResourceNotFoundException", name, err);
    if (result == 0)
        changes_done(changes, change, session_elapsed(session, started));
    free(group);
    free(encoded);
    return result;
}

static void tell_other(struct changes *changes, const char *name)
{
    changes_leave(changes, "schedule '%s' of the project's group: others made it", name);
}

/* Removes those of ours that are not wanted. `*left`: how many of others are in the group. */
static int drop_schedules(struct session *session, const json_t *wanted, size_t *left,
                          struct changes *changes, struct err *err)
{
    json_t *found = json_copy(session->schedules);
    const char *name;
    json_t *body;
    int result = 0;

    *left = 0;
    json_object_foreach (found, name, body) {
        if (result < 0 || json_object_get(wanted, name))
            continue;
        if (!schedule_role_used(session, body)) {
            tell_other(changes, name);
            (*left)++;
            continue;
        }
        result = scheduler_remove(session, name, changes, err);
        if (result == 0 && changes->apply)
            json_object_del(session->schedules, name);
    }
    json_decref(found);
    return result;
}

static int put_schedules(struct session *session, const json_t *wanted, struct changes *changes,
                         struct err *err)
{
    const char *name;
    json_t *body;
    size_t left;

    if (schedule_role_put(session, changes, err) < 0 ||
        schedule_group_put(session, changes, err) < 0)
        return -1;
    json_object_foreach ((json_t *)wanted, name, body) {
        if (put_schedule(session, name, body, changes, err) < 0)
            return -1;
    }
    return drop_schedules(session, wanted, &left, changes, err);
}

/* When no schedule is left, group and role go too; also those that an interrupted run left. */
static int drop_all(struct session *session, const json_t *wanted, struct changes *changes,
                    struct err *err)
{
    size_t left;
    int owned = 0;

    if (drop_schedules(session, wanted, &left, changes, err) < 0)
        return -1;
    /* Tags may outlive the group that an interrupted run removed. */
    if (!left && session_owns(session, session->group_tags))
        owned = schedule_group_owned(session, err);
    if (owned < 0)
        return -1;
    if (owned) {
        if (schedule_group_remove(session, changes, err) < 0)
            return -1;
        if (changes->apply)
            json_replace(&session->group_tags, NULL);
    }
    return schedule_role_drop(session, changes, err);
}

/* All of ours are known to be right: what else is there is of others. */
static int keep_settled(struct session *session, const json_t *wanted, struct changes *changes,
                        struct err *err)
{
    const char *name;
    json_t *item;

    json_object_foreach (session->schedules, name, item) {
        if (!json_object_get(wanted, name))
            tell_other(changes, name);
    }
    return schedule_group_put(session, changes, err);
}

static int sync(struct session *session, const json_t *wanted, struct changes *changes,
                struct err *err)
{
    int result = 0;

    if (session->settled)
        result = keep_settled(session, wanted, changes, err);
    else if (json_object_size(wanted))
        result = put_schedules(session, wanted, changes, err);
    else if (session->group_listed)
        result = drop_all(session, wanted, changes, err);
    if (result == 0 && changes->apply && !session->settled && json_object_size(wanted))
        result = schedule_digest_keep(session, wanted, err);
    return result;
}

int aws_sync_schedules(struct session *session, struct changes *changes, struct err *err)
{
    json_t *wanted = wanted_schedules(session, err);
    int result = wanted ? sync(session, wanted, changes, err) : -1;

    for (size_t i = 0; i < session->count && result == 0; i++)
        result = mark_drop(session, &session->remotes[i], MARK_SCHEDULES, changes, err);
    json_decref(wanted);
    return result;
}

bool scheduler_settled(struct session *session)
{
    struct err err = {0};
    json_t *wanted = wanted_schedules(session, &err);
    bool settled = json_object_size(wanted) && schedule_digest_holds(session, wanted);

    json_decref(wanted);
    return settled;
}
