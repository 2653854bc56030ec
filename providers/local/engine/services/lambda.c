#include "providers/local/engine/services/lambda.h"

static const char *const architectures[] = {"x86_64", "arm64", NULL};
static const char *const auth_types[] = {"NONE", "AWS_IAM", NULL};
static const char *const invoke_modes[] = {"BUFFERED", "RESPONSE_STREAM", NULL};
static const char *const all_versions[] = {"ALL", NULL};

#define PAGING(MAX)                                                                                \
    {.name = "Marker", .type = SHAPE_STRING},                                                      \
    {                                                                                              \
        .name = "MaxItems", .type = SHAPE_NUMERAL, .min = 1, .max = MAX                            \
    }

static const struct shape function_shape[] = {LAMBDA_FUNCTION, LAMBDA_QUALIFIER, SHAPE_END};
static const struct shape function_page_shape[] = {LAMBDA_FUNCTION, PAGING(10000), SHAPE_END};

static const struct shape functions_shape[] = {
    {.name = "FunctionVersion", .type = SHAPE_STRING, .choices = all_versions},
    PAGING(10000),
    SHAPE_END};

static const struct shape publish_shape[] = {
    LAMBDA_FUNCTION,
    {.name = "CodeSha256", .type = SHAPE_STRING},
    {.name = "Description", .type = SHAPE_STRING, .max = 256},
    {.name = "RevisionId", .type = SHAPE_STRING},
    SHAPE_END};

static const struct shape routing_members[] = {
    {.name = "AdditionalVersionWeights", .type = SHAPE_ANY}, SHAPE_END};

#define ALIAS_MEMBERS(REQUIRED)                                                                    \
    LAMBDA_FUNCTION,                                                                               \
        {.name = "Name",                                                                           \
         .type = SHAPE_STRING,                                                                     \
         .required = true,                                                                         \
         .min = 1,                                                                                 \
         .max = 128,                                                                               \
         .pattern = "[a-zA-Z0-9_-]+"},                                                             \
        {.name = "FunctionVersion",                                                                \
         .type = SHAPE_STRING,                                                                     \
         .required = REQUIRED,                                                                     \
         .min = 1,                                                                                 \
         .max = 1024,                                                                              \
         .pattern = "\\$LATEST|[0-9]+"},                                                           \
        {.name = "Description", .type = SHAPE_STRING, .max = 256},                                 \
    {                                                                                              \
        .name = "RoutingConfig", .type = SHAPE_OBJECT, .members = routing_members                  \
    }

static const struct shape create_alias_shape[] = {ALIAS_MEMBERS(true), SHAPE_END};
static const struct shape update_alias_shape[] = {
    ALIAS_MEMBERS(false), {.name = "RevisionId", .type = SHAPE_STRING}, SHAPE_END};

static const struct shape content_members[] = {
    {.name = "ZipFile", .type = SHAPE_STRING},
    {.name = "S3Bucket", .type = SHAPE_STRING, .min = 3, .max = 63},
    {.name = "S3Key", .type = SHAPE_STRING, .min = 1, .max = 1024},
    SHAPE_END};
static const struct shape publish_layer_shape[] = {
    {.name = "LayerName",
     .type = SHAPE_STRING,
     .required = true,
     .min = 1,
     .max = 140,
     .pattern = "(arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:[0-9]{12}:layer:[a-zA-Z0-9_-]+)|"
                "[a-zA-Z0-9_-]+"},
    {.name = "Description", .type = SHAPE_STRING, .max = 256},
    {.name = "Content", .type = SHAPE_OBJECT, .required = true, .members = content_members},
    {.name = "CompatibleRuntimes", .type = SHAPE_STRINGS, .max = 15},
    {.name = "LicenseInfo", .type = SHAPE_STRING, .max = 512},
    {.name = "CompatibleArchitectures", .type = SHAPE_STRINGS, .max = 2, .choices = architectures},
    SHAPE_END};

static const struct shape layer_version_shape[] = {
    {.name = "VersionNumber", .type = SHAPE_NUMERAL, .required = true}, SHAPE_END};
static const struct shape layers_shape[] = {PAGING(50), SHAPE_END};

