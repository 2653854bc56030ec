/* Integrations, routes, stages and deployments: what their documents hold. */
#include "core/json.h"
#include "core/memory.h"
#include "providers/local/engine/services/apigateway.h"
#include "providers/local/engine/store/store.h"

#include <stdlib.h>
#include <string.h>

const struct api_part api_integration = {"api_integrations", "id", "integrationId", "Integration"};
const struct api_part api_route = {"api_routes", "id", "routeId", "Route"};
const struct api_part api_stage = {"api_stages", "name", "stageName", "Stage"};
const struct api_part api_deployment = {"api_deployments", "id", "deploymentId", "Deployment"};

static const char *const integration_members[] = {"connectionType",
                                                  "credentialsArn",
                                                  "description",
                                                  "integrationMethod",
                                                  "integrationUri",
                                                  "integrationType",
                                                  "payloadFormatVersion",
                                                  "requestParameters",
                                                  "responseParameters",
                                                  "timeoutInMillis",
                                                  NULL};
static const char *const route_members[] = {
    "apiKeyRequired", "authorizationType", "operationName", "routeKey", "target", NULL};
static const char *const stage_members[] = {
    "accessLogSettings", "autoDeploy",  "defaultRouteSettings",
    "deploymentId",      "description", "routeSettings",
    "stageVariables",    "stageName",   NULL};

static bool refuse(struct request *request, const char *message, const char *subject)
{
    request_fail(request, 400, "BadRequestException", "%s ('%s')", message, subject);
    return false;
}

/* What the engine's front door can serve. */
static bool check_integration(struct request *request, const json_t *document)
{
    const char *type = json_string_at(document, "integrationType");
    const char *uri = json_string_at(document, "integrationUri");
    const char *version = json_string_at(document, "payloadFormatVersion");

    if (strcmp(type, "AWS_PROXY") != 0)
        return refuse(request, "the local engine's APIs call functions: integrationType AWS_PROXY",
                      type);
    if (strncmp(uri, "arn:", 4) != 0 || !strstr(uri, ":lambda:") || !strstr(uri, ":function:"))
        return refuse(request, "Invalid integration URI: it must be a function's ARN", uri);
    if (strcmp(version, "2.0") != 0)
        return refuse(request,
                      "PayloadFormatVersion is a required parameter for integration, and "
                      "the local engine sends 2.0",
                      version);
    return true;
}

json_t *api_new_integration(struct request *request, const json_t *input)
{
    json_t *document = json_pack("{s:s, s:s, s:i}", "connectionType", "INTERNET",
                                 "integrationMethod", "POST", "timeoutInMillis", 30000);
    char id[8];

    api_make_id(id, 7);
    json_object_set_new(document, "integrationId", json_string(id));
    if (api_change_integration(request, input, document))
        return document;
    json_decref(document);
    return NULL;
}

bool api_change_integration(struct request *request, const json_t *input, json_t *document)
{
    api_copy(document, input, integration_members);
    return check_integration(request, document);
}

static bool is_route_key(const char *key)
{
    static const char *const methods[] = {"ANY",  "GET", "HEAD",   "OPTIONS",
                                          "POST", "PUT", "DELETE", "PATCH"};
    size_t len = strcspn(key, " ");

    if (strcmp(key, "$default") == 0)
        return true;
    if (strncmp(key + len, " /", 2) != 0)
        return false;
    for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++) {
        if (strlen(methods[i]) == len && strncmp(methods[i], key, len) == 0)
            return true;
    }
    return false;
}

static bool check_route(struct request *request, const char *api, const json_t *document)
{
    const char *key = json_string_at(document, "routeKey");
    const char *target = json_string_at(document, "target");
    const char *authorization = json_string_at(document, "authorizationType");
    json_t *integration = NULL, *other;

    if (!is_route_key(key))
        return refuse(request,
                      "The provided route key is not formatted properly for HTTP protocol.", key);
    if (strcmp(authorization, "NONE") != 0 && strcmp(authorization, "AWS_IAM") != 0)
        return refuse(request, "the local engine's routes have no authorizers: NONE or AWS_IAM",
                      authorization);
    if (strncmp(target, "integrations/", 13) == 0)
        integration = api_load(request->engine, &api_integration, api, target + 13);
    json_decref(integration);
    if (*target && !integration)
        return refuse(request, "Invalid route target: there is no such integration", target);
    other = store_row(request->engine->store,
                      "SELECT id FROM api_routes WHERE api = ? AND route_key = ? AND id <> ?",
                      "sss", api, key, json_string_at(document, "routeId"));
    json_decref(other);
    if (other)
        request_fail(request, 409, "ConflictException",
                     "Route with key %s already exists for this API", key);
    return !other;
}

json_t *api_new_route(struct request *request, const json_t *input)
{
    json_t *document =
        json_pack("{s:b, s:s}", "apiKeyRequired", false, "authorizationType", "NONE");
    char id[8];

    api_make_id(id, 7);
    json_object_set_new(document, "routeId", json_string(id));
    if (api_change_route(request, input, document))
        return document;
    json_decref(document);
    return NULL;
}

bool api_change_route(struct request *request, const json_t *input, json_t *document)
{
    api_copy(document, input, route_members);
    return check_route(request, json_string_at(input, "apiId"), document);
}

static bool is_stage_name(const char *name)
{
    if (strcmp(name, "$default") == 0)
        return true;
    return *name && strlen(name) <= 128 &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") ==
               strlen(name);
}

json_t *api_new_stage(struct request *request, const json_t *input)
{
    const char *name = json_string_at(input, "stageName");
    json_t *old = api_load(request->engine, &api_stage, json_string_at(input, "apiId"), name);
    json_t *document, *tags = json_object_get(input, "tags");

    json_decref(old);
    if (old) {
        request_fail(request, 409, "ConflictException", "Stage already exists");
        return NULL;
    }
    if (!is_stage_name(name)) {
        refuse(request, "Invalid stage name: letters, digits, '-', '_', or $default", name);
        return NULL;
    }
    document = json_pack("{s:b, s:o, s:{s:b}, s:{}, s:{}, s:o}", "autoDeploy", false, "createdDate",
                         api_time(request), "defaultRouteSettings", "detailedMetricsEnabled", false,
                         "routeSettings", "stageVariables", "tags",
                         tags ? json_incref(tags) : json_object());
    if (api_change_stage(request, input, document))
        return document;
    json_decref(document);
    return NULL;
}

/* An automatic deployment happens at once. */
bool api_change_stage(struct request *request, const json_t *input, json_t *document)
{
    json_t *deployment;

    api_copy(document, input, stage_members);
    json_object_set_new(document, "lastUpdatedDate", api_time(request));
    if (!json_bool_at(document, "autoDeploy") || *json_string_at(document, "deploymentId"))
        return true;
    deployment = api_new_deployment(request, input);
    json_object_set_new(deployment, "autoDeployed", json_true());
    json_object_set(document, "deploymentId", json_object_get(deployment, "deploymentId"));
    api_save(request->engine, &api_deployment, json_string_at(input, "apiId"), deployment);
    json_decref(deployment);
    return true;
}

json_t *api_new_deployment(struct request *request, const json_t *input)
{
    char id[7];

    api_make_id(id, 6);
    return json_pack("{s:b, s:o, s:s, s:s, s:s}", "autoDeployed", false, "createdDate",
                     api_time(request), "deploymentId", id, "deploymentStatus", "DEPLOYED",
                     "description", json_string_at(input, "description"));
}
