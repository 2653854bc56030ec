#include "providers/aws/function/invoke.h"

#include "core/hash.h"
#include "core/memory.h"

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

static void fill_call(struct session *session, const struct invocation *invocation,
                      struct aws_call *call)
{
    struct remote *remote = session_remote(session, invocation->function);
    char *qualifier = aws_encode(invocation->qualifier ? invocation->qualifier : LIVE_ALIAS);

    aws_call_rest(call, &aws_lambda, "Invoke", "POST", NULL,
                  "/2015-03-31/functions/%s/invocations?Qualifier=%s", remote->name, qualifier);
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
    char *text = call->bytes.len ? NULL : json_dumps(call->reply, JSON_COMPACT | JSON_ENCODE_ANY);

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

int aws_invoke(struct session *session, const struct invocation *invocation,
               struct invoke_result *result, struct err *err)
{
    struct remote *remote = session_remote(session, invocation->function);
    struct aws_call call;
    int status;

    *result = (struct invoke_result){0};
    buf_init(&result->payload, 0);
    fill_call(session, invocation, &call);
    status = session_call(session, &call, "ResourceNotFoundException", remote->name, err);
    if (status == 0 && call.code && invocation->qualifier)
        status = err_set(err, ERR_FAILED,
                         "function '%s' has no version or alias '%s'; see 'fnctl versions'",
                         remote->name, invocation->qualifier);
    else if (status == 0 && call.code)
        status = err_set(err, ERR_FAILED, "function '%s' is not deployed: %s; run 'fnctl deploy'",
                         remote->name, call.message ? call.message : call.code);
    if (status == 0)
        take_result(&call, result);
    aws_call_release(&call);
    return status;
}
