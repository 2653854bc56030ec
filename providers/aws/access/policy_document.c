#include "providers/aws/access/policy_document.h"

#include "core/memory.h"
#include "providers/aws/access/policy_resources.h"
#include "providers/aws/iam.h"

#include <stdlib.h>

/* Roles go to these services alone. */
static json_t *passed_to(const struct policy_names *names)
{
    json_t *services = json_pack("[s]", "lambda.amazonaws.com");

    for (size_t i = 0; i < settings_function_count(names->settings); i++)
        if (settings_function_at(names->settings, i)->schedules.count)
            policy_add(services, "%s", "scheduler.amazonaws.com");
    return json_pack("{s:{s:o}}", "StringEquals", "iam:PassedToService", services);
}

/* The statement about one kind of resources; NULL when nothing of it is needed. */
static json_t *statement(const struct policy_names *names, enum grant_resource resource,
                         unsigned uses, unsigned needs)
{
    json_t *actions = json_array(), *allow;

    for (const struct grant *grant = grants; grant->action; grant++)
        if (grant->resource == resource && grant->uses & uses &&
            (grant->needs == 0 || grant->needs & needs))
            policy_add(actions, "%s", grant->action);
    if (json_array_size(actions) == 0) {
        json_decref(actions);
        return NULL;
    }
    allow = json_pack("{s:s, s:s, s:o, s:o}", "Sid", policy_title(resource), "Effect", "Allow",
                      "Action", actions, "Resource", policy_arns(names, resource));
    if (resource == GRANT_PASSED_ROLES)
        json_object_set_new(allow, "Condition", passed_to(names));
    return allow;
}

static json_t *deploy_policy(const struct policy_names *names, const struct policy_request *request)
{
    unsigned needs = grant_needs(names->settings, request->upload);
    json_t *statements = json_array();

    for (int resource = GRANT_ANY; resource < GRANT_RESOURCES; resource++) {
        json_t *allow = statement(names, (enum grant_resource)resource, request->uses, needs);

        if (allow)
            json_array_append_new(statements, allow);
    }
    return json_pack("{s:s, s:o}", "Version", "2012-10-17", "Statement", statements);
}

static json_t *role_policy(const struct policy_names *names, const struct function *function,
                           struct err *err)
{
    char *name = settings_remote_name(names->settings, function);
    char *group = xasprintf("arn:%s:logs:%s:%s:log-group:/aws/lambda/%s", names->partition,
                            names->region, names->account, name);
    json_t *document = NULL;

    if (function->role)
        err_set(err, ERR_FAILED,
                "function '%s' has no policy of its own: the settings give it the role '%s'",
                function->name, function->role);
    else
        document = iam_function_policy(function, group, err);
    free(group);
    free(name);
    return document;
}

int aws_policy(struct session *session, const struct policy_request *request, json_t **document,
               struct err *err)
{
    struct policy_names names = {.settings = session->settings,
                                 .partition = aws_partition(session->aws),
                                 .region = aws_region(session->aws)};

    names.account = request->account ? request->account : session_account(session, err);
    if (!names.account)
        return -1;
    names.prefix = session_name(session);
    names.path = iam_path(session);
    *document = request->function ? role_policy(&names, request->function, err)
                                  : deploy_policy(&names, request);
    free(names.prefix);
    free(names.path);
    return *document ? 0 : -1;
}
