#include "providers/aws/schedule_role.h"

#include "core/memory.h"
#include "providers/aws/function/function_state.h"
#include "providers/aws/iam.h"

#include <stdlib.h>
#include <string.h>

enum { POLICY_MAX = 10240 /* characters of a role's inline policies, without white space */ };

char *schedule_role_name(const struct session *session)
{
    return xasprintf("%s-%s.scheduler", session->settings->project, session->settings->stage);
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

int schedule_role_put(struct session *session, struct changes *changes, struct err *err)
{
    const char *account = session_account(session, err);
    char *name = schedule_role_name(session);
    struct role role = {.name = name};
    json_t *found = NULL;
    json_t *document = NULL;
    int result = -1;

    if (!account || !(role.policy = role_policy(session, err)))
        goto out;
    role.trust = iam_trust("scheduler.amazonaws.com", account);
    role.tags = session_tags(session, NULL);
    result = read_role(session, name, &found, &document, err);
    if (result == 0)
        result = iam_put(session, &role, &found, &document, changes, err);
    json_decref(role.trust);
    json_decref(role.policy);
    json_decref(role.tags);
    json_decref(found);
    json_decref(document);
out:
    free(name);
    return result;
}

int schedule_role_drop(struct session *session, struct changes *changes, struct err *err)
{
    char *name = schedule_role_name(session);
    json_t *found = NULL;
    json_t *document = NULL;
    int result = read_role(session, name, &found, &document, err);

    if (result == 0 && found)
        result = iam_remove(session, name, changes, err);
    json_decref(found);
    json_decref(document);
    free(name);
    return result;
}

bool schedule_role_used(const struct session *session, const json_t *schedule)
{
    char *path = iam_path(session);
    char *role = schedule_role_name(session);
    char *end = xasprintf(":role%s%s", path, role);
    const char *arn = json_string_at(schedule, "Target.RoleArn");
    size_t len = strlen(arn);
    bool ours = len > strlen(end) && strcmp(arn + len - strlen(end), end) == 0;

    free(path);
    free(role);
    free(end);
    return ours;
}
