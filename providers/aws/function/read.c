#include "providers/aws/function/read.h"

#include "core/file.h"
#include "core/memory.h"
#include "providers/aws/function/policy.h"
#include "providers/aws/logs.h"
#include "providers/aws/wire/pages.h"

#include <stdlib.h>
#include <string.h>

/* The reads besides GetFunction; what is not there, or may not be read, is left out. */
enum { READ_URL, READ_POLICY, READ_LOGS, READ_MAPPINGS, READS };

static const char missing[] = "ResourceNotFoundException AccessDeniedException AccessDenied";

static void fill(struct aws_call *calls, const char *encoded, const char *name)
{
    char *group = logs_group_name(name);

    aws_call_rest(&calls[READ_URL], &aws_lambda, "GetFunctionUrlConfig", "GET", NULL,
                  "/2021-10-31/functions/%s/url", encoded);
    aws_call_rest(&calls[READ_POLICY], &aws_lambda, "GetPolicy", "GET", NULL,
                  "/2015-03-31/functions/%s/policy", encoded);
    aws_call_action(&calls[READ_LOGS], &aws_logs, "DescribeLogGroups",
                    json_pack("{s:s}", "logGroupNamePrefix", group));
    aws_call_rest(&calls[READ_MAPPINGS], &aws_lambda, "ListEventSourceMappings", "GET", NULL,
                  "/2015-03-31/event-source-mappings?FunctionName=%s", encoded);
    for (size_t i = 0; i < READS; i++)
        calls[i].accept = missing;
    free(group);
}

/* The days that the function's log group keeps events; 0: for ever; -1: there is none. */
static int64_t retention_of(const json_t *groups, const char *name)
{
    char *wanted = logs_group_name(name);
    int64_t days = -1;
    json_t *group;
    size_t i;

    json_array_foreach (groups, i, group)
        if (strcmp(json_string_at(group, "logGroupName"), wanted) == 0)
            days = json_int_at(group, "retentionInDays");
    free(wanted);
    return days;
}

static json_t *describe(struct session *session, const json_t *function, struct aws_call *calls)
{
    const char *name = json_string_at(function, "Configuration.FunctionName");
    json_t *description =
        json_pack("{s:O, s:s}", "function", function, "region", aws_region(session->aws));
    int64_t days = retention_of(json_at(calls[READ_LOGS].reply, "logGroups"), name);

    if (!calls[READ_URL].code)
        json_object_set(description, "url", calls[READ_URL].reply);
    json_object_set_new(description, "callers", policy_statements(&calls[READ_POLICY]));
    if (!calls[READ_MAPPINGS].code)
        json_object_set(description, "mappings",
                        json_at(calls[READ_MAPPINGS].reply, "EventSourceMappings"));
    if (days >= 0)
        json_object_set_new(description, "log_retention", json_integer(days));
    return description;
}

int aws_read_function(struct session *session, const char *name, json_t **description,
                      struct err *err)
{
    char *encoded = aws_encode(name);
    struct aws_call get, calls[READS];
    int result;

    aws_call_rest(&get, &aws_lambda, "GetFunction", "GET", NULL, "/2015-03-31/functions/%s",
                  encoded);
    get.accept = "ResourceNotFoundException";
    result = aws_perform(session->aws, &get, 1, err);
    if (result == 0 && get.code)
        result = err_set(err, ERR_FAILED, "there is no function '%s' in region %s", name,
                         aws_region(session->aws));
    if (result == 0) {
        fill(calls, encoded, json_string_at(get.reply, "Configuration.FunctionName"));
        result = aws_perform(session->aws, calls, READS, err);
        if (result == 0)
            *description = describe(session, get.reply, calls);
        for (size_t i = 0; i < READS; i++)
            aws_call_release(&calls[i]);
    }
    aws_call_release(&get);
    free(encoded);
    return result;
}

static int take(void *context, const void *data, size_t len)
{
    return file_write_all(*(int *)context, data, len);
}

int aws_read_code(struct session *session, const char *location, int fd, struct err *err)
{
    struct http_exchange exchange = {.method = "GET",
                                     .url = xstrdup(location),
                                     .label = "the function's code",
                                     .receive = take,
                                     .context = &fd,
                                     .total_timeout = -1};
    int result = http_perform(aws_http(session->aws), &exchange, 1, err);

    if (result == 0 && exchange.response.status / 100 != 2)
        result = err_set(err, ERR_SERVICE, "the function's code cannot be read: HTTP status %d",
                         exchange.response.status);
    free(exchange.url);
    http_exchange_release(&exchange);
    return result;
}