static const struct shape permission_shape[] = {
    LAMBDA_FUNCTION,
    LAMBDA_QUALIFIER,
    {.name = "StatementId",
     .type = SHAPE_STRING,
     .required = true,
     .min = 1,
     .max = 100,
     .pattern = "[a-zA-Z0-9_-]+"},
    {.name = "Action",
     .type = SHAPE_STRING,
     .required = true,
     .pattern = "lambda:[*]|lambda:[a-zA-Z]+|[*]"},
    {.name = "Principal", .type = SHAPE_STRING, .required = true, .pattern = "[^[:space:]]+"},
    {.name = "SourceArn",
     .type = SHAPE_STRING,
     .pattern = "arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9-])+:([a-z]{2}(-gov)?-[a-z]+-[0-9])?:"
                "([0-9]{12})?:(.*)"},
    {.name = "SourceAccount", .type = SHAPE_STRING, .max = 12, .pattern = "[0-9]{12}"},
    {.name = "EventSourceToken", .type = SHAPE_STRING, .max = 256, .pattern = "[a-zA-Z0-9._-]+"},
    {.name = "FunctionUrlAuthType", .type = SHAPE_STRING, .choices = auth_types},
    {.name = "InvokedViaFunctionUrl", .type = SHAPE_BOOLEAN},
    {.name = "RevisionId", .type = SHAPE_STRING},
    SHAPE_END};

static const char *const response_types[] = {"ReportBatchItemFailures", NULL};
static const struct shape scaling_members[] = {
    {.name = "MaximumConcurrency", .type = SHAPE_INTEGER, .min = 2, .max = 1000}, SHAPE_END};
#define MAPPING_MEMBERS                                                                            \
    {.name = "Enabled", .type = SHAPE_BOOLEAN},                                                    \
        {.name = "BatchSize", .type = SHAPE_INTEGER, .min = 1, .max = 10000},                      \
        {.name = "MaximumBatchingWindowInSeconds", .type = SHAPE_INTEGER, .max = 300},             \
        {.name = "FunctionResponseTypes",                                                          \
         .type = SHAPE_STRINGS,                                                                    \
         .max = 1,                                                                                 \
         .choices = response_types},                                                               \
        {.name = "ScalingConfig", .type = SHAPE_OBJECT, .members = scaling_members},               \
        {.name = "FilterCriteria", .type = SHAPE_ANY},                                             \
    {                                                                                              \
        .name = "Tags", .type = SHAPE_MAP                                                          \
    }
static const struct shape create_mapping_shape[] = {
    LAMBDA_FUNCTION,
    {.name = "EventSourceArn", .type = SHAPE_STRING, .required = true},
    MAPPING_MEMBERS,
    SHAPE_END};
static const struct shape update_mapping_shape[] = {
    {.name = "FunctionName", .type = SHAPE_STRING, .min = 1, .max = 256},
    MAPPING_MEMBERS,
    SHAPE_END};
static const struct shape mappings_shape[] = {
    {.name = "FunctionName", .type = SHAPE_STRING, .min = 1, .max = 256}, PAGING(10000), SHAPE_END};

static const struct shape cors_members[] = {
    {.name = "AllowCredentials", .type = SHAPE_BOOLEAN},
    {.name = "AllowHeaders", .type = SHAPE_STRINGS, .max = 100},
    {.name = "AllowMethods", .type = SHAPE_STRINGS, .max = 6, .pattern = ".{0,6}"},
    {.name = "AllowOrigins", .type = SHAPE_STRINGS, .max = 100, .pattern = ".{1,253}"},
    {.name = "ExposeHeaders", .type = SHAPE_STRINGS, .max = 100},
    {.name = "MaxAge", .type = SHAPE_INTEGER, .max = 86400},
    SHAPE_END};

#define URL_MEMBERS(REQUIRED)                                                                      \
    LAMBDA_FUNCTION, LAMBDA_QUALIFIER,                                                             \
        {.name = "AuthType", .type = SHAPE_STRING, .required = REQUIRED, .choices = auth_types},   \
        {.name = "Cors", .type = SHAPE_OBJECT, .members = cors_members},                           \
    {                                                                                              \
        .name = "InvokeMode", .type = SHAPE_STRING, .choices = invoke_modes                        \
    }

static const struct shape create_url_shape[] = {URL_MEMBERS(true), SHAPE_END};
static const struct shape update_url_shape[] = {URL_MEMBERS(false), SHAPE_END};

static const struct shape tag_shape[] = {{.name = "Tags", .type = SHAPE_MAP, .required = true},
                                         SHAPE_END};
static const struct shape untag_shape[] = {
    {.name = "tagKeys", .type = SHAPE_STRINGS, .required = true}, SHAPE_END};

