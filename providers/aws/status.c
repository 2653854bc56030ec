#include "providers/aws/status.h"

#include "core/memory.h"
#include "providers/aws/observe.h"

#include <stdlib.h>
#include <string.h>

static json_t *text_or_null(const char *text)
{
    return *text ? json_string(text) : json_null();
}

/* The URL of a route: the API's, and the path of the route's key. */
static json_t *route_url(const struct session *session, const char *key)
{
    const char *base = json_string_at(session->api, "apiEndpoint");
    const char *path = strchr(key, '/');

    return *base ? json_sprintf("%s%s", base, path ? path : "/") : json_null();
}

static json_t *routes_of(const struct session *session, const struct remote *remote)
{
    json_t *list = json_array();
    size_t i;
    json_t *route;

    json_array_foreach (session->routes, i, route) {
        const char *key = json_string_at(route, "routeKey");

        if (strcmp(json_string_at(route, "operationName"), remote->function->name) == 0)
            json_array_append_new(
                list, json_pack("{s:s, s:o}", "route", key, "url", route_url(session, key)));
    }
    return list;
}

/* Whether a schedule's target is the function or one of its aliases. */
static bool calls_function(const json_t *schedule, const struct remote *remote)
{
    const char *start = strstr(json_string_at(schedule, "Target.Arn"), ":function:");
    const char *name = start ? start + strlen(":function:") : "";
    size_t len = strlen(remote->name);

    return strncmp(name, remote->name, len) == 0 && (name[len] == ':' || name[len] == '\0');
}

static json_t *schedules_of(const struct session *session, const struct remote *remote)
{
    json_t *list = json_array();
    const char *name;
    json_t *schedule;

    json_object_foreach (session->schedules, name, schedule) {
        if (calls_function(schedule, remote))
            json_array_append_new(
                list, json_pack("{s:s, s:s, s:s, s:b}", "name", name, "expression",
                                json_string_at(schedule, "ScheduleExpression"), "timezone",
                                json_string_at(schedule, "ScheduleExpressionTimezone"), "enabled",
                                strcmp(json_string_at(schedule, "State"), "DISABLED") != 0));
    }
    return list;
}

/* What polls for the function: queues and streams with the state of their mapping. */
static json_t *triggers_of(const struct remote *remote)
{
    json_t *list = json_array(), *mapping;
    size_t i;

    json_array_foreach (remote->mappings, i, mapping)
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:s?}", "source", json_string_at(mapping, "EventSourceArn"),
                            "state", json_string_at(mapping, "State"), "result",
                            json_string_value(json_object_get(mapping, "LastProcessingResult"))));
    return list;
}

/* The versions beside the live one that take a share of the calls: {"4": 0.1}; null without. */
static json_t *weights_of(const struct remote *remote)
{
    json_t *weights = json_at(remote->alias, "RoutingConfig.AdditionalVersionWeights");

    return json_object_size(weights) ? json_incref(weights) : json_null();
}

static json_t *function_status(const struct session *session, const struct remote *remote)
{
    const json_t *configuration = remote->configuration;
    const json_t *architectures = json_object_get(configuration, "Architectures");
    json_t *status =
        json_pack("{s:s, s:s}", "name", remote->function->name, "remote", remote->name);

    json_object_set_new(status, "state", text_or_null(json_string_at(configuration, "State")));
    json_object_set_new(status, "version",
                        text_or_null(json_string_at(remote->alias, "FunctionVersion")));
    json_object_set_new(status, "weights", weights_of(remote));
    json_object_set_new(status, "runtime", text_or_null(json_string_at(configuration, "Runtime")));
    if (json_array_size(architectures))
        json_object_set(status, "architecture", json_array_get(architectures, 0));
    json_object_set_new(status, "memory", json_integer(json_int_at(configuration, "MemorySize")));
    json_object_set_new(status, "timeout", json_integer(json_int_at(configuration, "Timeout")));
    json_object_set_new(status, "code_size", json_integer(json_int_at(configuration, "CodeSize")));
    json_object_set_new(status, "modified",
                        text_or_null(json_string_at(configuration, "LastModified")));
    json_object_set_new(status, "url", text_or_null(json_string_at(remote->url, "FunctionUrl")));
    json_object_set_new(status, "routes", routes_of(session, remote));
    json_object_set_new(status, "schedules", schedules_of(session, remote));
    json_object_set_new(status, "triggers", triggers_of(remote));
    return status;
}

int aws_status(struct session *session, json_t **status, struct err *err)
{
    json_t *functions;

    if (observe_detailed(session, err) < 0)
        return -1;
    functions = json_array();
    for (size_t i = 0; i < session->count; i++) {
        if (session->remotes[i].configuration && session_owns(session, session->remotes[i].tags))
            json_array_append_new(functions, function_status(session, &session->remotes[i]));
    }
    *status = json_pack("{s:o, s:o}", "functions", functions, "api",
                        text_or_null(json_string_at(session->api, "apiEndpoint")));
    return 0;
}
