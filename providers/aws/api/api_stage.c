#include "providers/aws/api/api_stage.h"

#include "core/memory.h"
#include "providers/aws/api/access_log.h"
#include "providers/aws/api/api_features.h"
#include "providers/difference.h"

#include <stdlib.h>
#include <string.h>

/* What `true` stands for in the settings. */
static const char default_format[] =
    "{\"requestId\":\"$context.requestId\",\"ip\":\"$context.identity.sourceIp\","
    "\"time\":\"$context.requestTime\",\"method\":\"$context.httpMethod\","
    "\"path\":\"$context.path\",\"route\":\"$context.routeKey\",\"status\":\"$context.status\","
    "\"bytes\":\"$context.responseLength\",\"latency\":\"$context.responseLatency\","
    "\"error\":\"$context.integrationErrorMessage\"}";

/*
 * A throttle of the stage cannot be taken back, only be set to others: these
 * are the account's own, which hold without one.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
 */
enum { ACCOUNT_RATE = 10000, ACCOUNT_BURST = 5000 };

/*
 * The settings of a stage that are ours to keep, in UpdateStage's form:
 * {"accessLogSettings": {...} or null, "defaultRouteSettings": {...},
 *  "routeSettings": {KEY: {...}}, "stageVariables": {...}}
 */

static json_t *throttle_of(const struct throttle *throttle)
{
    return json_pack("{s:I, s:I}", "throttlingBurstLimit", (json_int_t)throttle->burst,
                     "throttlingRateLimit", (json_int_t)throttle->rate);
}

static json_t *wanted_routes(const struct session *session)
{
    json_t *routes = json_object();

    for (size_t i = 0; i < session->count; i++) {
        const struct function *function = session->remotes[i].function;

        for (size_t k = 0; k < function->routes.count; k++) {
            const struct route *route = function_route_at(function, k);

            if (route->throttle.rate)
                json_object_set_new(routes, route->key, throttle_of(&route->throttle));
        }
    }
    return routes;
}

/* NULL on failure. */
static json_t *wanted_stage(struct session *session, struct err *err)
{
    const struct api_settings *api = &session->settings->api;
    const struct throttle account = {ACCOUNT_RATE, ACCOUNT_BURST};
    json_t *variables = api->variables ? json_copy(api->variables) : json_object();
    json_t *wanted =
        json_pack("{s:n, s:o, s:o, s:o}", "accessLogSettings", "defaultRouteSettings",
                  throttle_of(api->throttle.rate ? &api->throttle : &account), "routeSettings",
                  wanted_routes(session), "stageVariables", variables);
    char *group, *arn;

    if (!api->access_log.enabled)
        return wanted;
    group = access_log_group(session);
    arn = session_arn(session, "logs", err, "log-group:%s", group);
    free(group);
    if (!arn) {
        json_decref(wanted);
        return NULL;
    }
    json_object_set_new(
        wanted, "accessLogSettings",
        json_pack("{s:s, s:s}", "destinationArn", arn, "format",
                  api->access_log.format ? api->access_log.format : default_format));
    free(arn);
    return wanted;
}

/* A limit as AWS has it: a real number that is a whole one as such. */
static void take_limit(json_t *result, const json_t *settings, const char *name, int64_t fallback)
{
    const json_t *value = json_object_get(settings, name);
    double number = json_number_value(value);

    if (json_is_real(value) && number == (double)(int64_t)number)
        json_object_set_new(result, name, json_integer((int64_t)number));
    else if (json_is_number(value))
        json_object_set(result, name, (json_t *)value);
    else if (fallback)
        json_object_set_new(result, name, json_integer(fallback));
}

static json_t *found_throttle(const json_t *settings, int64_t burst, int64_t rate)
{
    json_t *result = json_object();

    take_limit(result, settings, "throttlingBurstLimit", burst);
    take_limit(result, settings, "throttlingRateLimit", rate);
    return result;
}

/* Whether the route of that key is there and not ours. */
static bool is_foreign(const struct session *session, const char *key)
{
    size_t i;
    json_t *route;

    json_array_foreach (session->routes, i, route) {
        if (strcmp(json_string_at(route, "routeKey"), key) == 0)
            return !*json_string_at(route, "operationName");
    }
    return false;
}

static json_t *found_routes(const struct session *session, const json_t *settings)
{
    json_t *routes = json_object();
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *)settings, key, value) {
        json_t *throttle = found_throttle(value, 0, 0);

        if (json_object_size(throttle) && !is_foreign(session, key))
            json_object_set(routes, key, throttle);
        json_decref(throttle);
    }
    return routes;
}

