#include "providers/local/engine/run/runtime_api.h"

#include "core/clock.h"
#include "core/hash.h"
#include "core/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { RESULT_MAX = 6 * 1024 * 1024 + 100 };

void runtime_api_refuse(struct request *request, int status, const char *type, const char *message)
{
    request_respond_json(request, status,
                         json_pack("{s:s, s:s}", "errorType", type, "errorMessage", message));
}

static void accept(struct request *request)
{
    request_respond_json(request, 202, json_pack("{s:s}", "status", "OK"));
}

static void next(struct environment *environment, struct request *request, const char *id)
{
    (void)id;
    environment_next(environment, request);
}

/* Whether the request is about the invocation that runs and has no result yet; else answered. */
static bool fits(struct environment *environment, struct request *request, const char *id)
{
    if (environment->state != ENVIRONMENT_BUSY || !environment->current) {
        runtime_api_refuse(request, 403, "InvalidStateTransition",
                           "State transition is not allowed");
        return false;
    }
    if (strcmp(environment->current->request_id, id) != 0) {
        runtime_api_refuse(request, 400, "InvalidRequestID", "Invalid request ID");
        return false;
    }
    if (environment->current->answered) {
        runtime_api_refuse(request, 403, "InvalidStateTransition",
                           "State transition is not allowed");
        return false;
    }
    return true;
}

static bool header_is(const struct request *request, const char *name, const char *value)
{
    const char *header = request_header(request, name);

    return header && strncasecmp(header, value, strlen(value)) == 0;
}

static bool is_http(const struct request *request)
{
    return header_is(request, "Content-Type",
                     "application/vnd.awslambda.http-integration-response");
}

/* Browsers name the page that asks in one of these; runtimes send neither. */
static bool is_from_runtime(const struct request *request)
{
    return request_is_local(request) && !request_header(request, "Origin") &&
           !request_header(request, "Sec-Fetch-Site");
}

/* An error in the middle of a streamed result, which says it behind: its body in base64. */
static void use_trailer(struct request *request)
{
    const char *encoded = request_header(request, "Lambda-Runtime-Function-Error-Body");
    size_t len = 0;
    void *body = encoded ? hash_unbase64(encoded, strlen(encoded), &len) : NULL;

    if (!body)
        return;
    buf_clear(&request->body);
    buf_append(&request->body, body, len);
    free(body);
}

/* Lambda's own words for a result that is too large. */
static void refuse_size(struct environment *environment, struct request *request)
{
    static const char type[] = "Function.ResponseSizeTooLarge";
    struct buf body = request->body;
    char text[256];

    snprintf(text, sizeof(text),
             "{\"errorMessage\":\"Response payload size exceeded maximum allowed payload size "
             "(6291556 bytes).\",\"errorType\":\"%s\"}",
             type);
    request->body = (struct buf){.data = text, .len = strlen(text)};
    environment_result(environment, request, true, false, type);
    request->body = body;
    runtime_api_refuse(request, 413, "RequestEntityTooLarge",
                       "Exceeded maximum allowed payload size (6291556 bytes).");
}

static void response(struct environment *environment, struct request *request, const char *id)
{
    bool http = is_http(request);
    const char *error = request_header(request, "Lambda-Runtime-Function-Error-Type");

    if (!fits(environment, request, id))
        return;
    if (request->too_long || request->body.len > RESULT_MAX) {
        refuse_size(environment, request);
        return;
    }
    use_trailer(request);
    environment_result(environment, request, error != NULL, http, error);
    accept(request);
}

static void error(struct environment *environment, struct request *request, const char *id)
{
    const char *type = request_header(request, "Lambda-Runtime-Function-Error-Type");

    if (!fits(environment, request, id))
        return;
    if (request->too_long || request->body.len > RESULT_MAX) {
        refuse_size(environment, request);
        return;
    }
    environment_result(environment, request, true, false, type ? type : "Runtime.Unknown");
    accept(request);
}

static void init_error(struct environment *environment, struct request *request, const char *id)
{
    (void)id;
    if (environment->state != ENVIRONMENT_STARTING) {
        runtime_api_refuse(request, 403, "InvalidStateTransition",
                           "State transition is not allowed");
        return;
    }
    environment_init_failed(environment, request,
                            request_header(request, "Lambda-Runtime-Function-Error-Type"));
    accept(request);
}

/* What belongs to SnapStart: there are no snapshots here. */
static void restore(struct environment *environment, struct request *request, const char *id)
{
    (void)environment;
    (void)id;
    runtime_api_refuse(request, 403, "InvalidStateTransition", "State transition is not allowed");
}

/* Extensions register, are never called, and end with the environment. */
static void extension(struct environment *environment, struct request *request, const char *id)
{
    struct strlist headers;
    char uuid[UUID_LEN];
    char *body = NULL;
    json_t *reply = json_pack("{s:s, s:s, s:s}", "functionName", environment->version.name,
                              "functionVersion", environment->version.version, "handler",
                              environment->version.handler ? environment->version.handler : "");

    (void)id;
    hash_uuid(uuid);
    strlist_init(&headers);
    strlist_addf(&headers, "Lambda-Extension-Identifier: %s", uuid);
    strlist_add(&headers, "Content-Type: application/json");
    body = json_dumps(reply, JSON_COMPACT);
    request_respond(request, 200, &headers, body, strlen(body));
    free(body);
    json_decref(reply);
    strlist_release(&headers);
}