static const struct shape concurrency_shape[] = {LAMBDA_FUNCTION,
                                                 {.name = "ReservedConcurrentExecutions",
                                                  .type = SHAPE_INTEGER,
                                                  .required = true,
                                                  .max = INT32_MAX},
                                                 SHAPE_END};

static const struct shape provisioned_shape[] = {LAMBDA_FUNCTION,
                                                 LAMBDA_QUALIFIER,
                                                 {.name = "ProvisionedConcurrentExecutions",
                                                  .type = SHAPE_INTEGER,
                                                  .required = true,
                                                  .min = 1,
                                                  .max = INT32_MAX},
                                                 SHAPE_END};

static const struct shape provisioned_list_shape[] = {
    LAMBDA_FUNCTION,
    LAMBDA_QUALIFIER,
    {.name = "List", .type = SHAPE_STRING, .choices = all_versions},
    PAGING(50),
    SHAPE_END};

static const struct shape event_config_shape[] = {
    LAMBDA_FUNCTION,
    LAMBDA_QUALIFIER,
    {.name = "MaximumRetryAttempts", .type = SHAPE_INTEGER, .max = 2},
    {.name = "MaximumEventAgeInSeconds", .type = SHAPE_INTEGER, .min = 60, .max = 21600},
    {.name = "DestinationConfig", .type = SHAPE_ANY},
    SHAPE_END};

#define MAPPINGS "/2015-03-31/event-source-mappings"
#define FUNCTION "/2015-03-31/functions/{FunctionName}"
#define PROVISIONED "/2019-09-30/functions/{FunctionName}/provisioned-concurrency"

