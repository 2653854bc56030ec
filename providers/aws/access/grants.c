#include "providers/aws/access/grants.h"

#include <string.h>

/* What looks at everything does. */
#define LOOK (POLICY_PLAN | POLICY_DEPLOY | POLICY_UNDEPLOY | POLICY_STATUS)
/* What changes functions does. */
#define CHANGE (POLICY_DEPLOY | POLICY_UPDATE)
#define REMOVE (POLICY_DEPLOY | POLICY_UNDEPLOY)
#define VALUES (POLICY_PLAN | POLICY_DEPLOY | POLICY_UPDATE)
#define EVERY_FUNCTION (LOOK | POLICY_UPDATE | POLICY_ROLLBACK)

const struct grant grants[] = {
    /* GetFunction tells tags only to those who may also list them. */
    {"lambda:GetFunction", GRANT_FUNCTIONS, EVERY_FUNCTION, 0},
    {"lambda:ListTags", GRANT_FUNCTIONS, EVERY_FUNCTION, 0},
    {"lambda:GetAlias", GRANT_FUNCTIONS, EVERY_FUNCTION, 0},
    {"lambda:GetPolicy", GRANT_FUNCTIONS, LOOK, NEED_CALLERS},
    {"lambda:GetFunctionUrlConfig", GRANT_FUNCTIONS, LOOK, NEED_URL},
    {"lambda:GetProvisionedConcurrencyConfig", GRANT_FUNCTIONS, LOOK, NEED_PROVISIONED},
    {"lambda:ListVersionsByFunction", GRANT_FUNCTIONS, CHANGE | POLICY_STATUS | POLICY_ROLLBACK, 0},
    {"lambda:GetFunctionConfiguration", GRANT_FUNCTIONS, CHANGE, 0},
    {"lambda:CreateFunction", GRANT_FUNCTIONS, POLICY_DEPLOY, 0},
    {"lambda:UpdateFunctionCode", GRANT_FUNCTIONS, CHANGE, 0},
    {"lambda:UpdateFunctionConfiguration", GRANT_FUNCTIONS, CHANGE, 0},
    {"lambda:PublishVersion", GRANT_FUNCTIONS, CHANGE, 0},
    {"lambda:CreateAlias", GRANT_FUNCTIONS, CHANGE, 0},
    {"lambda:UpdateAlias", GRANT_FUNCTIONS, CHANGE | POLICY_ROLLBACK, 0},
    {"lambda:TagResource", GRANT_FUNCTIONS, CHANGE, 0},
    {"lambda:UntagResource", GRANT_FUNCTIONS, CHANGE, 0},
    {"lambda:AddPermission", GRANT_FUNCTIONS, POLICY_DEPLOY, NEED_CALLERS},
    {"lambda:RemovePermission", GRANT_FUNCTIONS, POLICY_DEPLOY, NEED_CALLERS},
    {"lambda:CreateFunctionUrlConfig", GRANT_FUNCTIONS, POLICY_DEPLOY, NEED_URL},
    {"lambda:UpdateFunctionUrlConfig", GRANT_FUNCTIONS, POLICY_DEPLOY, NEED_URL},
    {"lambda:DeleteFunctionUrlConfig", GRANT_FUNCTIONS, POLICY_DEPLOY, NEED_URL},
    {"lambda:PutFunctionConcurrency", GRANT_FUNCTIONS, CHANGE, NEED_CONCURRENCY},
    {"lambda:DeleteFunctionConcurrency", GRANT_FUNCTIONS, CHANGE, NEED_CONCURRENCY},
    {"lambda:PutProvisionedConcurrencyConfig", GRANT_FUNCTIONS, CHANGE, NEED_PROVISIONED},
    {"lambda:DeleteProvisionedConcurrencyConfig", GRANT_FUNCTIONS, CHANGE, NEED_PROVISIONED},
    {"lambda:DeleteFunction", GRANT_FUNCTIONS, CHANGE | POLICY_UNDEPLOY, 0},
    {"lambda:ListAliases", GRANT_FUNCTIONS, CHANGE, 0},
    {"lambda:InvokeFunction", GRANT_FUNCTIONS, POLICY_INVOKE, 0},
    {"lambda:InvokeFunction", GRANT_FUNCTIONS, CHANGE, NEED_SMOKE},
    {"lambda:ListFunctions", GRANT_ANY, POLICY_UNDEPLOY, 0},

    {"lambda:PublishLayerVersion", GRANT_LAYERS, CHANGE, NEED_LAYER},
    {"lambda:GetLayerVersion", GRANT_LAYERS, CHANGE, NEED_LAYER},
    {"lambda:DeleteLayerVersion", GRANT_LAYERS, CHANGE | POLICY_UNDEPLOY, NEED_LAYER},
    {"lambda:ListLayerVersions", GRANT_ANY, CHANGE | POLICY_UNDEPLOY, NEED_LAYER},
    {"lambda:ListLayers", GRANT_ANY, POLICY_UNDEPLOY, 0},
    {"lambda:GetLayerVersion", GRANT_OTHER_LAYERS, CHANGE, NEED_LAYERS},

    {"lambda:GetFunctionEventInvokeConfig", GRANT_FUNCTIONS, LOOK, NEED_ASYNC},
    {"lambda:PutFunctionEventInvokeConfig", GRANT_FUNCTIONS, POLICY_DEPLOY, NEED_ASYNC},
    {"lambda:DeleteFunctionEventInvokeConfig", GRANT_FUNCTIONS, POLICY_DEPLOY, NEED_ASYNC},

    {"lambda:ListEventSourceMappings", GRANT_ANY, LOOK, NEED_TRIGGERS},
    {"lambda:CreateEventSourceMapping", GRANT_ANY, POLICY_DEPLOY, NEED_TRIGGERS},
    {"lambda:GetEventSourceMapping", GRANT_MAPPINGS, REMOVE, NEED_TRIGGERS},
    {"lambda:UpdateEventSourceMapping", GRANT_MAPPINGS, POLICY_DEPLOY, NEED_TRIGGERS},
    {"lambda:DeleteEventSourceMapping", GRANT_MAPPINGS, REMOVE, NEED_TRIGGERS},
    {"lambda:ListTags", GRANT_MAPPINGS, LOOK, NEED_TRIGGERS},
    {"lambda:TagResource", GRANT_MAPPINGS, POLICY_DEPLOY, NEED_TRIGGERS},

    {"dynamodb:DescribeTable", GRANT_ANY, LOOK, NEED_TABLES},

    {"s3:GetBucketNotification", GRANT_SOURCE_BUCKETS, LOOK, NEED_BUCKETS},
    {"s3:PutBucketNotification", GRANT_SOURCE_BUCKETS, REMOVE, NEED_BUCKETS},

    {"iam:GetRole", GRANT_ROLES, LOOK, NEED_ROLE | NEED_SCHEDULES},
    {"iam:GetRolePolicy", GRANT_ROLES, LOOK, NEED_ROLE | NEED_SCHEDULES},
    {"iam:GetRole", GRANT_ROLE_NAMES, LOOK, NEED_ROLE | NEED_SCHEDULES},
    {"iam:GetRolePolicy", GRANT_ROLE_NAMES, LOOK, NEED_ROLE | NEED_SCHEDULES},
    {"iam:CreateRole", GRANT_ROLES, POLICY_DEPLOY, NEED_ROLE | NEED_SCHEDULES},
    {"iam:TagRole", GRANT_ROLES, POLICY_DEPLOY, NEED_ROLE | NEED_SCHEDULES},
    {"iam:UntagRole", GRANT_ROLES, POLICY_DEPLOY, NEED_ROLE | NEED_SCHEDULES},
    {"iam:PutRolePolicy", GRANT_ROLES, POLICY_DEPLOY, NEED_ROLE | NEED_SCHEDULES},
    {"iam:UpdateAssumeRolePolicy", GRANT_ROLES, POLICY_DEPLOY, NEED_ROLE | NEED_SCHEDULES},
    {"iam:ListAttachedRolePolicies", GRANT_ROLES, REMOVE, NEED_ROLE | NEED_SCHEDULES},
    {"iam:ListRolePolicies", GRANT_ROLES, REMOVE, NEED_ROLE | NEED_SCHEDULES},
    {"iam:DetachRolePolicy", GRANT_ROLES, REMOVE, NEED_ROLE | NEED_SCHEDULES},
    {"iam:DeleteRolePolicy", GRANT_ROLES, REMOVE, NEED_ROLE | NEED_SCHEDULES},
    {"iam:DeleteRole", GRANT_ROLES, REMOVE, NEED_ROLE | NEED_SCHEDULES},
    {"iam:PutRolePermissionsBoundary", GRANT_ROLES, POLICY_DEPLOY, NEED_BOUNDARY},
    {"iam:DeleteRolePermissionsBoundary", GRANT_ROLES, POLICY_DEPLOY, NEED_BOUNDARY},
    {"iam:ListRoles", GRANT_ANY, POLICY_UNDEPLOY, 0},
    {"iam:PassRole", GRANT_PASSED_ROLES, CHANGE, 0},

    {"logs:DescribeLogGroups", GRANT_ALL_LOG_GROUPS, LOOK, 0},
    {"logs:CreateLogGroup", GRANT_LOG_GROUPS, POLICY_DEPLOY, 0},
    {"logs:TagResource", GRANT_LOG_GROUPS, POLICY_DEPLOY, 0},
    {"logs:UntagResource", GRANT_LOG_GROUPS, POLICY_DEPLOY, 0},
    {"logs:PutRetentionPolicy", GRANT_LOG_GROUPS, POLICY_DEPLOY, 0},
    {"logs:DeleteRetentionPolicy", GRANT_LOG_GROUPS, POLICY_DEPLOY, NEED_FOREVER},
    {"logs:ListTagsForResource", GRANT_LOG_GROUPS, POLICY_PLAN | REMOVE, 0},
    {"logs:DeleteLogGroup", GRANT_LOG_GROUPS, POLICY_UNDEPLOY, 0},
    {"logs:FilterLogEvents", GRANT_LOG_GROUPS, POLICY_TAIL, 0},
    {"logs:StartLiveTail", GRANT_LOG_GROUPS, POLICY_TAIL, 0},

    {"logs:CreateLogGroup", GRANT_API_LOG, POLICY_DEPLOY, NEED_ACCESS_LOG},
    {"logs:TagResource", GRANT_API_LOG, POLICY_DEPLOY, NEED_ACCESS_LOG},
    {"logs:PutRetentionPolicy", GRANT_API_LOG, POLICY_DEPLOY, NEED_ACCESS_LOG},
    {"logs:ListTagsForResource", GRANT_API_LOG, REMOVE, NEED_ACCESS_LOG},
    {"logs:DeleteLogGroup", GRANT_API_LOG, REMOVE, NEED_ACCESS_LOG},
    /* What API Gateway asks in the caller's name:
     * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html */
    {"logs:CreateLogDelivery", GRANT_ANY, POLICY_DEPLOY, NEED_ACCESS_LOG},
    {"logs:GetLogDelivery", GRANT_ANY, POLICY_DEPLOY, NEED_ACCESS_LOG},
    {"logs:UpdateLogDelivery", GRANT_ANY, POLICY_DEPLOY, NEED_ACCESS_LOG},
    {"logs:DeleteLogDelivery", GRANT_ANY, REMOVE, NEED_ACCESS_LOG},
    {"logs:ListLogDeliveries", GRANT_ANY, REMOVE, NEED_ACCESS_LOG},
    {"logs:PutResourcePolicy", GRANT_ANY, POLICY_DEPLOY, NEED_ACCESS_LOG},
    {"logs:DescribeResourcePolicies", GRANT_ANY, POLICY_DEPLOY, NEED_ACCESS_LOG},

    {"apigateway:GET", GRANT_APIS, POLICY_UNDEPLOY, 0},
    {"apigateway:GET", GRANT_APIS, LOOK, NEED_ROUTES},
    {"apigateway:POST", GRANT_APIS, POLICY_DEPLOY, NEED_ROUTES},
    {"apigateway:PUT", GRANT_APIS, POLICY_DEPLOY, NEED_ROUTES},
    {"apigateway:DELETE", GRANT_APIS, POLICY_DEPLOY, NEED_ROUTES},
    {"apigateway:TagResource", GRANT_APIS, POLICY_DEPLOY, NEED_ROUTES},
    {"apigateway:GET", GRANT_API, LOOK, NEED_ROUTES},
    {"apigateway:POST", GRANT_API, POLICY_DEPLOY, NEED_ROUTES},
    {"apigateway:PATCH", GRANT_API, POLICY_DEPLOY, NEED_ROUTES},
    {"apigateway:DELETE", GRANT_API, REMOVE, NEED_ROUTES},
    {"apigateway:TagResource", GRANT_API, POLICY_DEPLOY, NEED_ROUTES},
    {"apigateway:UntagResource", GRANT_API, POLICY_DEPLOY, NEED_ROUTES},

    {"apigateway:GET", GRANT_DOMAINS, LOOK, NEED_DOMAIN},
    {"apigateway:POST", GRANT_DOMAINS, POLICY_DEPLOY, NEED_DOMAIN},
    {"apigateway:PATCH", GRANT_DOMAINS, POLICY_DEPLOY, NEED_DOMAIN},
    {"apigateway:DELETE", GRANT_DOMAINS, REMOVE, NEED_DOMAIN},
    {"apigateway:TagResource", GRANT_DOMAINS, POLICY_DEPLOY, NEED_DOMAIN},
    /* https://docs.aws.amazon.com/apigateway/latest/developerguide/using-service-linked-roles.html
     */
    {"iam:CreateServiceLinkedRole", GRANT_DOMAIN_ROLE, POLICY_DEPLOY, NEED_DOMAIN},
    {"acm:ListCertificates", GRANT_ANY, LOOK, NEED_DOMAIN},
    {"acm:RequestCertificate", GRANT_ANY, POLICY_DEPLOY, NEED_DOMAIN},
    {"acm:AddTagsToCertificate", GRANT_CERTIFICATES, POLICY_DEPLOY, NEED_DOMAIN},
    {"acm:ListTagsForCertificate", GRANT_CERTIFICATES, LOOK, NEED_DOMAIN},
    {"acm:DescribeCertificate", GRANT_CERTIFICATES, REMOVE, NEED_DOMAIN},
    {"acm:DeleteCertificate", GRANT_CERTIFICATES, REMOVE, NEED_DOMAIN},
    {"route53:ListHostedZones", GRANT_ANY, LOOK, NEED_DOMAIN},
    {"route53:ListResourceRecordSets", GRANT_ZONES, LOOK, NEED_DOMAIN},
    {"route53:ChangeResourceRecordSets", GRANT_ZONES, REMOVE, NEED_DOMAIN},

    {"scheduler:ListSchedules", GRANT_ANY, POLICY_UNDEPLOY, 0},
    {"scheduler:ListSchedules", GRANT_ANY, LOOK, NEED_SCHEDULES},
    {"scheduler:GetSchedule", GRANT_SCHEDULES, LOOK, NEED_SCHEDULES},
    {"scheduler:CreateSchedule", GRANT_SCHEDULES, POLICY_DEPLOY, NEED_SCHEDULES},
    {"scheduler:UpdateSchedule", GRANT_SCHEDULES, POLICY_DEPLOY, NEED_SCHEDULES},
    {"scheduler:DeleteSchedule", GRANT_SCHEDULES, REMOVE, NEED_SCHEDULES},
    {"scheduler:GetScheduleGroup", GRANT_SCHEDULE_GROUP, POLICY_UNDEPLOY, 0},
    {"scheduler:ListTagsForResource", GRANT_SCHEDULE_GROUP, POLICY_UNDEPLOY, 0},
    {"scheduler:GetScheduleGroup", GRANT_SCHEDULE_GROUP, POLICY_DEPLOY, NEED_SCHEDULES},
    {"scheduler:ListTagsForResource", GRANT_SCHEDULE_GROUP, LOOK, NEED_SCHEDULES},
    {"scheduler:CreateScheduleGroup", GRANT_SCHEDULE_GROUP, POLICY_DEPLOY, NEED_SCHEDULES},
    {"scheduler:TagResource", GRANT_SCHEDULE_GROUP, POLICY_DEPLOY, NEED_SCHEDULES},
    {"scheduler:UntagResource", GRANT_SCHEDULE_GROUP, POLICY_DEPLOY, NEED_SCHEDULES},
    {"scheduler:DeleteScheduleGroup", GRANT_SCHEDULE_GROUP, REMOVE, NEED_SCHEDULES},

    {"cloudwatch:GetMetricData", GRANT_ANY, POLICY_STATUS, 0},

    {"ssm:GetParameters", GRANT_PARAMETERS, VALUES, NEED_SSM},
    {"secretsmanager:GetSecretValue", GRANT_SECRETS, VALUES, NEED_SECRET},
    {"secretsmanager:BatchGetSecretValue", GRANT_ANY, VALUES, NEED_SECRETS},
    {"cloudformation:DescribeStacks", GRANT_STACKS, VALUES, NEED_STACK},

    /* What Lambda asks in the caller's name:
     * https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html */
    {"ec2:DescribeSecurityGroups", GRANT_ANY, CHANGE, NEED_VPC},
    {"ec2:DescribeSubnets", GRANT_ANY, CHANGE, NEED_VPC},
    {"ec2:DescribeVpcs", GRANT_ANY, CHANGE, NEED_VPC},

    {"s3:ListBucket", GRANT_BUCKET, CHANGE, NEED_UPLOAD},
    {"s3:CreateBucket", GRANT_BUCKET, CHANGE, NEED_UPLOAD},
    {"s3:PutBucketPublicAccessBlock", GRANT_BUCKET, CHANGE, NEED_UPLOAD},
    {"s3:PutLifecycleConfiguration", GRANT_BUCKET, CHANGE, NEED_UPLOAD},
    {"s3:GetBucketTagging", GRANT_BUCKET, CHANGE, NEED_UPLOAD},
    {"s3:PutBucketTagging", GRANT_BUCKET, CHANGE, NEED_UPLOAD},
    {"s3:ListBucketMultipartUploads", GRANT_BUCKET, CHANGE, NEED_UPLOAD},
    {"s3:PutObject", GRANT_OBJECTS, CHANGE, NEED_UPLOAD},
    {"s3:GetObject", GRANT_OBJECTS, CHANGE, NEED_UPLOAD},
    {"s3:ListMultipartUploadParts", GRANT_OBJECTS, CHANGE, NEED_UPLOAD},
    {NULL, GRANT_ANY, 0, 0},
};

