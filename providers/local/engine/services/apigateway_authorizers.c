/* Authorizers of HTTP APIs: what their documents hold. */
#include "core/json.h"
#include "core/memory.h"
#include "providers/local/engine/services/apigateway.h"
#include "providers/local/engine/store/store.h"

#include <string.h>

static const char *const authorizer_members[] = {"authorizerPayloadFormatVersion",
                                                 "authorizerResultTtlInSeconds",
                                                 "authorizerType",
                                                 "authorizerUri",
                                                 "enableSimpleResponses",
                                                 "identitySource",
                                                 "jwtConfiguration",
                                                 "name",
                                                 NULL};

static bool check_jwt(struct request *request, const json_t *document)
{
    const char *issuer = json_string_at(document, "jwtConfiguration.issuer");

    if (strncmp(issuer, "https://", 8) != 0 && strncmp(issuer, "http://", 7) != 0)
        return api_refuse(request, "Invalid issuer: it must be a URL", issuer);
    if (json_array_size(json_at(document, "jwtConfiguration.audience")) == 0)
        return api_refuse(request, "Audience is required for a JWT authorizer", issuer);
    if (json_array_size(json_object_get(document, "identitySource")) != 1)
        return api_refuse(request, "JWT authorizers have one identity source", issuer);
    return true;
}

static bool check_request(struct request *request, const json_t *document)
{
    const char *uri = json_string_at(document, "authorizerUri");
    const char *version = json_string_at(document, "authorizerPayloadFormatVersion");

    if (!strstr(uri, "/functions/") || !strstr(uri, "/invocations"))
        return api_refuse(request, "Invalid authorizer URI: it must lead to a function", uri);
    if (strcmp(version, "2.0") != 0)
        return api_refuse(request,
                          "AuthorizerPayloadFormatVersion is a required parameter for REQUEST "
                          "authorizer, and the local engine sends 2.0",
                          version);
    if (json_int_at(document, "authorizerResultTtlInSeconds") > 0 &&
        json_array_size(json_object_get(document, "identitySource")) == 0)
        return api_refuse(request, "IdentitySource is required when caching is enabled", uri);
    return true;
}

bool api_change_authorizer(struct request *request, const json_t *input, json_t *document)
{
    const char *type;

    api_copy(document, input, authorizer_members);
    type = json_string_at(document, "authorizerType");
    if (strcmp(type, "JWT") == 0) {
        json_object_del(document, "authorizerUri");
        json_object_del(document, "authorizerPayloadFormatVersion");
        json_object_del(document, "authorizerResultTtlInSeconds");
        json_object_del(document, "enableSimpleResponses");
        return check_jwt(request, document);
    }
    json_object_del(document, "jwtConfiguration");
    return check_request(request, document);
}

json_t *api_new_authorizer(struct request *request, const json_t *input)
{
    json_t *document;
    char id[7];

    api_make_id(id, 6);
    document = json_pack("{s:s}", "authorizerId", id);
    if (api_change_authorizer(request, input, document))
        return document;
    json_decref(document);
    return NULL;
}

bool api_authorizer_is_free(struct request *request, const json_t *input)
{
    const char *id = json_string_at(input, "authorizerId");
    json_t *route = store_row(
        request->engine->store,
        "SELECT route_key FROM api_routes WHERE api = ? AND document ->> '$.authorizerId' = ?",
        "ss", json_string_at(input, "apiId"), id);

    if (route)
        request_fail(request, 409, "ConflictException",
                     "Cannot delete Authorizer '%s': it is referenced by the route '%s'.", id,
                     json_string_at(route, "route_key"));
    json_decref(route);
    return route == NULL;
}
