#include "providers/local/engine/front/front.h"

#include "core/event.h"
#include "core/json.h"
#include "core/memory.h"
#include "core/routes.h"
#include "providers/aws/wire/endpoints.h"
#include "providers/aws/wire/sigv4.h"
#include "providers/local/engine/front/cors.h"
#include "providers/local/engine/run/functions.h"
#include "providers/local/engine/run/invoke.h"
#include "providers/local/engine/store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The two kinds of front doors: where they differ. */
struct door {
    const char *prefix;
    const char *key;  /* of the message in the body of a refusal */
    const char *type; /* Content-Type of a response without one */
    const char *service;
    int failed;    /* status when the function fails */
    int preflight; /* status of the answer to a preflight */
};

static const struct door url_door = {"/_fnctl/url/", "Message", "application/json",
                                     "lambda",       502,       200};
static const struct door api_door = {"/_fnctl/api/", "message", "text/plain; charset=utf-8",
                                     "execute-api",  500,       204};

/* A request on its way through a function. */
struct call {
    const struct door *door;
    struct request *request;
    struct function_version version;
    json_t *cors; /* the door's rules; NULL: none */
    json_t *row;  /* of the table: holds `cors` and what was looked up */
    json_t *parameters;
    char *id;     /* of the URL or API */
    char *prefix; /* "/_fnctl/url/ID" */
    char *path;   /* the rest, beginning with "/" */
    char *route_key;
    bool raw; /* a streamed result without prelude is the body as it is */
};

static void free_call(struct call *call)
{
    function_version_release(&call->version);
    json_decref(call->row);
    json_decref(call->parameters);
    free(call->id);
    free(call->prefix);
    free(call->path);
    free(call->route_key);
    free(call);
}

/* Answers and ends the call. */
static void respond(struct call *call, int status, struct strlist *headers, const void *body,
                    size_t len)
{
    cors_apply(call->cors, call->request, false, headers);
    request_respond(call->request, status, headers, body, len);
    free_call(call);
}

static void refuse(struct call *call, int status, const char *message)
{
    json_t *body = json_pack("{s:s}", status == 403 ? call->door->key : "message", message);
    char *text = json_dumps(body, JSON_COMPACT);
    struct strlist headers;

    strlist_init(&headers);
    strlist_add(&headers, "Content-Type: application/json");
    respond(call, status, &headers, text, strlen(text));
    strlist_release(&headers);
    free(text);
    json_decref(body);
}

/* The result as the response; what is wrong with it is in the engine's log. */
static void respond_result(struct call *call, const struct invoke_outcome *outcome)
{
    struct event_response response = {0};
    struct err err = {0};

    if (call->raw && !outcome->http) {
        response.status = 200;
        strlist_add(&response.headers, "Content-Type: application/octet-stream");
        buf_append(&response.body, outcome->payload, outcome->payload_len);
    } else if (event_to_http(outcome->payload, outcome->payload_len, outcome->http,
                             call->door->type, &response, &err) < 0) {
        engine_log("%s: the result is no HTTP response: %s", call->version.name, err.message);
        event_response_release(&response);
        refuse(call, call->door->failed, "Internal Server Error");
        return;
    }
    respond(call, response.status, &response.headers, response.body.data, response.body.len);
    event_response_release(&response);
}

static void on_outcome(void *context, const struct invoke_outcome *outcome)
{
    struct call *call = context;

    if (outcome->throttled)
        refuse(call, 429, "Too Many Requests");
    else if (outcome->function_error)
        refuse(call, call->door->failed, "Internal Server Error");
    else
        respond_result(call, outcome);
}

static void run(struct call *call, const char *account)
{
    struct request *request = call->request;
    struct event_request event = {
        .method = request->method,
        .path = call->path,
        .decode = call->door == &api_door,
        .query = request->query,
        .headers = &request->headers,
        .body = request->body.data,
        .body_len = request->body.len,
        .prefix = call->prefix,
        .id = call->id,
        .account = account,
        .route_key = call->route_key,
        .parameters = call->parameters,
        .request_id = request->id,
        .now = clock_now(request->engine->clock),
    };
    char *payload = event_from_http(&event);

    if (!payload)
        refuse(call, 400, "Bad Request");
    else
        invoke_sync(request->engine->invoker, &call->version, request->id, payload, strlen(payload),
                    NULL, on_outcome, call);
    free(payload);
}

