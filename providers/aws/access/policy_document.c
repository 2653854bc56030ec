#include "providers/aws/access/policy_document.h"

#include "core/memory.h"
#include "providers/aws/access/grants.h"
#include "providers/aws/iam.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* What the ARNs are made of. */
struct names {
    const struct settings *settings;
    const char *partition, *region, *account;
    char *prefix; /* "PROJECT-STAGE" */
    char *path;   /* of roles */
};

/* The names of the statements. */
static const char *const titles[GRANT_RESOURCES] = {
    [GRANT_ANY] = "Account",
    [GRANT_FUNCTIONS] = "Functions",
    [GRANT_LAYERS] = "Layers",
    [GRANT_OTHER_LAYERS] = "OtherLayers",
    [GRANT_MAPPINGS] = "Triggers",
    [GRANT_SOURCE_BUCKETS] = "SourceBuckets",
    [GRANT_ROLES] = "Roles",
    [GRANT_ROLE_NAMES] = "RolesBeforeTheyExist",
    [GRANT_PASSED_ROLES] = "PassRoles",
    [GRANT_LOG_GROUPS] = "LogGroups",
    [GRANT_API_LOG] = "ApiLog",
    [GRANT_ALL_LOG_GROUPS] = "ListLogGroups",
    [GRANT_APIS] = "ApisAndTags",
    [GRANT_API] = "Api",
    [GRANT_DOMAINS] = "Domains",
    [GRANT_DOMAIN_ROLE] = "DomainRole",
    [GRANT_CERTIFICATES] = "Certificates",
    [GRANT_ZONES] = "Zones",
    [GRANT_SCHEDULES] = "Schedules",
    [GRANT_SCHEDULE_GROUP] = "ScheduleGroup",
    [GRANT_PARAMETERS] = "Parameters",
    [GRANT_SECRETS] = "Secrets",
    [GRANT_STACKS] = "Stacks",
    [GRANT_BUCKET] = "Bucket",
    [GRANT_OBJECTS] = "Objects",
};

