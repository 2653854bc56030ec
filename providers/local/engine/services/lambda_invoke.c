#include "core/json.h"
#include "core/memory.h"
#include "providers/local/engine/run/invoke.h"
#include "providers/local/engine/services/lambda.h"

#include <stdlib.h>
#include <string.h>

enum { SYNC_MAX = 6 * 1024 * 1024, ASYNC_MAX = 1024 * 1024 };

/* Tells whose concurrency is used up: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */
static void refuse(struct request *request, bool reserved)
{
    const char *reason = reserved ? "ReservedFunctionConcurrentInvocationLimitExceeded"
                                  : "ConcurrentInvocationLimitExceeded";
    json_t *body =
        json_pack("{s:s, s:s, s:s}", "Reason", reason, "Type", "User", "message", "Rate Exceeded.");
    char *text = json_dumps(body, JSON_COMPACT);
    struct strlist headers;

    strlist_init(&headers);
    strlist_add(&headers, "Content-Type: application/json");
    strlist_add(&headers, "x-amzn-errortype: TooManyRequestsException");
    strlist_add(&headers, "Retry-After: 1");
    request_respond(request, 429, &headers, text, strlen(text));
    strlist_release(&headers);
    free(text);
    json_decref(body);
}

static void answer(void *context, const struct invoke_outcome *outcome)
{
    struct request *request = context;
    const char *log_type = request_header(request, "X-Amz-Log-Type");
    struct strlist headers;

    if (outcome->throttled) {
        refuse(request, outcome->reserved);
        return;
    }
    strlist_init(&headers);
    strlist_add(&headers, "Content-Type: application/json");
    strlist_addf(&headers, "X-Amz-Executed-Version: %s", outcome->version);
    if (outcome->function_error)
        strlist_addf(&headers, "X-Amz-Function-Error: %s", outcome->function_error);
    if (log_type && strcmp(log_type, "Tail") == 0) {
        char *log = hash_base64(outcome->log, outcome->log_len);

        strlist_addf(&headers, "X-Amz-Log-Result: %s", log);
        free(log);
    }
    request_respond(request, 200, &headers, outcome->payload, outcome->payload_len);
    strlist_release(&headers);
}

/* Payloads are JSON, of limited size. */
static bool payload_fits(struct request *request, size_t max)
{
    const struct buf *body = &request->body;
    json_error_t error;
    json_t *value;

    if (body->len > max) {
        request_fail(request, 413, "RequestTooLargeException",
                     "%zu byte payload is too large for the %s invocation type (limit %zu bytes)",
                     body->len, max == ASYNC_MAX ? "Event" : "RequestResponse", max);
        return false;
    }
    value = body->len ? json_loadb(body->data, body->len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error)
                      : json_null();
    if (!value)
        request_fail(request, 400, "InvalidRequestContentException",
                     "Could not parse request body into json: Could not parse payload into json: "
                     "%s",
                     error.text);
    json_decref(value);
    return value != NULL;
}

bool lambda_payload_fits(struct request *request)
{
    return payload_fits(request, SYNC_MAX);
}

static void queue_event(struct request *request, const struct function_version *version,
                        const char *payload, size_t len)
{
    struct err err = {0};

    if (!payload_fits(request, ASYNC_MAX))
        return;
    if (invoke_async(request->engine->invoker, version, request->id, payload, len, &err) < 0)
        request_fail(request, 500, "ServiceException", "%s", err.message);
    else
        request_respond(request, 202, NULL, NULL, 0);
}

void lambda_invoke(struct request *request, json_t *input)
{
    const char *type = request_header(request, "X-Amz-Invocation-Type");
    const char *payload = request->body.len ? request->body.data : "{}";
    size_t len = request->body.len ? request->body.len : 2;
    struct function_version version = {0};
    struct function_name name;
    struct err err = {0};

    if (!lambda_name(request, input, &name))
        return;
    type = type ? type : "RequestResponse";
    if (functions_resolve(request->engine, name.name, name.qualifier, &version, &err) < 0)
        lambda_not_found(request, &name);
    else if (strcmp(type, "Event") == 0)
        queue_event(request, &version, payload, len);
    else if (strcmp(type, "DryRun") == 0)
        request_respond(request, 204, NULL, NULL, 0);
    else if (strcmp(type, "RequestResponse") != 0)
        request_fail(request, 400, "InvalidParameterValueException",
                     "'%s' is no invocation type: RequestResponse, Event and DryRun are", type);
    else if (payload_fits(request, SYNC_MAX))
        invoke_sync(request->engine->invoker, &version, request->id, payload, len,
                    request_header(request, "X-Amz-Client-Context"), answer, request);
    function_version_release(&version);
}
