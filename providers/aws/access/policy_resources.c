#include "providers/aws/access/policy_resources.h"

#include "core/buf.h"

#include <stdarg.h>
#include <string.h>

void policy_add(json_t *list, const char *format, ...)
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
    policy_add((list), "arn:%s:" service ":%s:%s:" format, (names)->partition, (names)->region,    \
               (names)->account, __VA_ARGS__)

/* Roles that functions have already; of one that is not known yet, any. */
static void add_existing_roles(json_t *list, const struct policy_names *names)
{
    for (size_t i = 0; i < settings_function_count(names->settings); i++) {
        const struct function *function = settings_function_at(names->settings, i);

        if (function->role && strncmp(function->role, "arn:", 4) == 0)
            policy_add(list, "%s", function->role);
        else if (function->role)
            policy_add(list, "arn:%s:iam::%s:role/*", names->partition, names->account);
    }
}

static void add_other_layers(json_t *list, const struct policy_names *names)
{
    for (size_t i = 0; i < settings_function_count(names->settings); i++) {
        const struct strings *layers = &settings_function_at(names->settings, i)->layers;

        for (size_t k = 0; k < layers->count; k++) {
            if (strncmp(layers->items[k], "arn:", 4) == 0)
                policy_add(list, "%s", layers->items[k]);
            else
                policy_add(list, "arn:%s:lambda:%s:*:layer:*", names->partition, names->region);
        }
    }
}

static void add_source_buckets(json_t *list, const struct policy_names *names)
{
    for (size_t i = 0; i < settings_function_count(names->settings); i++) {
        const struct function *function = settings_function_at(names->settings, i);

        for (size_t k = 0; k < function->triggers.count; k++) {
            const struct trigger *trigger = function_trigger_at(function, k);

            if (trigger->kind == TRIGGER_S3)
                policy_add(list, "arn:%s:s3:::%s", names->partition, trigger_source_name(trigger));
        }
    }
}

/* What one ${...} of the settings asks for. */
static void add_value(json_t *list, const struct policy_names *names,
                      const struct reference *reference)
{
    const char *name = reference->name;

    if (reference->kind == REFERENCE_SECRET && strncmp(name, "arn:", 4) == 0)
        policy_add(list, "%s*", name);
    else if (strncmp(name, "arn:", 4) == 0)
        policy_add(list, "%s", name);
    else if (reference->kind == REFERENCE_SSM)
        ADD_ARN(list, names, "ssm", "parameter%s%s", *name == '/' ? "" : "/", name);
    else if (reference->kind == REFERENCE_SECRET)
        /* AWS ends the ARN of a secret with a hyphen and six characters. */
        ADD_ARN(list, names, "secretsmanager", "secret:%s-??????", name);
    else
        ADD_ARN(list, names, "cloudformation", "stack/%s/*", name);
}

static void add_values(json_t *list, const struct policy_names *names, enum reference_kind kind)
{
    const struct references *references = &names->settings->references;

    for (size_t i = 0; i < references->count; i++)
        if (references->items[i]->kind == kind)
            add_value(list, names, references->items[i]);
}

static void add_in_bucket(json_t *list, const struct policy_names *names, const char *objects)
{
    const char *bucket = names->settings->aws.bucket;

    if (bucket)
        policy_add(list, "arn:%s:s3:::%s%s", names->partition, bucket, objects);
    else
        policy_add(list, "arn:%s:s3:::fnctl-%s-%s%s", names->partition, names->account,
                   names->region, objects);
}

static void add_bucket(json_t *list, const struct policy_names *names)
{
    add_in_bucket(list, names, "");
}

static void add_objects(json_t *list, const struct policy_names *names)
{
    add_in_bucket(list, names, "/fnctl/*");
}

static void add_parameters(json_t *list, const struct policy_names *names)
{
    add_values(list, names, REFERENCE_SSM);
}

static void add_secrets(json_t *list, const struct policy_names *names)
{
    add_values(list, names, REFERENCE_SECRET);
}

static void add_stacks(json_t *list, const struct policy_names *names)
{
    add_values(list, names, REFERENCE_CF);
}

static void add_zones(json_t *list, const struct policy_names *names)
{
    const char *zone = names->settings->domain.zone;

    policy_add(list, "arn:%s:route53:::hostedzone/%s", names->partition, zone ? zone : "*");
}

#define ROLE_ARN "arn:{partition}:iam::{account}:role"
#define MADE_ROLES ROLE_ARN "{path}*"
#define APIS_ARN "arn:{partition}:apigateway:{region}::"
#define SERVICE_ARN(service) "arn:{partition}:" service ":{region}:{account}:"

/* What each kind of resources is called in a policy, and the ARNs it has: by pattern, by what the
 * settings name. */