static void add(json_t *list, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Appends a text that is not there yet. */
static void add(json_t *list, const char *format, ...)
{
    struct buf text;
    va_list arguments;
    json_t *item, *other;
    size_t i;
    bool known = false;

    buf_init(&text, 0);
    va_start(arguments, format);
    buf_vprintf(&text, format, arguments);
    va_end(arguments);
    item = json_string(buf_string(&text));
    buf_release(&text);
    json_array_foreach (list, i, other)
        known = known || json_equal(item, other);
    if (known)
        json_decref(item);
    else
        json_array_append_new(list, item);
}

/* "arn:PARTITION:SERVICE:REGION:ACCOUNT:" and what the format says. */
#define ADD_ARN(list, names, service, format, ...)                                                 \
    add((list), "arn:%s:" service ":%s:%s:" format, (names)->partition, (names)->region,           \
        (names)->account, __VA_ARGS__)

/* Roles that functions have already; of one that is not known yet, any. */
static void add_existing_roles(json_t *list, const struct names *names)
{
    for (size_t i = 0; i < settings_function_count(names->settings); i++) {
        const struct function *function = settings_function_at(names->settings, i);

        if (function->role && strncmp(function->role, "arn:", 4) == 0)
            add(list, "%s", function->role);
        else if (function->role)
            add(list, "arn:%s:iam::%s:role/*", names->partition, names->account);
    }
}

static void add_other_layers(json_t *list, const struct names *names)
{
    for (size_t i = 0; i < settings_function_count(names->settings); i++) {
        const struct strings *layers = &settings_function_at(names->settings, i)->layers;

        for (size_t k = 0; k < layers->count; k++) {
            if (strncmp(layers->items[k], "arn:", 4) == 0)
                add(list, "%s", layers->items[k]);
            else
                add(list, "arn:%s:lambda:%s:*:layer:*", names->partition, names->region);
        }
    }
}

static void add_source_buckets(json_t *list, const struct names *names)
{
    for (size_t i = 0; i < settings_function_count(names->settings); i++) {
        const struct function *function = settings_function_at(names->settings, i);

        for (size_t k = 0; k < function->triggers.count; k++) {
            const struct trigger *trigger = function_trigger_at(function, k);

            if (trigger->kind == TRIGGER_S3)
                add(list, "arn:%s:s3:::%s", names->partition, trigger_source_name(trigger));
        }
    }
}

/* What one ${...} of the settings asks for. */
static void add_value(json_t *list, const struct names *names, const struct reference *reference)
{
    const char *name = reference->name;

    if (reference->kind == REFERENCE_SECRET && strncmp(name, "arn:", 4) == 0)
        add(list, "%s*", name);
    else if (strncmp(name, "arn:", 4) == 0)
        add(list, "%s", name);
    else if (reference->kind == REFERENCE_SSM)
        ADD_ARN(list, names, "ssm", "parameter%s%s", *name == '/' ? "" : "/", name);
    else if (reference->kind == REFERENCE_SECRET)
        /* AWS ends the ARN of a secret with a hyphen and six characters. */
        ADD_ARN(list, names, "secretsmanager", "secret:%s-??????", name);
    else
        ADD_ARN(list, names, "cloudformation", "stack/%s/*", name);
}

static void add_values(json_t *list, const struct names *names, enum reference_kind kind)
{
    const struct references *references = &names->settings->references;

    for (size_t i = 0; i < references->count; i++)
        if (references->items[i]->kind == kind)
            add_value(list, names, references->items[i]);
}

static void add_bucket(json_t *list, const struct names *names, const char *objects)
{
    const char *bucket = names->settings->aws.bucket;

    if (bucket)
        add(list, "arn:%s:s3:::%s%s", names->partition, bucket, objects);
    else
        add(list, "arn:%s:s3:::fnctl-%s-%s%s", names->partition, names->account, names->region,
            objects);
}

/* The ARNs that a kind of resources has, the caller's. */
static json_t *arns(const struct names *names, enum grant_resource resource)
{
    json_t *list = json_array();
    const char *prefix = names->prefix;

    switch (resource) {
    case GRANT_FUNCTIONS:
        ADD_ARN(list, names, "lambda", "function:%s-*", prefix);
        break;
    case GRANT_LAYERS:
        ADD_ARN(list, names, "lambda", "layer:%s-*", prefix);
        break;
    case GRANT_OTHER_LAYERS:
        add_other_layers(list, names);
        break;
    case GRANT_MAPPINGS:
        ADD_ARN(list, names, "lambda", "%s", "event-source-mapping:*");
        break;
    case GRANT_SOURCE_BUCKETS:
        add_source_buckets(list, names);
        break;
    case GRANT_ROLE_NAMES:
        add(list, "arn:%s:iam::%s:role/%s-*", names->partition, names->account, prefix);
        add(list, "arn:%s:iam::%s:role/%s.scheduler", names->partition, names->account, prefix);
        break;
    case GRANT_PASSED_ROLES:
        add_existing_roles(list, names);
        /* fall through */
    case GRANT_ROLES:
        add(list, "arn:%s:iam::%s:role%s*", names->partition, names->account, names->path);
        break;
    case GRANT_LOG_GROUPS:
        ADD_ARN(list, names, "logs", "log-group:/aws/lambda/%s-*", prefix);
        break;
    case GRANT_API_LOG:
        ADD_ARN(list, names, "logs", "log-group:/aws/vendedlogs/apis/%s", prefix);
        break;
    case GRANT_ALL_LOG_GROUPS:
        ADD_ARN(list, names, "logs", "%s", "log-group:*");
        break;
    case GRANT_APIS:
        add(list, "arn:%s:apigateway:%s::/apis", names->partition, names->region);
        add(list, "arn:%s:apigateway:%s::/tags/*", names->partition, names->region);
        break;
    case GRANT_API:
        add(list, "arn:%s:apigateway:%s::/apis/*", names->partition, names->region);
        break;
    case GRANT_DOMAINS:
        add(list, "arn:%s:apigateway:%s::/domainnames", names->partition, names->region);
        add(list, "arn:%s:apigateway:%s::/domainnames/*", names->partition, names->region);
        break;
    case GRANT_DOMAIN_ROLE:
        add(list,
            "arn:%s:iam::%s:role/aws-service-role/ops.apigateway.amazonaws.com/"
            "AWSServiceRoleForAPIGateway",
            names->partition, names->account);
        break;
    case GRANT_CERTIFICATES:
        ADD_ARN(list, names, "acm", "%s", "certificate/*");
        break;
    case GRANT_ZONES:
        if (names->settings->domain.zone)
            add(list, "arn:%s:route53:::hostedzone/%s", names->partition,
                names->settings->domain.zone);
        else
            add(list, "arn:%s:route53:::hostedzone/*", names->partition);
        break;
    case GRANT_SCHEDULES:
        ADD_ARN(list, names, "scheduler", "schedule/%s/*", prefix);
        break;
    case GRANT_SCHEDULE_GROUP:
        ADD_ARN(list, names, "scheduler", "schedule-group/%s", prefix);
        break;
    case GRANT_PARAMETERS:
        add_values(list, names, REFERENCE_SSM);
        break;
    case GRANT_SECRETS:
        add_values(list, names, REFERENCE_SECRET);
        break;
    case GRANT_STACKS:
        add_values(list, names, REFERENCE_CF);
        break;
    case GRANT_BUCKET:
        add_bucket(list, names, "");
        break;
    case GRANT_OBJECTS:
        add_bucket(list, names, "/fnctl/*");
        break;
    case GRANT_ANY:
    case GRANT_RESOURCES:
        add(list, "*");
        break;
    }
    return list;
}

/* Roles go to these services alone. */
static json_t *passed_to(const struct names *names)
{
    json_t *services = json_pack("[s]", "lambda.amazonaws.com");

    for (size_t i = 0; i < settings_function_count(names->settings); i++)
        if (settings_function_at(names->settings, i)->schedules.count)
            add(services, "%s", "scheduler.amazonaws.com");
    return json_pack("{s:{s:o}}", "StringEquals", "iam:PassedToService", services);
}

/* The statement about one kind of resources; NULL when nothing of it is needed. */
static json_t *statement(const struct names *names, enum grant_resource resource, unsigned uses,
                         unsigned needs)
{
    json_t *actions = json_array(), *allow;

    for (const struct grant *grant = grants; grant->action; grant++)
        if (grant->resource == resource && grant->uses & uses &&
            (grant->needs == 0 || grant->needs & needs))
            add(actions, "%s", grant->action);
    if (json_array_size(actions) == 0) {
        json_decref(actions);
        return NULL;
    }
    allow = json_pack("{s:s, s:s, s:o, s:o}", "Sid", titles[resource], "Effect", "Allow", "Action",
                      actions, "Resource", arns(names, resource));
    if (resource == GRANT_PASSED_ROLES)
        json_object_set_new(allow, "Condition", passed_to(names));
    return allow;
}

static json_t *deploy_policy(const struct names *names, const struct policy_request *request)
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

static json_t *role_policy(const struct names *names, const struct function *function,
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
    struct names names = {.settings = session->settings,
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
