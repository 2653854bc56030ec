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
const struct api_part api_authorizer = {"api_authorizers", "id", "authorizerId", "Authorizer"};
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
static const char *const route_members[] = {"apiKeyRequired",
                                            "authorizationScopes",
                                            "authorizationType",
                                            "authorizerId",
                                            "operationName",
                                            "routeKey",
                                            "target",
                                            NULL};
/* What the engine's front door can serve. */
static bool check_integration(struct request *request, const json_t *document)
{
    const char *type = json_string_at(document, "integrationType");
    const char *uri = json_string_at(document, "integrationUri");
    const char *version = json_string_at(document, "payloadFormatVersion");

    if (strcmp(type, "AWS_PROXY") != 0)
        return api_refuse(
            request, "the local engine's APIs call functions: integrationType AWS_PROXY", type);
    if (strncmp(uri, "arn:", 4) != 0 || !strstr(uri, ":lambda:") || !strstr(uri, ":function:"))
        return api_refuse(request, "Invalid integration URI: it must be a function's ARN", uri);
    if (strcmp(version, "2.0") != 0)
        return api_refuse(request,
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

/* An authorizer of the kind that the route names. */
static bool check_authorization(struct request *request, const char *api, json_t *document)
{
    const char *type = json_string_at(document, "authorizationType");
    const char *id = json_string_at(document, "authorizerId");
    bool custom = strcmp(type, "CUSTOM") == 0;
    json_t *authorizer;
    bool fits;

    if (!custom && strcmp(type, "JWT") != 0) {
        json_object_del(document, "authorizerId");
        json_object_del(document, "authorizationScopes");
        return true;
    }
    authorizer = api_load(request->engine, &api_authorizer, api, id);
    fits = strcmp(json_string_at(authorizer, "authorizerType"), custom ? "REQUEST" : "JWT") == 0;
    json_decref(authorizer);
    if (!fits)
        return api_refuse(request, "Invalid authorizer: there is none of that id and type", id);
    if (json_array_size(json_object_get(document, "authorizationScopes")) == 0)
        json_object_del(document, "authorizationScopes");
    return true;
}

static bool check_route(struct request *request, const char *api, json_t *document)
{
    const char *key = json_string_at(document, "routeKey");
    const char *target = json_string_at(document, "target");
    json_t *integration = NULL, *other;

    if (!is_route_key(key))
        return api_refuse(
            request, "The provided route key is not formatted properly for HTTP protocol.", key);
    if (!check_authorization(request, api, document))
        return false;
    if (strncmp(target, "integrations/", 13) == 0)
        integration = api_load(request->engine, &api_integration, api, target + 13);
    json_decref(integration);
    if (*target && !integration)
        return api_refuse(request, "Invalid route target: there is no such integration", target);
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

json_t *api_new_deployment(struct request *request, const json_t *input)
{
    char id[7];

    api_make_id(id, 6);
    return json_pack("{s:b, s:o, s:s, s:s, s:s}", "autoDeployed", false, "createdDate",
                     api_time(request), "deploymentId", id, "deploymentStatus", "DEPLOYED",
                     "description", json_string_at(input, "description"));
}
