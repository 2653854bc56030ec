#include "providers/aws/iam_documents.h"

#include "core/arn.h"
#include "core/json.h"
#include "core/memory.h"
#include "providers/aws/triggers/sources.h"

#include <stdlib.h>
#include <string.h>

enum { DOCUMENT_DEPTH = 32 };

json_t *iam_trust(const char *service, const char *account)
{
    json_t *statement = json_pack("{s:s, s:{s:s}, s:s}", "Effect", "Allow", "Principal", "Service",
                                  service, "Action", "sts:AssumeRole");

    if (account)
        json_object_set_new(statement, "Condition",
                            json_pack("{s:{s:s}}", "StringEquals", "aws:SourceAccount", account));
    return json_pack("{s:s, s:[o]}", "Version", "2012-10-17", "Statement", statement);
}

static void allow(json_t *statements, json_t *actions, const char *resource)
{
    json_array_append_new(statements, json_pack("{s:s, s:o, s:s}", "Effect", "Allow", "Action",
                                                actions, "Resource", resource));
}

/* "s3:GetObject,s3:PutObject arn:..." as a statement. */
static int allow_permission(json_t *statements, const char *permission, struct err *err)
{
    size_t len = strcspn(permission, " \t");
    const char *resource = permission + len + strspn(permission + len, " \t");
    json_t *actions = json_array();
    const char *at = permission;

    if (!*resource || !memchr(permission, ':', len)) {
        json_decref(actions);
        return err_set(err, ERR_SETTINGS,
                       "wrong permission '%s': it is 'SERVICE:ACTION RESOURCE', as in "
                       "'s3:GetObject arn:aws:s3:::bucket/*'",
                       permission);
    }
    while (at < permission + len) {
        size_t part = strcspn(at, ", \t");

        if (part)
            json_array_append_new(actions, json_stringn(at, part));
        at += part + 1;
    }
    allow(statements, actions, resource);
    return 0;
}

/* EFS grants by file system, whose ARN the settings do not have, and knows the access point as a
 * condition. https://docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html
 * For S3 Files the settings name what is needed among `permissions`. */
static void allow_file_system(json_t *statements, const char *access_point)
{
    json_t *statement;

    if (!strstr(access_point, ":elasticfilesystem:"))
        return;
    allow(statements,
          json_pack("[s, s]", "elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"),
          "*");
    statement = json_array_get(statements, json_array_size(statements) - 1);
    json_object_set_new(
        statement, "Condition",
        json_pack("{s:{s:s}}", "StringEquals", "elasticfilesystem:AccessPointArn", access_point));
}

/* What Lambda reads from with the role, in the region and account of the log group. */
static void allow_triggers(json_t *statements, const struct function *function,
                           const char *log_group)
{
    for (size_t i = 0; i < function->triggers.count; i++) {
        const struct trigger *trigger = function_trigger_at(function, i);
        json_t *actions = source_actions(trigger);
        char *arn = source_arn(trigger, log_group);

        if (actions)
            allow(statements, actions, arn);
        free(arn);
    }
}

/* What Lambda does with the role to tell destinations. */
static void allow_destination(json_t *statements, const char *arn)
{
    static const char *const actions[][2] = {{"sqs", "sqs:SendMessage"},
                                             {"sns", "sns:Publish"},
                                             {"lambda", "lambda:InvokeFunction"},
                                             {"events", "events:PutEvents"}};
    char *objects;

    for (size_t i = 0; arn && i < sizeof(actions) / sizeof(*actions); i++)
        if (arn_is(arn, actions[i][0], NULL))
            allow(statements, json_pack("[s]", actions[i][1]), arn);
    if (!arn || !arn_is(arn, "s3", NULL))
        return;
    objects = xasprintf("%s/*", arn);
    allow(statements, json_pack("[s]", "s3:ListBucket"), arn);
    allow(statements, json_pack("[s]", "s3:PutObject"), objects);
    free(objects);
}

/* What Lambda itself needs the role for. */
static void allow_features(json_t *statements, const struct function *function)
{
    if (function->vpc.subnets.count)
        allow(statements,
              json_pack("[s, s, s, s, s, s]", "ec2:CreateNetworkInterface",
                        "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets",
                        "ec2:DeleteNetworkInterface", "ec2:AssignPrivateIpAddresses",
                        "ec2:UnassignPrivateIpAddresses"),
              "*");
    if (function->tracing && strcmp(function->tracing, "active") == 0)
        allow(statements, json_pack("[s, s]", "xray:PutTraceSegments", "xray:PutTelemetryRecords"),
              "*");
    if (function->file_system.access_point)
        allow_file_system(statements, function->file_system.access_point);
    if (function->dead_letter)
        allow(statements,
              json_pack("[s]",
                        strstr(function->dead_letter, ":sns:") ? "sns:Publish" : "sqs:SendMessage"),
              function->dead_letter);
}

json_t *iam_function_policy(const struct function *function, const char *log_group, struct err *err)
{
    json_t *statements = json_array();
    char *streams = xasprintf("%s:*", log_group);
    int result = 0;

    allow(statements, json_pack("[s, s]", "logs:CreateLogStream", "logs:PutLogEvents"), streams);
    allow_features(statements, function);
    allow_destination(statements, function->destinations.success);
    allow_destination(statements, function->destinations.failure);
    allow_triggers(statements, function, log_group);
    for (size_t i = 0; i < function->permissions.count && result == 0; i++)
        result = allow_permission(statements, function->permissions.items[i], err);
    free(streams);
    if (result < 0) {
        err_context(err, "function '%s'", function->name);
        json_decref(statements);
        return NULL;
    }
    return json_pack("{s:s, s:o}", "Version", "2012-10-17", "Statement", statements);
}

static int hex_digit(char c)
{
    const char *digits = "0123456789abcdef";
    const char *at = c ? strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c) : NULL;

    return at ? (int)(at - digits) : -1;
}

json_t *iam_decode(const char *encoded)
{
    struct buf text;
    struct err err = {0};
    json_t *document;

    buf_init(&text, 0);
    for (const char *at = encoded; *at; at++) {
        int high = *at == '%' ? hex_digit(at[1]) : -1;
        int low = high >= 0 ? hex_digit(at[2]) : -1;

        buf_putc(&text, low >= 0 ? (char)(high * 16 + low) : *at);
        at += low >= 0 ? 2 : 0;
    }
    document = json_parse(buf_string(&text), text.len, DOCUMENT_DEPTH, &err);
    buf_release(&text);
    return document;
}
