#include "providers/local/engine/front/api.h"

#include "core/json.h"
#include "core/memory.h"
#include "core/routes.h"
#include "providers/aws/wire/endpoints.h"
#include "providers/local/engine/front/authorize.h"
#include "providers/local/engine/front/throttle.h"
#include "providers/local/engine/store/store.h"

#include <stdlib.h>
#include <string.h>

/* The route that takes the request, with its integration; the caller owns it. */
static json_t *find_route(struct call *call)
{
    json_t *rows = store_rows(
        call->request->engine->store,
        "SELECT r.route_key, r.document AS \"{route\", i.document AS \"{integration\" "
        "FROM api_routes r LEFT JOIN api_integrations i ON i.api = r.api AND i.id = r.integration "
        "WHERE r.api = ?",
        "s", call->id);
    const char *best = NULL;
    json_t *row, *found = NULL;
    size_t i;

    json_array_foreach (rows, i, row) {
        const char *key = json_string_at(row, "route_key");

        if (route_matches(key, call->request->method, call->path, NULL) &&
            (!best || route_is_better(key, best))) {
            best = key;
            found = row;
        }
    }
    json_incref(found);
    json_decref(rows);
    return found;
}

/* The function in an integration's URI: its ARN, or API Gateway's path with the ARN in it. */
char *api_target(const char *uri)
{
    const char *start = strstr(uri, "/functions/");
    const char *end = start ? strstr(start, "/invocations") : NULL;

    if (!start || !end)
        return xstrdup(uri);
    start += strlen("/functions/");
    return xstrndup(start, (size_t)(end - start));
}

/* What stands after the function's name in an ARN; "": nothing. */
static const char *arn_qualifier(const char *arn)
{
    const char *name = strstr(arn, ":function:");
    const char *colon = name ? strchr(name + strlen(":function:"), ':') : NULL;

    return colon ? colon + 1 : "";
}

/* The start of execute-api's ARNs in the region and partition of a function's; to free(). */
static char *api_arn(const struct call *call, const char *function)
{
    const char *lambda = strstr(function, ":lambda:");
    const char *region = lambda ? lambda + strlen(":lambda:") : "";

    return xasprintf("arn:%s:execute-api:%.*s:" ENGINE_ACCOUNT ":%s", endpoint_partition(region),
                     (int)strcspn(region, ":"), region, call->id);
}

char *api_route_arn(const struct call *call, const char *function)
{
    const char *route_path = strchr(call->route_key, ' ');
    char *start = api_arn(call, function);
    char *arn =
        xasprintf("%s/$default/%s%s", start, route_path ? call->request->method : "$default",
                  route_path ? route_path + 1 : "");

    free(start);
    return arn;
}

char *api_authorizer_arn(const struct call *call, const char *function, const char *id)
{
    char *start = api_arn(call, function);
    char *arn = xasprintf("%s/authorizers/%s", start, id);

    free(start);
    return arn;
}

bool api_permits(const struct call *call, const struct function_version *version,
                 const char *target, const char *source)
{
    struct function_access access = {"lambda:InvokeFunction", "apigateway.amazonaws.com", source,
                                     false};

    if (functions_permit(call->request->engine, version->name, arn_qualifier(target), &access))
        return true;
    engine_log("%s: the route '%s' may not call it: the resource policy must allow "
               "apigateway.amazonaws.com lambda:InvokeFunction from %s",
               version->name, call->route_key, source);
    return false;
}

/* What the route leads to, once the caller is let in. */
static void call_integration(struct call *call)
{
    const char *format = json_string_at(call->route, "integration.payloadFormatVersion");
    char *target = api_target(json_string_at(call->route, "integration.integrationUri"));
    char *source = api_route_arn(call, target);
    struct err err = {0};

    if (strcmp(format, "2.0") != 0) {
        engine_log("API %s: the local engine sends payload format 2.0, not '%s'", call->id, format);
        call_refuse(call, 500, "Internal Server Error", NULL);
    } else if (functions_resolve(call->request->engine, target, NULL, &call->version, &err) < 0) {
        engine_log("API %s: %s", call->id, err.message);
        call_refuse(call, 500, "Internal Server Error", NULL);
    } else if (!api_permits(call, &call->version, target, source)) {
        call_refuse(call, 500, "Internal Server Error", NULL);
    } else {
        call_run(call);
    }
    free(source);
    free(target);
}

static void call_route(struct call *call)
{
    call->route_key = xstrdup(json_string_at(call->route, "route_key"));
    call->parameters = json_object();
    route_matches(call->route_key, call->request->method, call->path, call->parameters);
    if (!throttle_admits(call))
        call_refuse(call, 429, "Too Many Requests", NULL);
    else
        authorize(call, call_integration);
}

void api_call(struct call *call)
{
    call->row =
        store_row(call->request->engine->store,
                  "SELECT a.document AS \"{document\", s.document AS \"{stage\" FROM apis a "
                  "LEFT JOIN api_stages s ON s.api = a.id AND s.name = '$default' "
                  "WHERE a.id = ?",
                  "s", call->id);
    call->cors = json_at(call->row, "document.corsConfiguration");
    call->stage = json_object_get(call->row, "stage");
    call->route = call->row ? find_route(call) : NULL;
    if (call->route)
        call_route(call);
    else
        call_refuse(call, 404, "Not Found", NULL);
}