static void telemetry(struct environment *environment, struct request *request, const char *id)
{
    (void)environment;
    (void)id;
    request_respond_json(request, 202,
                         json_pack("{s:s, s:s}", "errorType", "Telemetry.NotSupported",
                                   "errorMessage", "Telemetry API is not supported"));
}

static void ping(struct environment *environment, struct request *request, const char *id)
{
    (void)environment;
    (void)id;
    request_respond(request, 200, NULL, "pong", 4);
}

/* `path` with one "*", which matches the request's id. */
static const struct route {
    const char *method, *path;
    void (*handle)(struct environment *environment, struct request *request, const char *id);
} routes[] = {
    {"GET", "/2018-06-01/runtime/invocation/next", next},
    {"POST", "/2018-06-01/runtime/invocation/*/response", response},
    {"POST", "/2018-06-01/runtime/invocation/*/error", error},
    {"POST", "/2018-06-01/runtime/init/error", init_error},
    {"GET", "/2018-06-01/runtime/restore/next", restore},
    {"POST", "/2018-06-01/runtime/restore/error", restore},
    {"GET", "/2018-06-01/ping", ping},
    {"POST", "/2020-01-01/extension/register", extension},
    {"PUT", "/2020-08-15/logs", telemetry},
    {"PUT", "/2022-07-01/telemetry", telemetry},
};

/* Whether the path fits; `id` takes what stands for "*". */
static bool matches(const char *pattern, const char *path, char *id, size_t size)
{
    const char *star = strchr(pattern, '*');
    size_t before = star ? (size_t)(star - pattern) : 0;
    size_t len;

    *id = '\0';
    if (!star)
        return strcmp(pattern, path) == 0;
    if (strncmp(pattern, path, before) != 0)
        return false;
    len = strcspn(path + before, "/");
    if (len == 0 || len >= size || strcmp(path + before + len, star + 1) != 0)
        return false;
    memcpy(id, path + before, len);
    id[len] = '\0';
    return true;
}

/* The invocation that waits for the pieces of this result; NULL: it is another's, or over. */
static struct invocation *waiting_for(const struct request *request)
{
    const struct environment *environment = request->listener;
    struct invocation *invocation = environment->current;
    char id[128];

    if (environment->state == ENVIRONMENT_BUSY && invocation && invocation->piece &&
        !invocation->answered &&
        matches("/2018-06-01/runtime/invocation/*/response", request->path, id, sizeof(id)) &&
        strcmp(invocation->request_id, id) == 0)
        return invocation;
    return NULL;
}

static void take_piece(struct request *request, const void *data, size_t len)
{
    struct invocation *invocation = waiting_for(request);

    if (!invocation || request->too_long)
        return;
    request->too_long = invocation->streamed + len > INVOKE_STREAM_MAX;
    if (request->too_long)
        return;
    invocation->streamed += len;
    invocation->piece(invocation->context, data, len, is_http(request));
}

void runtime_api_look(struct request *request)
{
    if (is_from_runtime(request) && strcmp(request->method, "POST") == 0 &&
        header_is(request, "Lambda-Runtime-Function-Response-Mode", "streaming") &&
        waiting_for(request))
        request->take = take_piece;
}

void runtime_api_handle(struct request *request)
{
    char id[128];

    if (!is_from_runtime(request)) {
        runtime_api_refuse(request, 403, "AccessDenied", "this address is for runtimes only");
        return;
    }
    for (size_t i = 0; i < sizeof(routes) / sizeof(*routes); i++) {
        if (strcmp(routes[i].method, request->method) == 0 &&
            matches(routes[i].path, request->path, id, sizeof(id))) {
            routes[i].handle(request->listener, request, id);
            return;
        }
    }
    request_respond(request, 404, NULL, "404 page not found\n", 19);
}

static void add_trace(struct strlist *headers, int64_t now)
{
    unsigned char random[20];
    char hex[41];

    hash_random(random, sizeof(random));
    hash_hex(random, sizeof(random), hex);
    strlist_addf(headers, "Lambda-Runtime-Trace-Id: Root=1-%08llx-%.24s;Parent=%.16s;Sampled=0",
                 (long long)(now / 1000), hex, hex + 24);
}

void runtime_api_send(struct request *request, const struct environment *environment,
                      int64_t timeout)
{
    const struct invocation *invocation = environment->current;
    int64_t now = clock_now(environment->ground->engine->clock);
    struct strlist headers;

    strlist_init(&headers);
    strlist_add(&headers, "Content-Type: application/json");
    strlist_addf(&headers, "Lambda-Runtime-Aws-Request-Id: %s", invocation->request_id);
    strlist_addf(&headers, "Lambda-Runtime-Deadline-Ms: %lld", (long long)(now + timeout));
    strlist_addf(&headers, "Lambda-Runtime-Invoked-Function-Arn: %s", invocation->arn);
    add_trace(&headers, now);
    if (invocation->client_context)
        strlist_addf(&headers, "Lambda-Runtime-Client-Context: %s", invocation->client_context);
    request_respond(request, 200, &headers, invocation->payload, invocation->len);
    strlist_release(&headers);
}