static json_t *found_stage(const struct session *session)
{
    const json_t *stage = session->api_stage;
    json_t *variables = json_at(stage, "stageVariables");
    const char *group = json_string_at(stage, "accessLogSettings.destinationArn");
    json_t *found = json_pack(
        "{s:n, s:o, s:o, s:o}", "accessLogSettings", "defaultRouteSettings",
        found_throttle(json_at(stage, "defaultRouteSettings"), ACCOUNT_BURST, ACCOUNT_RATE),
        "routeSettings", found_routes(session, json_at(stage, "routeSettings")), "stageVariables",
        variables ? json_deep_copy(variables) : json_object());

    if (*group)
        json_object_set_new(found, "accessLogSettings",
                            json_pack("{s:s, s:s}", "destinationArn", group, "format",
                                      json_string_at(stage, "accessLogSettings.format")));
    return found;
}

int api_stage_create(struct session *session, struct err *err)
{
    struct aws_call call;

    aws_call_rest(&call, &aws_apigateway, "CreateStage", "POST",
                  json_pack("{s:s, s:b, s:o}", "stageName", "$default", "autoDeploy", 1, "tags",
                            session_tags(session, NULL)),
                  "/v2/apis/%s/stages", json_string_at(session->api, "apiId"));
    return session_do(session, &call, "ConflictException", "stage '$default'", err);
}

static int delete_setting(struct session *session, const char *operation, const char *kind,
                          const char *key, struct err *err)
{
    char *encoded = aws_encode(key);
    struct aws_call call;

    aws_call_rest(&call, &aws_apigateway, operation, "DELETE", NULL,
                  "/v2/apis/%s/stages/%%24default/%s%s%s", json_string_at(session->api, "apiId"),
                  kind, *key ? "/" : "", encoded);
    free(encoded);
    return session_do(session, &call, "NotFoundException", *key ? key : "stage '$default'", err);
}

/* What is no longer wanted and that UpdateStage cannot take away. */
static int delete_settings(struct session *session, const json_t *found, const json_t *wanted,
                           struct err *err)
{
    const char *key;
    json_t *value;

    if (json_is_object(json_object_get(found, "accessLogSettings")) &&
        json_is_null(json_object_get(wanted, "accessLogSettings")) &&
        delete_setting(session, "DeleteAccessLogSettings", "accesslogsettings", "", err) < 0)
        return -1;
    json_object_foreach (json_object_get(found, "routeSettings"), key, value) {
        if (!json_object_get(json_object_get(wanted, "routeSettings"), key) &&
            delete_setting(session, "DeleteRouteSettings", "routesettings", key, err) < 0)
            return -1;
    }
    return 0;
}

/* UpdateStage's body; NULL: there is nothing to send. Variables go by being set to nothing. */
static json_t *update_body(const json_t *found, const json_t *wanted)
{
    json_t *body = json_object();
    const char *part, *key;
    json_t *value, *before;

    json_object_foreach ((json_t *)wanted, part, value) {
        before = json_object_get(found, part);
        if (json_is_object(value) && !json_equal(before, value))
            json_object_set_new(body, part, json_copy(value));
    }
    before = json_object_get(found, "stageVariables");
    json_object_foreach (before, key, value) {
        json_t *variables = json_object_get(body, "stageVariables");

        if (variables && !json_object_get(variables, key))
            json_object_set_new(variables, key, json_string(""));
    }
    if (json_object_size(json_object_get(body, "routeSettings")) == 0)
        json_object_del(body, "routeSettings");
    if (json_object_size(body))
        return body;
    json_decref(body);
    return NULL;
}

static int send_settings(struct session *session, const json_t *found, const json_t *wanted,
                         struct err *err)
{
    json_t *body = update_body(found, wanted);
    struct aws_call call;
    int result = delete_settings(session, found, wanted, err);

    if (result < 0 || !body) {
        json_decref(body);
        return result;
    }
    aws_call_rest(&call, &aws_apigateway, "UpdateStage", "PATCH", body,
                  "/v2/apis/%s/stages/%%24default", json_string_at(session->api, "apiId"));
    result = session_call(session, &call, NULL, "stage '$default'", err);
    if (result == 0)
        json_replace(&session->api_stage, json_incref(call.reply));
    aws_call_release(&call);
    return result;
}

int api_stage_put(struct session *session, struct changes *changes, struct err *err)
{
    int64_t started = clock_monotonic(session->clock);
    struct change *change;
    json_t *wanted, *found;
    int result = -1;

    if (!(api_features(session) & API_STAGE))
        return 0;
    if (access_log_put(session, changes, err) < 0)
        return -1;
    wanted = wanted_stage(session, err);
    found = found_stage(session);
    if (!wanted)
        goto out;
    result = 0;
    if (json_equal(found, wanted))
        goto out;
    change = changes_add(changes, CHANGE_UPDATE, "stage", "$default");
    change_fields_differing(changes, change, found, wanted);
    changes_announce(changes, change);
    if (!changes->apply)
        goto out;
    result = send_settings(session, found, wanted, err);
    if (result == 0)
        changes_done(changes, change, session_elapsed(session, started));
out:
    json_decref(wanted);
    json_decref(found);
    return result;
}
