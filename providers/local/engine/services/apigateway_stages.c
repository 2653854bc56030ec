/* Stages: throttling, access log, variables. */
#include "core/json.h"
#include "core/memory.h"
#include "providers/local/engine/services/apigateway.h"
#include "providers/local/engine/store/store.h"

#include <string.h>

static const char *const stage_members[] = {
    "accessLogSettings", "autoDeploy", "defaultRouteSettings", "deploymentId", "description",
    "stageName",         NULL};

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
        api_refuse(request, "Invalid stage name: letters, digits, '-', '_', or $default", name);
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

/* Settings of routes that there are. */
static bool merge_routes(struct request *request, const json_t *input, json_t *document)
{
    json_t *settings = json_object_get(document, "routeSettings"), *value, *row;
    const char *api = json_string_at(input, "apiId"), *key;

    json_object_foreach (json_object_get(input, "routeSettings"), key, value) {
        row =
            store_row(request->engine->store,
                      "SELECT id FROM api_routes WHERE api = ? AND route_key = ?", "ss", api, key);
        json_decref(row);
        if (!json_is_object(value))
            return api_refuse(request, "Invalid settings of a route: they must be an object", key);
        if (!row) {
            request_fail(request, 404, "NotFoundException",
                         "Unable to find Route by key %s within the provided RouteSettings", key);
            return false;
        }
        if (json_object_get(settings, key))
            json_object_update(json_object_get(settings, key), value);
        else
            json_object_set(settings, key, value);
    }
    return true;
}

/* A variable that is set to nothing goes. */
static void merge_variables(const json_t *input, json_t *document)
{
    json_t *variables = json_object_get(document, "stageVariables"), *value;
    const char *name;

    json_object_foreach (json_object_get(input, "stageVariables"), name, value) {
        if (*json_string_value(value))
            json_object_set(variables, name, value);
        else
            json_object_del(variables, name);
    }
}

static bool check_access_log(struct request *request, const json_t *document)
{
    const char *arn = json_string_at(document, "accessLogSettings.destinationArn");
    const char *format = json_string_at(document, "accessLogSettings.format");

    if (!json_object_get(document, "accessLogSettings"))
        return true;
    if (strncmp(arn, "arn:", 4) != 0 || !strstr(arn, ":logs:") || !strstr(arn, ":log-group:"))
        return api_refuse(request, "Invalid ARN specified in the request", arn);
    if (!strstr(format, "$context.requestId") && !strstr(format, "$context.extendedRequestId"))
        return api_refuse(request,
                          "AccessLogSettings format must contain $context.requestId or "
                          "$context.extendedRequestId",
                          format);
    return true;
}

/* An automatic deployment happens at once. */
bool api_change_stage(struct request *request, const json_t *input, json_t *document)
{
    json_t *deployment;

    api_copy(document, input, stage_members);
    merge_variables(input, document);
    if (!merge_routes(request, input, document) || !check_access_log(request, document))
        return false;
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

/* Takes a member of the stage away, or with `key` what is below it. */
static void delete_setting(struct request *request, const json_t *input, const char *member,
                           const char *key)
{
    json_t *stage = api_find(request, &api_stage, input);
    int missing;

    if (!stage)
        return;
    missing =
        key ? json_object_del(json_object_get(stage, member), key) : json_object_del(stage, member);
    if (missing && key)
        request_fail(request, 404, "NotFoundException", "Invalid Route key specified %s", key);
    else
        api_done(request,
                 api_save(request->engine, &api_stage, json_string_at(input, "apiId"), stage));
    json_decref(stage);
}

void api_delete_access_log(struct request *request, json_t *input)
{
    delete_setting(request, input, "accessLogSettings", NULL);
}

void api_delete_route_settings(struct request *request, json_t *input)
{
    delete_setting(request, input, "routeSettings", json_string_at(input, "routeKey"));
}