/* Whether the request is signed with our key for this service. */
static bool is_signed(const struct call *call)
{
    const struct request *request = call->request;
    const struct engine *engine = request->engine;
    struct sigv4_request signed_request = {.method = request->method,
                                           .path = request->path,
                                           .query = request->query,
                                           .headers = &request->headers,
                                           .body = request->body.data,
                                           .body_len = request->body.len,
                                           .normalize = true};
    struct sigv4_claim claim;
    struct sigv4_key key = {.id = engine->key_id, .secret = engine->secret};
    struct err err = {0};

    if (sigv4_claim(&signed_request, &claim, &err) < 0 ||
        strcmp(claim.key_id, engine->key_id) != 0 ||
        strcmp(claim.service, call->door->service) != 0)
        return false;
    key.region = claim.region;
    key.service = claim.service;
    return sigv4_verify(&signed_request, &claim, &key, clock_now(engine->clock), &err) == 0;
}

/* Forgotten permissions show here as they do on AWS. */
static bool permits_url(const struct call *call, const char *qualifier)
{
    struct engine *engine = call->request->engine;
    struct function_access url = {"lambda:InvokeFunctionUrl", "*", NULL, true};
    struct function_access function = {"lambda:InvokeFunction", "*", NULL, true};

    if (functions_permit(engine, call->version.name, qualifier, &url) &&
        functions_permit(engine, call->version.name, qualifier, &function))
        return true;
    engine_log("%s: the function URL is forbidden: the resource policy must allow everybody "
               "lambda:InvokeFunctionUrl and, via the URL, lambda:InvokeFunction",
               call->version.name);
    return false;
}

static void call_url(struct call *call)
{
    struct engine *engine = call->request->engine;
    const char *function, *qualifier;
    struct err err = {0};
    bool iam;

    call->row = store_row(engine->store,
                          "SELECT function, qualifier, auth_type, cors AS \"{cors\", invoke_mode "
                          "FROM urls WHERE id = ?",
                          "s", call->id);
    if (!call->row) {
        refuse(call, 404, "Not Found");
        return;
    }
    call->cors = json_object_get(call->row, "cors");
    call->raw = strcmp(json_string_at(call->row, "invoke_mode"), "RESPONSE_STREAM") == 0;
    call->route_key = xstrdup("$default");
    function = json_string_at(call->row, "function");
    qualifier = json_string_at(call->row, "qualifier");
    iam = strcmp(json_string_at(call->row, "auth_type"), "AWS_IAM") == 0;
    if (functions_resolve(engine, function, *qualifier ? qualifier : NULL, &call->version, &err) <
        0)
        refuse(call, 404, "Not Found");
    else if (iam ? !is_signed(call) : !permits_url(call, qualifier))
        refuse(call, 403,
               "Forbidden. For troubleshooting Function URL authorization issues, see: "
               "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html");
    else
        run(call, iam ? ENGINE_ACCOUNT : "anonymous");
}

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
static char *integration_target(const char *uri)
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

static bool permits_api(const struct call *call, const char *target)
{
    const char *route_path = strchr(call->route_key, ' ');
    const char *region = strstr(target, ":lambda:");
    const char *account = region ? region + strlen(":lambda:") : "";
    struct function_access access = {"lambda:InvokeFunction", "apigateway.amazonaws.com", NULL,
                                     false};
    size_t len = strcspn(account, ":");
    char *source;
    bool permitted;

    source = xasprintf("arn:%s:execute-api:%.*s:" ENGINE_ACCOUNT ":%s/$default/%s%s",
                       endpoint_partition(account), (int)len, account, call->id,
                       route_path ? call->request->method : "$default",
                       route_path ? route_path + 1 : "");
    access.source_arn = source;
    permitted =
        functions_permit(call->request->engine, call->version.name, arn_qualifier(target), &access);
    if (!permitted)
        engine_log("%s: the route '%s' may not call it: the resource policy must allow "
                   "apigateway.amazonaws.com lambda:InvokeFunction from %s",
                   call->version.name, call->route_key, source);
    free(source);
    return permitted;
}