static unsigned needs_of(const struct function *function)
{
    unsigned needs = 0;

    needs |= function->role ? 0 : NEED_ROLE;
    needs |= function->layer ? NEED_LAYER : 0;
    needs |= function->layers.count ? NEED_LAYERS : 0;
    needs |= function->routes.count ? NEED_ROUTES | NEED_CALLERS : 0;
    needs |= function->url.enabled ? NEED_URL | NEED_CALLERS : 0;
    needs |= function->schedules.count ? NEED_SCHEDULES : 0;
    needs |= function->reserved ? NEED_CONCURRENCY : 0;
    needs |= function->provisioned_concurrency ? NEED_PROVISIONED : 0;
    for (size_t i = 0; i < function->triggers.count; i++)
        needs |= function_trigger_at(function, i)->kind == TRIGGER_DYNAMODB ? NEED_TABLES : 0;
    for (size_t i = 0; i < function->triggers.count; i++)
        needs |= function_trigger_at(function, i)->kind == TRIGGER_S3 ? NEED_BUCKETS | NEED_CALLERS
                                                                      : NEED_TRIGGERS;
    needs |= settings_async_is_set(&function->retries, &function->destinations) ? NEED_ASYNC : 0;
    needs |= function->vpc.subnets.count ? NEED_VPC : 0;
    needs |= function->smoke.payload || function->smoke.path ? NEED_SMOKE : 0;
    needs |= function->log_retention == 0 ? NEED_FOREVER : 0;
    return needs;
}

