#include "providers/aws/function/invoke.h"

#include "core/hash.h"
#include "core/memory.h"
#include "providers/aws/wire/event_stream.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ms that an answer may take beyond the function's own timeout: a cold start, the network. */
enum { INVOKE_GRACE = 60000 };

static const char *const mode_names[] = {
    [INVOKE_SYNC] = "RequestResponse",
    [INVOKE_ASYNC] = "Event",
    [INVOKE_DRY_RUN] = "DryRun",
};

/* A reply header's value, or NULL. */
static const char *header(const struct aws_call *call, const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < call->reply_headers.count; i++) {
        const char *line = call->reply_headers.items[i];

        if (strncasecmp(line, name, len) == 0 && line[len] == ':')
            return line + len + 1 + strspn(line + len + 1, " \t");
    }
    return NULL;
}

/* What a streamed answer is read by, on the thread that receives it. */
struct reader {
    const struct invocation *invocation;
    struct event_stream stream;
    json_t *complete; /* the payload of InvokeComplete; NULL: it has not come */
    bool stopped;     /* whoever takes the answer wants no more */
    struct err err;   /* it is no event stream */
};

static int take_event(void *context, const struct event_message *message)
{
    struct reader *reader = context;

    if (message->kind != EVENT_MESSAGE)
        return err_set(&reader->err, ERR_SERVICE, "%s: %.*s", message->name,
                       (int)(message->payload_len < 1000 ? message->payload_len : 1000),
                       (const char *)message->payload);
    if (strcmp(message->name, "InvokeComplete") == 0)
        json_replace(&reader->complete,
                     json_loadb(message->payload, message->payload_len, JSON_ALLOW_NUL, NULL));
    if (strcmp(message->name, "PayloadChunk") != 0)
        return 0;
    reader->stopped = reader->invocation->receive(reader->invocation->context, message->payload,
                                                  message->payload_len) != 0;
    return reader->stopped ? -1 : 0;
}

static int receive(void *context, const void *data, size_t len)
{
    struct reader *reader = context;

    return event_stream_feed(&reader->stream, data, len, take_event, reader, &reader->err);
}

/* As the function's answer is in a plain call: its error, its log. */
static int take_complete(const struct reader *reader, struct invoke_result *result, struct err *err)
{
    const char *code = json_string_at(reader->complete, "ErrorCode");
    const char *details = json_string_at(reader->complete, "ErrorDetails");
    const char *log = json_string_at(reader->complete, "LogResult");
    size_t len;

    if (!reader->complete)
        return err_set(err, ERR_SERVICE, "the answer of function '%s' broke off",
                       reader->invocation->function->name);
    if (*code) {
        result->function_error = xstrdup(code);
        buf_puts(&result->payload, details);
    }
    free(result->log);
    result->log = *log ? hash_unbase64(log, strlen(log), &len) : NULL;
    return 0;
}

static void fill_call(struct session *session, const struct invocation *invocation,
                      struct reader *reader, struct aws_call *call)
{
    struct remote *remote = session_remote(session, invocation->function);
    char *qualifier = aws_encode(invocation->qualifier ? invocation->qualifier : LIVE_ALIAS);

    if (invocation->receive)
        aws_call_rest(call, &aws_lambda, "InvokeWithResponseStream", "POST", NULL,
                      "/2021-11-15/functions/%s/response-streaming-invocations?Qualifier=%s",
                      remote->name, qualifier);
    else
        aws_call_rest(call, &aws_lambda, "Invoke", "POST", NULL,
                      "/2015-03-31/functions/%s/invocations?Qualifier=%s", remote->name, qualifier);
    if (invocation->receive) {
        call->receive = receive;
        call->receive_context = reader;
    }
    strlist_addf(&call->headers, "X-Amz-Invocation-Type: %s", mode_names[invocation->mode]);
    if (invocation->log)
        strlist_add(&call->headers, "X-Amz-Log-Type: Tail");
    strlist_add(&call->headers, "Content-Type: application/json");
    call->raw = xstrndup(invocation->payload ? invocation->payload : "", invocation->payload_len);
    call->raw_len = invocation->payload_len;
    call->timeout = invocation->function->timeout * 1000 + INVOKE_GRACE;
    call->once = true;
    free(qualifier);
}

static void take_payload(const struct aws_call *call, struct buf *payload)
{
    char *text = call->bytes.len || !call->reply
                     ? NULL
                     : json_dumps(call->reply, JSON_COMPACT | JSON_ENCODE_ANY);

    if (call->bytes.len)
        buf_append(payload, call->bytes.data, call->bytes.len);
    else if (text)
        buf_puts(payload, text);
    free(text);
}

static void take_result(const struct aws_call *call, struct invoke_result *result)
{
    const char *log = header(call, "x-amz-log-result");
    size_t len;

    result->status = call->status;
    result->function_error = xstrdup(header(call, "x-amz-function-error"));
    result->version = xstrdup(header(call, "x-amz-executed-version"));
    result->request_id = xstrdup(header(call, "x-amzn-requestid"));
    result->log = log ? hash_unbase64(log, strlen(log), &len) : NULL;
    take_payload(call, &result->payload);
}

/* What a call that was answered with an error code means. */
static int explain(const struct remote *remote, const struct invocation *invocation,
                   const struct aws_call *call, struct err *err)
{
    if (invocation->qualifier)
        return err_set(err, ERR_FAILED,
                       "function '%s' has no version or alias '%s'; see 'fnctl versions'",
                       remote->name, invocation->qualifier);
    return err_set(err, ERR_FAILED, "function '%s' is not deployed: %s; run 'fnctl deploy'",
                   remote->name, call->message ? call->message : call->code);
}

int aws_invoke(struct session *session, const struct invocation *invocation,
               struct invoke_result *result, struct err *err)
{
    struct remote *remote = session_remote(session, invocation->function);
    struct reader reader = {.invocation = invocation};
    struct aws_call call;
    int status;

    *result = (struct invoke_result){0};
    buf_init(&result->payload, 0);
    event_stream_init(&reader.stream);
    fill_call(session, invocation, &reader, &call);
    status = session_call(session, &call, "ResourceNotFoundException", remote->name, err);
    if (status < 0 && reader.err.code != ERR_NONE)
        *err = reader.err;
    else if (status < 0 && reader.stopped)
        status = 0;
    if (status == 0 && call.code)
        status = explain(remote, invocation, &call, err);
    if (status == 0)
        take_result(&call, result);
    if (status == 0 && invocation->receive && !reader.stopped)
        status = take_complete(&reader, result, err);
    event_stream_release(&reader.stream);
    json_decref(reader.complete);
    aws_call_release(&call);
    return status;
}