static const struct {
    const char *title;
    const char *patterns[2];
    void (*add)(json_t *list, const struct policy_names *names);
} resources[GRANT_RESOURCES] = {
    [GRANT_ANY] = {"Account", {"*"}, NULL},
    [GRANT_FUNCTIONS] = {"Functions", {SERVICE_ARN("lambda") "function:{stage}-*"}, NULL},
    [GRANT_LAYERS] = {"Layers", {SERVICE_ARN("lambda") "layer:{stage}-*"}, NULL},
    [GRANT_OTHER_LAYERS] = {"OtherLayers", {NULL}, add_other_layers},
    [GRANT_MAPPINGS] = {"Triggers", {SERVICE_ARN("lambda") "event-source-mapping:*"}, NULL},
    [GRANT_SOURCE_BUCKETS] = {"SourceBuckets", {NULL}, add_source_buckets},
    [GRANT_ROLES] = {"Roles", {MADE_ROLES}, NULL},
    [GRANT_ROLE_NAMES] = {"RolesBeforeTheyExist",
                          {ROLE_ARN "/{stage}-*", ROLE_ARN "/{stage}.scheduler"},
                          NULL},
    [GRANT_PASSED_ROLES] = {"PassRoles", {MADE_ROLES}, add_existing_roles},
    [GRANT_LOG_GROUPS] = {"LogGroups",
                          {SERVICE_ARN("logs") "log-group:/aws/lambda/{stage}-*"},
                          NULL},
    [GRANT_API_LOG] = {"ApiLog",
                       {SERVICE_ARN("logs") "log-group:/aws/vendedlogs/apis/{stage}"},
                       NULL},
    [GRANT_ALL_LOG_GROUPS] = {"ListLogGroups", {SERVICE_ARN("logs") "log-group:*"}, NULL},
    [GRANT_APIS] = {"ApisAndTags", {APIS_ARN "/apis", APIS_ARN "/tags/*"}, NULL},
    [GRANT_API] = {"Api", {APIS_ARN "/apis/*"}, NULL},
    [GRANT_DOMAINS] = {"Domains", {APIS_ARN "/domainnames", APIS_ARN "/domainnames/*"}, NULL},
    [GRANT_DOMAIN_ROLE] = {"DomainRole",
                           {ROLE_ARN "/aws-service-role/ops.apigateway.amazonaws.com/"
                                     "AWSServiceRoleForAPIGateway"},
                           NULL},
    [GRANT_CERTIFICATES] = {"Certificates", {SERVICE_ARN("acm") "certificate/*"}, NULL},
    [GRANT_ZONES] = {"Zones", {NULL}, add_zones},
    [GRANT_SCHEDULES] = {"Schedules", {SERVICE_ARN("scheduler") "schedule/{stage}/*"}, NULL},
    [GRANT_SCHEDULE_GROUP] = {"ScheduleGroup",
                              {SERVICE_ARN("scheduler") "schedule-group/{stage}"},
                              NULL},
    [GRANT_PARAMETERS] = {"Parameters", {NULL}, add_parameters},
    [GRANT_SECRETS] = {"Secrets", {NULL}, add_secrets},
    [GRANT_STACKS] = {"Stacks", {NULL}, add_stacks},
    [GRANT_BUCKET] = {"Bucket", {NULL}, add_bucket},
    [GRANT_OBJECTS] = {"Objects", {NULL}, add_objects},
};

const char *policy_title(enum grant_resource resource)
{
    return resources[resource].title;
}

/* What stands for the name between braces; NULL: it is none of ours. */
static const char *value_of(const struct policy_names *names, const char *name, size_t len)
{
    const struct {
        const char *name, *value;
    } values[] = {{"partition", names->partition},
                  {"region", names->region},
                  {"account", names->account},
                  {"stage", names->prefix},
                  {"path", names->path}};

    for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++)
        if (strlen(values[i].name) == len && memcmp(values[i].name, name, len) == 0)
            return values[i].value;
    return NULL;
}

static void add_pattern(json_t *list, const struct policy_names *names, const char *pattern)
{
    struct buf text;

    buf_init(&text, 0);
    while (*pattern) {
        size_t plain = strcspn(pattern, "{"), len = strcspn(pattern + plain, "}");
        const char *value = len ? value_of(names, pattern + plain + 1, len - 1) : NULL;

        buf_append(&text, pattern, plain);
        if (value)
            buf_puts(&text, value);
        pattern += plain + (len ? len + 1 : 0);
    }
    policy_add(list, "%s", buf_string(&text));
    buf_release(&text);
}

json_t *policy_arns(const struct policy_names *names, enum grant_resource resource)
{
    json_t *list = json_array();

    if (resources[resource].add)
        resources[resource].add(list, names);
    for (size_t i = 0; i < 2 && resources[resource].patterns[i]; i++)
        add_pattern(list, names, resources[resource].patterns[i]);
    return list;
}
