#include "providers/aws/api/access_log.h"

#include "core/memory.h"
#include "providers/aws/logs.h"

#include <stdlib.h>
#include <string.h>

char *access_log_group(const struct session *session)
{
    return xasprintf("/aws/vendedlogs/apis/%s-%s", session->settings->project,
                     session->settings->stage);
}

void access_log_call(const struct session *session, struct aws_call *call)
{
    char *group = access_log_group(session);

    aws_call_action(call, &aws_logs, "DescribeLogGroups",
                    json_pack("{s:s}", "logGroupNamePrefix", group));
    free(group);
}

/* The group among those that start with its name; borrowed, or NULL. */
static json_t *find_group(const struct session *session, const struct aws_call *call)
{
    char *group = access_log_group(session);
    json_t *found = NULL;
    size_t i;
    json_t *item;

    json_array_foreach (json_at(call->reply, "logGroups"), i, item) {
        if (strcmp(json_string_at(item, "logGroupName"), group) == 0)
            found = item;
    }
    free(group);
    return found;
}

void access_log_take(struct session *session, const struct aws_call *call)
{
    json_replace(&session->access_log, json_incref(find_group(session, call)));
}

int access_log_put(struct session *session, struct changes *changes, struct err *err)
{
    const struct access_log *wanted = &session->settings->api.access_log;
    char *group;
    int result;

    if (!wanted->enabled)
        return 0;
    group = access_log_group(session);
    result = logs_put_group(session, group, NULL, wanted->retention, NULL, &session->access_log,
                            changes, err);
    free(group);
    return result;
}

int access_log_find(struct session *session, struct strlist *groups, struct err *err)
{
    struct aws_call calls[2];
    json_t *group = NULL;
    char *arn = NULL;
    int result;

    access_log_call(session, &calls[0]);
    result = aws_perform(session->aws, &calls[0], 1, err);
    if (result == 0)
        group = find_group(session, &calls[0]);
    if (group) {
        arn = logs_group_arn(group);
        aws_call_action(&calls[1], &aws_logs, "ListTagsForResource",
                        json_pack("{s:s}", "resourceArn", arn));
        calls[1].accept = "ResourceNotFoundException";
        result = aws_perform(session->aws, &calls[1], 1, err);
        if (result == 0 && session_owns(session, json_object_get(calls[1].reply, "tags")))
            strlist_add(groups, json_string_at(group, "logGroupName"));
        aws_call_release(&calls[1]);
        free(arn);
    }
    aws_call_release(&calls[0]);
    return result;
}
