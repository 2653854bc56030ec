#include "providers/local/engine/services/apigateway.h"
#include "core/json.h"
#include "core/memory.h"
#include "providers/local/engine/store/store.h"

#include <stdlib.h>

static const char *const protocols[] = {"HTTP", "WEBSOCKET", NULL};
static const char *const authorizations[] = {"NONE", "AWS_IAM", "CUSTOM", "JWT", NULL};
static const char *const authorizers[] = {"REQUEST", "JWT", NULL};

/* Parts: one function an operation and kind, over these. */

static void create_part(struct request *request, const struct api_part *part, json_t *input,
                        json_t *make(struct request *, const json_t *))
{
    json_t *document;

    if (!api_exists(request, input))
        return;
    document = make(request, input);
    if (!document)
        return;
    if (api_save(request->engine, part, json_string_at(input, "apiId"), document) < 0)
        request_fail_write(request);
    else
        request_reply(request, 201, json_incref(document));
    json_decref(document);
}

static void get_part(struct request *request, const struct api_part *part, json_t *input)
{
    json_t *document = api_find(request, part, input);

    if (document)
        request_reply(request, 200, document);
}

static void list_parts(struct request *request, const struct api_part *part, json_t *input)
{
    if (api_exists(request, input))
        api_page(request, input, api_parts(request->engine, part, json_string_at(input, "apiId")));
}

static void update_part(struct request *request, const struct api_part *part, json_t *input,
                        bool change(struct request *, const json_t *, json_t *))
{
    json_t *document = api_find(request, part, input);

    if (document && change(request, input, document)) {
        if (api_save(request->engine, part, json_string_at(input, "apiId"), document) < 0)
            request_fail_write(request);
        else
            request_reply(request, 200, json_incref(document));
    }
    json_decref(document);
}

static void delete_part(struct request *request, const struct api_part *part, json_t *input)
{
    json_t *document = api_find(request, part, input);
    char *sql;

    if (!document)
        return;
    sql = xasprintf("DELETE FROM %s WHERE api = ? AND %s = ?", part->table, part->column);
    api_done(request, store_run(request->engine->store, sql, "ss", json_string_at(input, "apiId"),
                                json_string_at(input, part->member)));
    free(sql);
    json_decref(document);
}

static void create_integration(struct request *request, json_t *input)
{
    create_part(request, &api_integration, input, api_new_integration);
}

static void get_integration(struct request *request, json_t *input)
{
    get_part(request, &api_integration, input);
}

static void get_integrations(struct request *request, json_t *input)
{
    list_parts(request, &api_integration, input);
}

static void update_integration(struct request *request, json_t *input)
{
    update_part(request, &api_integration, input, api_change_integration);
}

static void delete_integration(struct request *request, json_t *input)
{
    const char *id = json_string_at(input, "integrationId");
    json_t *route = store_row(request->engine->store,
                              "SELECT route_key FROM api_routes WHERE api = ? AND integration = ?",
                              "ss", json_string_at(input, "apiId"), id);

    if (route)
        request_fail(request, 409, "ConflictException",
                     "Cannot delete Integration '%s': it is referenced by the route '%s'.", id,
                     json_string_at(route, "route_key"));
    else
        delete_part(request, &api_integration, input);
    json_decref(route);
}

static void create_route(struct request *request, json_t *input)
{
    create_part(request, &api_route, input, api_new_route);
}

static void get_route(struct request *request, json_t *input)
{
    get_part(request, &api_route, input);
}

static void get_routes(struct request *request, json_t *input)
{
    list_parts(request, &api_route, input);
}

static void update_route(struct request *request, json_t *input)
{
    update_part(request, &api_route, input, api_change_route);
}

static void delete_route(struct request *request, json_t *input)
{
    delete_part(request, &api_route, input);
}

static void create_authorizer(struct request *request, json_t *input)
{
    create_part(request, &api_authorizer, input, api_new_authorizer);
}

static void get_authorizer(struct request *request, json_t *input)
{
    get_part(request, &api_authorizer, input);
}

static void get_authorizers(struct request *request, json_t *input)
{
    list_parts(request, &api_authorizer, input);
}

static void update_authorizer(struct request *request, json_t *input)
{
    update_part(request, &api_authorizer, input, api_change_authorizer);
}

static void delete_authorizer(struct request *request, json_t *input)
{
    if (api_authorizer_is_free(request, input))
        delete_part(request, &api_authorizer, input);
}

static void create_stage(struct request *request, json_t *input)
{
    create_part(request, &api_stage, input, api_new_stage);
}

static void get_stage(struct request *request, json_t *input)
{
    get_part(request, &api_stage, input);
}

static void get_stages(struct request *request, json_t *input)
{
    list_parts(request, &api_stage, input);
}

static void update_stage(struct request *request, json_t *input)
{
    update_part(request, &api_stage, input, api_change_stage);
}

static void delete_stage(struct request *request, json_t *input)
{
    delete_part(request, &api_stage, input);
}

static void create_deployment(struct request *request, json_t *input)
{
    create_part(request, &api_deployment, input, api_new_deployment);
}

