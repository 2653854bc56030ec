#include "core/memory.h"
#include "providers/aws/wire/request.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void aws_call_rest(struct aws_call *call, const struct aws_service *service, const char *operation,
                   const char *method, json_t *body, const char *path, ...)
{
    va_list arguments;
    struct buf text;

    buf_init(&text, 0);
    va_start(arguments, path);
    buf_vprintf(&text, path, arguments);
    va_end(arguments);
    *call = (struct aws_call){.service = service,
                              .operation = operation,
                              .method = method,
                              .path = buf_take(&text),
                              .body = body};
}

void aws_call_action(struct aws_call *call, const struct aws_service *service,
                     const char *operation, json_t *body)
{
    *call = (struct aws_call){.service = service,
                              .operation = operation,
                              .method = "POST",
                              .path = xstrdup("/"),
                              .body = body};
}

void aws_call_release(struct aws_call *call)
{
    free(call->path);
    json_decref(call->body);
    free(call->raw);
    strlist_release(&call->headers);
    json_decref(call->reply);
    buf_release(&call->bytes);
    strlist_release(&call->reply_headers);
    free(call->code);
    free(call->message);
    *call = (struct aws_call){0};
}

char *aws_encode(const char *text)
{
    struct buf encoded;

    buf_init(&encoded, 0);
    http_encode(&encoded, text, strlen(text), false);
    return buf_take(&encoded);
}

bool aws_failed_with(const struct aws_call *call, const char *code)
{
    return call->code && strcmp(call->code, code) == 0;
}
