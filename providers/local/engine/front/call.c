#include "providers/local/engine/front/call.h"

#include "core/memory.h"
#include "providers/aws/wire/sigv4.h"
#include "providers/local/engine/front/access_log.h"
#include "providers/local/engine/front/call_stream.h"
#include "providers/local/engine/front/cors.h"
#include "providers/local/engine/run/outcome.h"

#include <stdlib.h>
#include <string.h>

void call_free(struct call *call)
{
    function_version_release(&call->version);
    json_decref(call->row);
    json_decref(call->route);
    json_decref(call->parameters);
    json_decref(call->authorizer);
    free(call->id);
    free(call->prefix);
    free(call->path);
    free(call->route_key);
    buf_release(&call->prelude);
    free(call);
}

void call_respond(struct call *call, int status, struct strlist *headers, const void *body,
                  size_t len)
{
    cors_apply(call->cors, call->request, false, headers);
    access_log_write(call, status, len);
    request_respond(call->request, status, headers, body, len);
    call_free(call);
}

void call_refuse(struct call *call, int status, const char *message, const char *header)
{
    json_t *body = json_pack("{s:s}", status == 403 ? call->door->key : "message", message);
    char *text = json_dumps(body, JSON_COMPACT);
    struct strlist headers;

    strlist_init(&headers);
    strlist_add(&headers, "Content-Type: application/json");
    if (header)
        strlist_add(&headers, header);
    call_respond(call, status, &headers, text, strlen(text));
    strlist_release(&headers);
    free(text);
    json_decref(body);
}

/* The result as the response; what is wrong with it is in the engine's log. */
static void respond_result(struct call *call, const struct invoke_outcome *outcome)
{
    struct event_response response = {0};
    struct err err = {0};

    /* Of a function that does not stream, the result is the body as it is. */
    if (call->streams && !outcome->http) {
        response.status = 200;
        strlist_add(&response.headers, "Content-Type: application/octet-stream");
        buf_append(&response.body, outcome->payload, outcome->payload_len);
    } else if (event_to_http(outcome->payload, outcome->payload_len, outcome->http,
                             call->door->type, &response, &err) < 0) {
        engine_log("%s: the result is no HTTP response: %s", call->version.name, err.message);
        event_response_release(&response);
        call_refuse(call, call->door->failed, "Internal Server Error", NULL);
        return;
    }
    call_respond(call, response.status, &response.headers, response.body.data, response.body.len);
    event_response_release(&response);
}

static void on_outcome(void *context, const struct invoke_outcome *outcome)
{
    struct call *call = context;

    if (call_stream_end(call))
        return;
    if (outcome->throttled)
        call_refuse(call, 429, "Too Many Requests", NULL);
    else if (outcome->function_error || call->refused || call->prelude.len)
        call_refuse(call, call->door->failed, "Internal Server Error", NULL);
    else
        respond_result(call, outcome);
}

struct event_request call_event(const struct call *call)
{
    const struct request *request = call->request;

    return (struct event_request){
        .method = request->method,
        .path = call->path,
        .decode = call->door == &api_door,
        .query = request->query,
        .headers = &request->headers,
        .body = request->body.data,
        .body_len = request->body.len,
        .prefix = call->prefix,
        .id = call->id,
        .account = call->account ? call->account : ENGINE_ACCOUNT,
        .route_key = call->route_key,
        .parameters = call->parameters,
        .variables = json_object_get(call->stage, "stageVariables"),
        .authorizer = call->authorizer,
        .request_id = request->id,
        .now = clock_now(request->engine->clock),
    };
}

void call_run(struct call *call)
{
    struct request *request = call->request;
    const struct event_request event = call_event(call);
    char *payload = event_from_http(&event);

    call->asked = outcome_clock();
    if (request->engine->front->stopping)
        call_refuse(call, 503, "Service Unavailable", NULL);
    else if (!payload)
        call_refuse(call, 400, "Bad Request", NULL);
    else
        invoke_stream(request->engine->invoker, &call->version, request->id, payload,
                      strlen(payload), NULL, call->streams ? call_stream_piece : NULL, on_outcome,
                      call);
    free(payload);
}

bool call_is_signed(struct call *call)
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
    if (sigv4_verify(&signed_request, &claim, &key, clock_now(engine->clock), &err) < 0)
        return false;
    call->authorizer = json_pack(
        "{s:{s:s, s:s, s:s, s:n, s:n, s:s, s:s}}", "iam", "accessKey", engine->key_id, "accountId",
        ENGINE_ACCOUNT, "callerId", engine->key_id, "cognitoIdentity", "principalOrgId", "userArn",
        "arn:aws:iam::" ENGINE_ACCOUNT ":user/local", "userId", engine->key_id);
    return true;
}