static void get_deployment(struct request *request, json_t *input)
{
    get_part(request, &api_deployment, input);
}

static void get_deployments(struct request *request, json_t *input)
{
    list_parts(request, &api_deployment, input);
}

static void delete_deployment(struct request *request, json_t *input)
{
    delete_part(request, &api_deployment, input);
}

static const struct shape cors_members[] = {
    {.name = "allowCredentials", .type = SHAPE_BOOLEAN},
    {.name = "allowHeaders", .type = SHAPE_STRINGS},
    {.name = "allowMethods", .type = SHAPE_STRINGS},
    {.name = "allowOrigins", .type = SHAPE_STRINGS},
    {.name = "exposeHeaders", .type = SHAPE_STRINGS},
    {.name = "maxAge", .type = SHAPE_INTEGER, .min = -1, .max = 86400},
    SHAPE_END};

#define API_MEMBERS(REQUIRED)                                                                      \
    {.name = "name", .type = SHAPE_STRING, .required = REQUIRED, .min = 1, .max = 128},            \
        {.name = "description", .type = SHAPE_STRING, .max = 1024},                                \
        {.name = "version", .type = SHAPE_STRING, .max = 64},                                      \
        {.name = "corsConfiguration", .type = SHAPE_OBJECT, .members = cors_members},              \
    {                                                                                              \
        .name = "disableExecuteApiEndpoint", .type = SHAPE_BOOLEAN                                 \
    }

static const struct shape create_api_shape[] = {
    API_MEMBERS(true),
    {.name = "protocolType", .type = SHAPE_STRING, .required = true, .choices = protocols},
    {.name = "target", .type = SHAPE_STRING},
    {.name = "routeKey", .type = SHAPE_STRING},
    {.name = "tags", .type = SHAPE_MAP},
    SHAPE_END};
static const struct shape update_api_shape[] = {API_MEMBERS(false), SHAPE_END};

#define INTEGRATION_MEMBERS(REQUIRED)                                                              \
    {.name = "integrationType", .type = SHAPE_STRING, .required = REQUIRED},                       \
        {.name = "integrationUri", .type = SHAPE_STRING},                                          \
        {.name = "payloadFormatVersion", .type = SHAPE_STRING},                                    \
        {.name = "timeoutInMillis", .type = SHAPE_INTEGER, .min = 50, .max = 30000},               \
    {                                                                                              \
        .name = "description", .type = SHAPE_STRING, .max = 1024                                   \
    }

static const struct shape create_integration_shape[] = {INTEGRATION_MEMBERS(true), SHAPE_END};
static const struct shape update_integration_shape[] = {INTEGRATION_MEMBERS(false), SHAPE_END};

#define ROUTE_MEMBERS(REQUIRED)                                                                    \
    {.name = "routeKey", .type = SHAPE_STRING, .required = REQUIRED, .min = 1, .max = 1024},       \
        {.name = "target", .type = SHAPE_STRING, .max = 128},                                      \
        {.name = "apiKeyRequired", .type = SHAPE_BOOLEAN},                                         \
        {.name = "authorizationScopes", .type = SHAPE_STRINGS},                                    \
        {.name = "authorizerId", .type = SHAPE_STRING},                                            \
    {                                                                                              \
        .name = "authorizationType", .type = SHAPE_STRING, .choices = authorizations               \
    }

static const struct shape create_route_shape[] = {ROUTE_MEMBERS(true), SHAPE_END};
static const struct shape update_route_shape[] = {ROUTE_MEMBERS(false), SHAPE_END};

static const struct shape jwt_members[] = {{.name = "audience", .type = SHAPE_STRINGS},
                                           {.name = "issuer", .type = SHAPE_STRING},
                                           SHAPE_END};

#define AUTHORIZER_MEMBERS(REQUIRED)                                                               \
    {.name = "name", .type = SHAPE_STRING, .required = REQUIRED, .min = 1, .max = 128},            \
        {.name = "authorizerType",                                                                 \
         .type = SHAPE_STRING,                                                                     \
         .required = REQUIRED,                                                                     \
         .choices = authorizers},                                                                  \
        {.name = "identitySource", .type = SHAPE_STRINGS, .required = REQUIRED},                   \
        {.name = "authorizerUri", .type = SHAPE_STRING, .max = 2048},                              \
        {.name = "authorizerPayloadFormatVersion", .type = SHAPE_STRING},                          \
        {.name = "authorizerResultTtlInSeconds", .type = SHAPE_INTEGER, .min = 0, .max = 3600},    \
        {.name = "enableSimpleResponses", .type = SHAPE_BOOLEAN},                                  \
    {                                                                                              \
        .name = "jwtConfiguration", .type = SHAPE_OBJECT, .members = jwt_members                   \
    }

static const struct shape create_authorizer_shape[] = {AUTHORIZER_MEMBERS(true), SHAPE_END};
static const struct shape update_authorizer_shape[] = {AUTHORIZER_MEMBERS(false), SHAPE_END};