const struct operation lambda_operations[] = {
    {"CreateFunction", "POST", "/2015-03-31/functions", lambda_create_function, lambda_create_shape,
     false},
    {"ListFunctions", "GET", "/2015-03-31/functions", lambda_list_functions, functions_shape,
     false},
    {"GetFunction", "GET", FUNCTION, lambda_get_function, function_shape, false},
    {"DeleteFunction", "DELETE", FUNCTION, lambda_delete_function, function_shape, false},
    {"GetFunctionConfiguration", "GET", FUNCTION "/configuration", lambda_get_configuration,
     function_shape, false},
    {"UpdateFunctionConfiguration", "PUT", FUNCTION "/configuration", lambda_update_configuration,
     lambda_configure_shape, false},
    {"UpdateFunctionCode", "PUT", FUNCTION "/code", lambda_update_code, lambda_code_shape, false},
    {"PublishVersion", "POST", FUNCTION "/versions", lambda_publish_version, publish_shape, false},
    {"ListVersionsByFunction", "GET", FUNCTION "/versions", lambda_list_versions,
     function_page_shape, false},
    {"CreateAlias", "POST", FUNCTION "/aliases", lambda_create_alias, create_alias_shape, false},
    {"ListAliases", "GET", FUNCTION "/aliases", lambda_list_aliases, function_page_shape, false},
    {"GetAlias", "GET", FUNCTION "/aliases/{Name}", lambda_get_alias, function_shape, false},
    {"UpdateAlias", "PUT", FUNCTION "/aliases/{Name}", lambda_update_alias, update_alias_shape,
     false},
    {"DeleteAlias", "DELETE", FUNCTION "/aliases/{Name}", lambda_delete_alias, function_shape,
     false},
    {"Invoke", "POST", FUNCTION "/invocations", lambda_invoke, function_shape, true},
    {"InvokeWithResponseStream", "POST",
     "/2021-11-15/functions/{FunctionName}/response-streaming-invocations", lambda_invoke_stream,
     function_shape, true},
    {"AddPermission", "POST", FUNCTION "/policy", lambda_add_permission, permission_shape, false},
    {"GetPolicy", "GET", FUNCTION "/policy", lambda_get_policy, function_shape, false},
    {"RemovePermission", "DELETE", FUNCTION "/policy/{StatementId}", lambda_remove_permission,
     function_shape, false},
    {"CreateFunctionUrlConfig", "POST", "/2021-10-31/functions/{FunctionName}/url",
     lambda_create_url, create_url_shape, false},
    {"GetFunctionUrlConfig", "GET", "/2021-10-31/functions/{FunctionName}/url", lambda_get_url,
     function_shape, false},
    {"UpdateFunctionUrlConfig", "PUT", "/2021-10-31/functions/{FunctionName}/url",
     lambda_update_url, update_url_shape, false},
    {"DeleteFunctionUrlConfig", "DELETE", "/2021-10-31/functions/{FunctionName}/url",
     lambda_delete_url, function_shape, false},
    {"ListFunctionUrlConfigs", "GET", "/2021-10-31/functions/{FunctionName}/urls", lambda_list_urls,
     function_page_shape, false},
    {"PublishLayerVersion", "POST", "/2018-10-31/layers/{LayerName}/versions", lambda_publish_layer,
     publish_layer_shape, false},
    {"ListLayerVersions", "GET", "/2018-10-31/layers/{LayerName}/versions",
     lambda_list_layer_versions, layers_shape, false},
    {"GetLayerVersion", "GET", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}",
     lambda_get_layer, layer_version_shape, false},
    {"DeleteLayerVersion", "DELETE", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}",
     lambda_delete_layer, layer_version_shape, false},
    {"ListLayers", "GET", "/2018-10-31/layers", lambda_list_layers, layers_shape, false},
    {"TagResource", "POST", "/2017-03-31/tags/{Resource+}", lambda_tag, tag_shape, false},
    {"UntagResource", "DELETE", "/2017-03-31/tags/{Resource+}", lambda_untag, untag_shape, false},
    {"ListTags", "GET", "/2017-03-31/tags/{Resource+}", lambda_list_tags, NULL, false},
    {"PutFunctionConcurrency", "PUT", "/2017-10-31/functions/{FunctionName}/concurrency",
     lambda_put_concurrency, concurrency_shape, false},
    {"GetFunctionConcurrency", "GET", "/2019-09-30/functions/{FunctionName}/concurrency",
     lambda_get_concurrency, function_shape, false},
    {"DeleteFunctionConcurrency", "DELETE", "/2017-10-31/functions/{FunctionName}/concurrency",
     lambda_delete_concurrency, function_shape, false},
    {"PutProvisionedConcurrencyConfig", "PUT", PROVISIONED, lambda_put_provisioned,
     provisioned_shape, false},
    {"GetProvisionedConcurrencyConfig", "GET", PROVISIONED, lambda_get_provisioned,
     provisioned_list_shape, false},
    {"DeleteProvisionedConcurrencyConfig", "DELETE", PROVISIONED, lambda_delete_provisioned,
     function_shape, false},
    {"PutFunctionEventInvokeConfig", "PUT",
     "/2019-09-25/functions/{FunctionName}/event-invoke-config", lambda_put_event_config,
     event_config_shape, false},
    {"UpdateFunctionEventInvokeConfig", "POST",
     "/2019-09-25/functions/{FunctionName}/event-invoke-config", lambda_update_event_config,
     event_config_shape, false},
    {"GetFunctionEventInvokeConfig", "GET",
     "/2019-09-25/functions/{FunctionName}/event-invoke-config", lambda_get_event_config,
     function_shape, false},
    {"DeleteFunctionEventInvokeConfig", "DELETE",
     "/2019-09-25/functions/{FunctionName}/event-invoke-config", lambda_delete_event_config,
     function_shape, false},
    {"GetFunctionCodeSigningConfig", "GET",
     "/2020-06-30/functions/{FunctionName}/code-signing-config", lambda_get_code_signing,
     function_shape, false},
    {"GetAccountSettings", "GET", "/2016-08-19/account-settings", lambda_account_settings, NULL,
     false},
    {"CreateEventSourceMapping", "POST", MAPPINGS, lambda_create_mapping, create_mapping_shape,
     false},
    {"ListEventSourceMappings", "GET", MAPPINGS, lambda_list_mappings, mappings_shape, false},
    {"GetEventSourceMapping", "GET", MAPPINGS "/{UUID}", lambda_get_mapping, NULL, false},
    {"UpdateEventSourceMapping", "PUT", MAPPINGS "/{UUID}", lambda_update_mapping,
     update_mapping_shape, false},
    {"DeleteEventSourceMapping", "DELETE", MAPPINGS "/{UUID}", lambda_delete_mapping, NULL, false},
    /* Where the Location of GetFunction and GetLayerVersion leads: no operation of AWS's. */
    {"GetArtifact", "GET", FUNCTION "/artifacts/{Artifact}", lambda_get_artifact, NULL, false},
    {"GetArtifact", "GET", "/2018-10-31/layers/{FunctionName}/artifacts/{Artifact}",
     lambda_get_artifact, NULL, false},
    {NULL, NULL, NULL, NULL, NULL, false}};
