#include "providers/aws/wire/reply.h"

#include "core/memory.h"
#include "providers/aws/wire/errors.h"

#include <stdlib.h>
#include <string.h>

enum { SHOWN = 1500 }; /* bytes of a service's message that are shown */

/* Empties the outcome, for calls that are performed again. */
static void clear(struct aws_call *call)
{
    json_decref(call->reply);
    buf_release(&call->bytes);
    strlist_release(&call->reply_headers);
    free(call->code);
    free(call->message);
    call->reply = NULL;
    call->code = call->message = NULL;
}

/* Whether the call takes its error as an answer. */
static bool accepts(const struct aws_call *call)
{
    const char *list = call->accept ? call->accept : "";

    while (call->code && *list) {
        size_t len = strcspn(list, " ");

        if (strlen(call->code) == len && strncmp(list, call->code, len) == 0)
            return true;
        list += len + (list[len] == ' ');
    }
    return false;
}

/* The <OperationResult> in <OperationResponse>; an empty object when there is none. */
static json_t *take_result(json_t *root, const char *operation)
{
    char *response = xasprintf("%sResponse", operation);
    char *result = xasprintf("%sResult", operation);
    json_t *outer = json_object_get(root, response);
    json_t *inner = json_object_get(outer, result);
    json_t *taken = outer ? json_is_object(inner) ? json_incref(inner) : json_object() : NULL;

    free(response);
    free(result);
    json_decref(root);
    return taken;
}

/* What is in the root element of S3's answer; it has no result to be taken out. */
static json_t *take_root(json_t *root)
{
    json_t *inside = json_incref(json_object_iter_value(json_object_iter(root)));

    json_decref(root);
    return inside;
}

/* Reads the body of a success; -1 when it is not what the protocol promises. */
static int parse(struct aws_call *call, const char *url, struct err *err)
{
    struct err why = {0};
    json_t *root;

    if (call->bytes.len == 0)
        return 0;
    if (call->service->protocol == AWS_QUERY) {
        root = aws_xml_to_json(call->bytes.data, call->bytes.len, &why);
        call->reply = root ? take_result(root, call->operation) : NULL;
    } else if (call->service->protocol == AWS_REST_XML) {
        root = aws_xml_to_json(call->bytes.data, call->bytes.len, &why);
        call->reply = root ? take_root(root) : NULL;
    } else {
        call->reply =
            json_loadb(call->bytes.data, call->bytes.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    }
    if (call->reply || call->raw)
        return 0;
    return err_set(
        err, ERR_SERVICE,
        "cannot %s: '%s' answered %d, but not as AWS does%s%s; is it the right endpoint?",
        call->operation, url, call->status, why.message[0] ? ": " : "", why.message);
}

static int fail(const struct aws_call *call, const char *url, const char *source, struct err *err)
{
    const char *hint;
    enum err_code kind = aws_error_kind(call->code, &hint);
    char *shown;

    if (!call->code)
        return err_set(err, ERR_SERVICE,
                       "cannot %s: '%s' answered HTTP status %d without an AWS error; is it the "
                       "right endpoint, or is a proxy in between?",
                       call->operation, url, call->status);
    shown = call->message ? out_visible(call->message, strnlen(call->message, SHOWN))
                          : xasprintf("HTTP status %d", call->status);
    err_set(err, kind, "cannot %s: %s: %s", call->operation, call->code, shown);
    free(shown);
    if (hint)
        err_append(err, " (%s; the credentials are from %s)", hint, source);
    return -1;
}

/* The answer to a HEAD has no body to name its error. */
static char *code_of_status(int status)
{
    switch (status) {
    case 301:
        return xstrdup("PermanentRedirect");
    case 400:
        return xstrdup("BadRequest");
    case 403:
        return xstrdup("Forbidden");
    case 404:
        return xstrdup("NotFound");
    case 412:
        return xstrdup("PreconditionFailed");
    default:
        return NULL;
    }
}

int reply_take(struct aws_call *call, struct http_response *response, const char *url,
               const char *source, struct err *err)
{
    bool failed;

    clear(call);
    call->status = response->status;
    failed = call->status / 100 != 2 ||
             (call->service->protocol == AWS_REST_XML && aws_error_in_success(response));
    if (failed)
        aws_error_decode(response, &call->code, &call->message);
    if (failed && !call->code && strcmp(call->method, "HEAD") == 0)
        call->code = code_of_status(call->status);
    call->reply_headers = response->headers;
    call->bytes = response->body;
    strlist_init(&response->headers);
    buf_init(&response->body, 0);
    if (!failed)
        return parse(call, url, err);
    return accepts(call) ? 0 : fail(call, url, source, err);
}