static void call_route(struct call *call, const json_t *route)
{
    const char *uri = json_string_at(route, "integration.integrationUri");
    const char *format = json_string_at(route, "integration.payloadFormatVersion");
    bool iam = strcmp(json_string_at(route, "route.authorizationType"), "AWS_IAM") == 0;
    char *target = integration_target(uri);
    struct err err = {0};

    call->route_key = xstrdup(json_string_at(route, "route_key"));
    call->parameters = json_object();
    route_matches(call->route_key, call->request->method, call->path, call->parameters);
    if (iam && !is_signed(call)) {
        refuse(call, 403, "Forbidden");
    } else if (strcmp(format, "2.0") != 0) {
        engine_log("API %s: the local engine sends payload format 2.0, not '%s'", call->id, format);
        refuse(call, 500, "Internal Server Error");
    } else if (functions_resolve(call->request->engine, target, NULL, &call->version, &err) < 0) {
        engine_log("API %s: %s", call->id, err.message);
        refuse(call, 500, "Internal Server Error");
    } else if (!permits_api(call, target)) {
        refuse(call, 500, "Internal Server Error");
    } else {
        run(call, ENGINE_ACCOUNT);
    }
    free(target);
}

static void call_api(struct call *call)
{
    json_t *route;

    call->row = store_row(call->request->engine->store,
                          "SELECT document AS \"{document\" FROM apis WHERE id = ?", "s", call->id);
    if (!call->row) {
        refuse(call, 404, "Not Found");
        return;
    }
    call->cors = json_at(call->row, "document.corsConfiguration");
    route = find_route(call);
    if (route)
        call_route(call, route);
    else
        refuse(call, 404, "Not Found");
    json_decref(route);
}

/* Splits /_fnctl/url/ID/rest. */
static struct call *make_call(const struct door *door, struct request *request)
{
    struct call *call = xcalloc(1, sizeof(*call));
    const char *id = request->path + strlen(door->prefix);
    size_t len = strcspn(id, "/");

    call->door = door;
    call->request = request;
    call->id = xstrndup(id, len);
    call->prefix = xasprintf("%s%s", door->prefix, call->id);
    call->path = xstrdup(id[len] ? id + len : "/");
    return call;
}

/* Answers a preflight when the door has rules; else it is a request like any other. */
static bool answer_preflight(struct call *call)
{
    static const char *const queries[] = {
        "SELECT cors AS \"{cors\" FROM urls WHERE id = ?",
        "SELECT document AS \"{document\" FROM apis WHERE id = ?"};
    bool url = call->door == &url_door;
    json_t *row, *rules;
    struct strlist headers;

    if (!cors_is_preflight(call->request))
        return false;
    row = store_row(call->request->engine->store, queries[url ? 0 : 1], "s", call->id);
    rules = url ? json_object_get(row, "cors") : json_at(row, "document.corsConfiguration");
    if (rules) {
        strlist_init(&headers);
        cors_apply(rules, call->request, true, &headers);
        request_respond(call->request, call->door->preflight, &headers, NULL, 0);
        strlist_release(&headers);
        free_call(call);
    }
    json_decref(row);
    return rules != NULL;
}

bool front_handle(struct request *request)
{
    const struct door *doors[] = {&url_door, &api_door};

    for (size_t i = 0; i < 2; i++) {
        struct call *call;

        if (strncmp(request->path, doors[i]->prefix, strlen(doors[i]->prefix)) != 0)
            continue;
        call = make_call(doors[i], request);
        if (answer_preflight(call))
            return true;
        if (i == 0)
            call_url(call);
        else
            call_api(call);
        return true;
    }
    return false;
}