/* Of secrets the current versions of different ones go into one call. */
static unsigned needs_of_values(const struct references *references)
{
    const char *secret = NULL;
    unsigned needs = 0;

    for (size_t i = 0; i < references->count; i++) {
        const struct reference *reference = references->items[i];

        if (reference->kind == REFERENCE_SSM)
            needs |= NEED_SSM;
        else if (reference->kind == REFERENCE_CF)
            needs |= NEED_STACK;
        else
            needs |= NEED_SECRET;
        if (reference->kind != REFERENCE_SECRET || reference->selector)
            continue;
        if (secret && strcmp(secret, reference->name) != 0)
            needs |= NEED_SECRETS;
        secret = reference->name;
    }
    return needs;
}

unsigned grant_needs(const struct settings *settings, bool upload)
{
    unsigned needs = needs_of_values(&settings->references);

    for (size_t i = 0; i < settings_function_count(settings); i++)
        needs |= needs_of(settings_function_at(settings, i));
    needs |= settings->aws.permissions_boundary ? NEED_BOUNDARY : 0;
    needs |= settings->api.access_log.enabled ? NEED_ACCESS_LOG : 0;
    needs |= settings->domain.name ? NEED_DOMAIN : 0;
    return needs | (upload || settings->aws.bucket ? NEED_UPLOAD : 0);
}
