#include "providers/aws/scheduler.h"

#include "core/hash.h"
#include "core/memory.h"
#include "providers/aws/function/function_state.h"
#include "providers/aws/function/marks.h"
#include "providers/aws/iam.h"
#include "providers/aws/schedule_group.h"
#include "providers/difference.h"

#include <stdlib.h>
#include <string.h>

enum { POLICY_MAX = 10240 /* characters of a role's inline policies, without white space */ };

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

static char *role_name(const struct session *session)
{
    return xasprintf("%s-%s.scheduler", session->settings->project, session->settings->stage);
}

/* A schedule's request body, without group and token. */
static json_t *wanted_schedule(struct session *session, struct remote *remote,
                               const struct schedule *schedule, const char *name, struct err *err)
{
    char *role = role_name(session);
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

static bool all_same(const struct session *session, const json_t *wanted)
{
    const char *name;
    json_t *body;

    json_object_foreach ((json_t *)wanted, name, body) {
        if (!same_schedule(json_object_get(session->schedules, name), body))
            return false;
    }
    json_object_foreach (session->schedules, name, body) {
        if (!json_object_get(wanted, name))
            return false;
    }
    return true;
}

/* The ARNs of what the schedules call: of each function the live alias. */
static json_t *targets(struct session *session, struct err *err)
{
    json_t *arns = json_array();

    for (size_t i = 0; i < session->count; i++) {
        char *arn;

        if (!session->remotes[i].function->schedules.count)
            continue;
        arn = function_arn(session, &session->remotes[i], LIVE_ALIAS, err);
        if (!arn) {
            json_decref(arns);
            return NULL;
        }
        json_array_append_new(arns, json_string(arn));
        free(arn);
    }
    return arns;
}

static json_t *invoke_policy(json_t *resources)
{
    return json_pack("{s:s, s:[{s:s, s:s, s:o}]}", "Version", "2012-10-17", "Statement", "Effect",
                     "Allow", "Action", "lambda:InvokeFunction", "Resource", resources);
}

/* The role's policy: exactly the functions that have schedules, as long as IAM takes so many, or
 * else the functions of this project and stage. */
static json_t *role_policy(struct session *session, struct err *err)
{
    json_t *resources = targets(session, err);
    json_t *policy = resources ? invoke_policy(resources) : NULL;
    char *text = policy ? json_canonical(policy) : NULL;
    char *prefix;
    char *pattern;

    if (text && strlen(text) > POLICY_MAX) {
        prefix = session_prefix(session);
        pattern = session_arn(session, "lambda", err, "function:%s*:%s", prefix, LIVE_ALIAS);
        json_replace(&policy, pattern ? invoke_policy(json_pack("[s]", pattern)) : NULL);
        free(prefix);
        free(pattern);
    }
    free(text);
    return policy;
}

/* The role as it is there. */
static int read_role(struct session *session, const char *name, json_t **role, json_t **policy,
                     struct err *err)
{
    struct aws_call calls[2];
    int result;

    iam_role_call(name, &calls[0]);
    iam_policy_call(name, &calls[1]);
    result = aws_perform(session->aws, calls, 2, err);
    if (result == 0) {
        *role = iam_role_found(&calls[0]);
        *policy = iam_policy_found(&calls[1]);
    }
    aws_call_release(&calls[0]);
    aws_call_release(&calls[1]);
    return result;
}

static int put_role(struct session *session, const char *name, struct changes *changes,
                    struct err *err)
{
    const char *account = session_account(session, err);
    struct role role = {.name = name};
    json_t *found = NULL;
    json_t *document = NULL;
    int result = -1;

    if (!account || !(role.policy = role_policy(session, err)))
        return -1;
    role.trust = iam_trust("scheduler.amazonaws.com", account);
    role.tags = session_tags(session, NULL);
    if (read_role(session, name, &found, &document, err) == 0)
        result = iam_put(session, &role, &found, &document, changes, err);
    json_decref(role.trust);
    json_decref(role.policy);
    json_decref(role.tags);
    json_decref(found);
    json_decref(document);
    return result;
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

static int drop_schedules(struct session *session, const json_t *wanted, struct changes *changes,
                          struct err *err)
{
    json_t *found = json_copy(session->schedules);
    const char *name;
    json_t *body;
    int result = 0;

    json_object_foreach (found, name, body) {
        if (result < 0 || json_object_get(wanted, name))
            continue;
        result = scheduler_remove(session, name, changes, err);
        if (result == 0 && changes->apply)
            json_object_del(session->schedules, name);
    }
    json_decref(found);
    return result;
}

/* The role goes when no schedule is left: the last of them, or an earlier run was interrupted. */
static int drop_role(struct session *session, const char *name, struct changes *changes,
                     struct err *err)
{
    json_t *found = NULL;
    json_t *document = NULL;
    int result = read_role(session, name, &found, &document, err);

    if (result == 0 && found)
        result = iam_remove(session, name, changes, err);
    json_decref(found);
    json_decref(document);
    return result;
}

static int put_schedules(struct session *session, const json_t *wanted, const char *role,
                         struct changes *changes, struct err *err)
{
    const char *name;
    json_t *body;

    if (put_role(session, role, changes, err) < 0 || schedule_group_put(session, changes, err) < 0)
        return -1;
    json_object_foreach ((json_t *)wanted, name, body) {
        if (put_schedule(session, name, body, changes, err) < 0)
            return -1;
    }
    return drop_schedules(session, wanted, changes, err);
}

int aws_sync_schedules(struct session *session, struct changes *changes, struct err *err)
{
    json_t *wanted = wanted_schedules(session, err);
    char *role = role_name(session);
    int result = wanted ? 0 : -1;

    if (result == 0 && json_object_size(wanted) && !all_same(session, wanted))
        result = put_schedules(session, wanted, role, changes, err);
    if (result == 0 && !json_object_size(wanted) && session->asked[OBSERVED_SCHEDULE_NAMES]) {
        result = drop_schedules(session, wanted, changes, err);
        if (result == 0)
            result = drop_role(session, role, changes, err);
    }
    for (size_t i = 0; i < session->count && result == 0; i++)
        result = mark_drop(session, &session->remotes[i], MARK_SCHEDULES, changes, err);
    json_decref(wanted);
    free(role);
    return result;
}