static const struct shape throttle_members[] = {
    {.name = "throttlingBurstLimit", .type = SHAPE_INTEGER},
    {.name = "throttlingRateLimit", .type = SHAPE_NUMBER},
    {.name = "detailedMetricsEnabled", .type = SHAPE_BOOLEAN},
    SHAPE_END};
static const struct shape access_log_members[] = {
    {.name = "destinationArn", .type = SHAPE_STRING},
    {.name = "format", .type = SHAPE_STRING, .max = 3072},
    SHAPE_END};

static const struct shape stage_shape[] = {
    {.name = "stageName", .type = SHAPE_STRING, .required = true, .min = 1, .max = 128},
    {.name = "autoDeploy", .type = SHAPE_BOOLEAN},
    {.name = "stageVariables", .type = SHAPE_MAP},
    {.name = "defaultRouteSettings", .type = SHAPE_OBJECT, .members = throttle_members},
    {.name = "routeSettings", .type = SHAPE_ANY},
    {.name = "accessLogSettings", .type = SHAPE_OBJECT, .members = access_log_members},
    {.name = "description", .type = SHAPE_STRING, .max = 1024},
    {.name = "tags", .type = SHAPE_MAP},
    SHAPE_END};
static const struct shape tag_shape[] = {{.name = "tags", .type = SHAPE_MAP}, SHAPE_END};
static const struct shape untag_shape[] = {
    {.name = "tagKeys", .type = SHAPE_STRINGS, .required = true}, SHAPE_END};

#define API "/v2/apis/{apiId}"

const struct operation apigateway_operations[] = {
    {"CreateApi", "POST", "/v2/apis", api_create, create_api_shape, false},
    {"GetApis", "GET", "/v2/apis", api_list, NULL, false},
    {"GetApi", "GET", API, api_get, NULL, false},
    {"UpdateApi", "PATCH", API, api_update, update_api_shape, false},
    {"DeleteApi", "DELETE", API, api_delete, NULL, false},
    {"DeleteCorsConfiguration", "DELETE", API "/cors", api_delete_cors, NULL, false},
    {"CreateIntegration", "POST", API "/integrations", create_integration, create_integration_shape,
     false},
    {"GetIntegrations", "GET", API "/integrations", get_integrations, NULL, false},
    {"GetIntegration", "GET", API "/integrations/{integrationId}", get_integration, NULL, false},
    {"UpdateIntegration", "PATCH", API "/integrations/{integrationId}", update_integration,
     update_integration_shape, false},
    {"DeleteIntegration", "DELETE", API "/integrations/{integrationId}", delete_integration, NULL,
     false},
    {"CreateRoute", "POST", API "/routes", create_route, create_route_shape, false},
    {"GetRoutes", "GET", API "/routes", get_routes, NULL, false},
    {"GetRoute", "GET", API "/routes/{routeId}", get_route, NULL, false},
    {"UpdateRoute", "PATCH", API "/routes/{routeId}", update_route, update_route_shape, false},
    {"DeleteRoute", "DELETE", API "/routes/{routeId}", delete_route, NULL, false},
    {"CreateAuthorizer", "POST", API "/authorizers", create_authorizer, create_authorizer_shape,
     false},
    {"GetAuthorizers", "GET", API "/authorizers", get_authorizers, NULL, false},
    {"GetAuthorizer", "GET", API "/authorizers/{authorizerId}", get_authorizer, NULL, false},
    {"UpdateAuthorizer", "PATCH", API "/authorizers/{authorizerId}", update_authorizer,
     update_authorizer_shape, false},
    {"DeleteAuthorizer", "DELETE", API "/authorizers/{authorizerId}", delete_authorizer, NULL,
     false},
    {"CreateStage", "POST", API "/stages", create_stage, stage_shape, false},
    {"GetStages", "GET", API "/stages", get_stages, NULL, false},
    {"GetStage", "GET", API "/stages/{stageName}", get_stage, NULL, false},
    {"UpdateStage", "PATCH", API "/stages/{stageName}", update_stage, stage_shape, false},
    {"DeleteStage", "DELETE", API "/stages/{stageName}", delete_stage, NULL, false},
    {"DeleteAccessLogSettings", "DELETE", API "/stages/{stageName}/accesslogsettings",
     api_delete_access_log, NULL, false},
    {"DeleteRouteSettings", "DELETE", API "/stages/{stageName}/routesettings/{routeKey}",
     api_delete_route_settings, NULL, false},
    {"CreateDeployment", "POST", API "/deployments", create_deployment, NULL, false},
    {"GetDeployments", "GET", API "/deployments", get_deployments, NULL, false},
    {"GetDeployment", "GET", API "/deployments/{deploymentId}", get_deployment, NULL, false},
    {"DeleteDeployment", "DELETE", API "/deployments/{deploymentId}", delete_deployment, NULL,
     false},
    {"GetTags", "GET", "/v2/tags/{resource-arn+}", api_get_tags, NULL, false},
    {"TagResource", "POST", "/v2/tags/{resource-arn+}", api_tag, tag_shape, false},
    {"UntagResource", "DELETE", "/v2/tags/{resource-arn+}", api_untag, untag_shape, false},
    {NULL, NULL, NULL, NULL, NULL, false}};
