#include "core/hash.h"
#include "core/json.h"
#include "core/memory.h"
#include "providers/aws/wire/event_stream.h"
#include "providers/local/engine/run/invoke.h"
#include "providers/local/engine/services/lambda.h"

#include <stdlib.h>
#include <string.h>

/*
 * InvokeWithResponseStream: PayloadChunk events as the function writes, then one InvokeComplete.
 * https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html
 */

struct call {
    struct request *request; /* until the answer begins */
    struct stream *stream;   /* NULL: it has not begun, or the client went away */
    bool begun, log;
    char *version;
};

static void gone(void *context)
{
    struct call *call = context;

    call->stream = NULL;
}

static void begin(struct call *call)
{
    struct strlist headers;

    if (call->begun)
        return;
    call->begun = true;
    strlist_init(&headers);
    strlist_add(&headers, "Content-Type: application/vnd.amazon.eventstream");
    strlist_addf(&headers, "X-Amz-Executed-Version: %s", call->version);
    call->stream = request_stream(call->request, 200, &headers, gone, call);
    call->request = NULL;
    strlist_release(&headers);
}

static void write_event(struct call *call, const char *name, const void *data, size_t len,
                        const char *type)
{
    struct event_message message = {.kind = EVENT_MESSAGE, .payload = data, .payload_len = len};
    struct buf out;

    if (!call->stream)
        return;
    snprintf(message.name, sizeof(message.name), "%s", name);
    message.type = type;
    buf_init(&out, 0);
    event_stream_write(&out, &message);
    stream_write(call->stream, out.data, out.len);
    buf_release(&out);
}

static void take_piece(void *context, const void *data, size_t len, bool http)
{
    (void)http;
    begin(context);
    write_event(context, "PayloadChunk", data, len, "application/octet-stream");
}

/* The last event: whether it failed, how, and the log when that was asked for. */
static void complete(struct call *call, const struct invoke_outcome *outcome)
{
    json_t *body = json_object();
    char *text;

    if (outcome->function_error) {
        json_object_set_new(body, "ErrorCode", json_string(outcome->function_error));
        json_object_set_new(body, "ErrorDetails",
                            json_stringn(outcome->payload, outcome->payload_len));
    }
    if (call->log) {
        char *log = hash_base64(outcome->log, outcome->log_len);

        json_object_set_new(body, "LogResult", json_string(log));
        free(log);
    }
    text = json_dumps(body, JSON_COMPACT);
    write_event(call, "InvokeComplete", text, strlen(text), NULL);
    free(text);
    json_decref(body);
}

static void finish(void *context, const struct invoke_outcome *outcome)
{
    struct call *call = context;

    if (outcome->throttled) {
        request_fail(call->request, 429, "TooManyRequestsException", "Rate Exceeded.");
    } else {
        begin(call);
        if (!outcome->function_error && outcome->payload_len)
            write_event(call, "PayloadChunk", outcome->payload, outcome->payload_len,
                        "application/octet-stream");
        complete(call, outcome);
        if (call->stream)
            stream_end(call->stream);
    }
    free(call->version);
    free(call);
}

static void start(struct request *request, const struct function_version *version)
{
    const char *log_type = request_header(request, "X-Amz-Log-Type");
    struct call *call = xcalloc(1, sizeof(*call));

    *call = (struct call){.request = request,
                          .log = log_type && strcmp(log_type, "Tail") == 0,
                          .version = xstrdup(version->version)};
    invoke_stream(request->engine->invoker, version, request->id,
                  request->body.len ? request->body.data : "{}",
                  request->body.len ? request->body.len : 2,
                  request_header(request, "X-Amz-Client-Context"), take_piece, finish, call);
}

void lambda_invoke_stream(struct request *request, json_t *input)
{
    const char *type = request_header(request, "X-Amz-Invocation-Type");
    struct function_version version = {0};
    struct function_name name;
    struct err err = {0};

    if (!lambda_name(request, input, &name))
        return;
    if (functions_resolve(request->engine, name.name, name.qualifier, &version, &err) < 0)
        lambda_not_found(request, &name);
    else if (type && strcmp(type, "DryRun") == 0)
        request_respond(request, 204, NULL, NULL, 0);
    else if (type && strcmp(type, "RequestResponse") != 0)
        request_fail(request, 400, "InvalidParameterValueException",
                     "'%s' is no invocation type: RequestResponse and DryRun are", type);
    else if (lambda_payload_fits(request))
        start(request, &version);
    function_version_release(&version);
}
