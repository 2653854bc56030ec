#include "core/memory.h"
#include "providers/aws/wire/endpoints.h"
#include "providers/local/engine/services/operations.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void reply_escape(struct buf *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '<')
            buf_puts(out, "&lt;");
        else if (*text == '>')
            buf_puts(out, "&gt;");
        else if (*text == '&')
            buf_puts(out, "&amp;");
        else if (*text == '"')
            buf_puts(out, "&quot;");
        else if ((unsigned char)*text >= ' ' || *text == '\t' || *text == '\n')
            buf_putc(out, *text);
        else
            buf_printf(out, "&#x%x;", (unsigned char)*text);
    }
}

static void write_xml(struct buf *out, json_t *value);

static void write_element(struct buf *out, const char *name, json_t *value)
{
    buf_printf(out, "<%s>", name);
    write_xml(out, value);
    buf_printf(out, "</%s>", name);
}

static void write_xml(struct buf *out, json_t *value)
{
    const char *key;
    json_t *item;
    size_t i;

    if (json_is_string(value))
        reply_escape(out, json_string_value(value));
    else if (json_is_integer(value))
        buf_printf(out, "%lld", (long long)json_integer_value(value));
    else if (json_is_boolean(value))
        buf_puts(out, json_is_true(value) ? "true" : "false");
    json_array_foreach (value, i, item)
        write_element(out, "member", item);
    json_object_foreach (value, key, item)
        write_element(out, key, item);
}

/* The content type of JSON bodies. */
static const char *body_type(const struct request *request)
{
    const struct service *service = request->service;

    if (service && service->protocol == PROTOCOL_REST_JSON)
        return "application/json";
    return service && service->json_type ? service->json_type : "application/x-amz-json-1.1";
}

static void respond(struct request *request, int status, const char *type, const char *error,
                    const char *body, size_t len)
{
    struct strlist headers;

    strlist_init(&headers);
    if (type)
        strlist_addf(&headers, "Content-Type: %s", type);
    if (error)
        strlist_addf(&headers, "x-amzn-errortype: %s", error);
    if (error && request->service && request->service->query_code)
        strlist_addf(&headers, "x-amzn-query-error: %s;%s", request->service->query_code(error),
                     status < 500 ? "Sender" : "Receiver");
    request_respond(request, status, &headers, body, len);
    strlist_release(&headers);
}

static void reply_xml(struct request *request, int status, json_t *body)
{
    const char *name = request->operation->name;
    struct buf out;

    buf_init(&out, 0);
    buf_printf(&out, "<%sResponse xmlns=\"%s\">", name, request->service->xml_space);
    if (body) {
        buf_printf(&out, "<%sResult>", name);
        write_xml(&out, body);
        buf_printf(&out, "</%sResult>", name);
    }
    buf_printf(&out, "<ResponseMetadata><RequestId>%s</RequestId></ResponseMetadata></%sResponse>",
               request->id, name);
    respond(request, status, "text/xml", NULL, out.data, out.len);
    buf_release(&out);
}

void request_reply(struct request *request, int status, json_t *body)
{
    enum protocol protocol = request->service->protocol;
    char *text = NULL;

    if (protocol == PROTOCOL_QUERY) {
        reply_xml(request, status, body);
    } else {
        text = body ? json_dumps(body, JSON_COMPACT) : NULL;
        respond(request, status, body_type(request), NULL, text, text ? strlen(text) : 0);
    }
    free(text);
    json_decref(body);
}

static void fail_xml(struct request *request, int status, const char *code, const char *message)
{
    struct buf out;

    buf_init(&out, 0);
    buf_printf(&out, "<ErrorResponse xmlns=\"%s\"><Error><Type>%s</Type><Code>%s</Code><Message>",
               request->service->xml_space, status < 500 ? "Sender" : "Receiver", code);
    reply_escape(&out, message);
    buf_printf(&out, "</Message></Error><RequestId>%s</RequestId></ErrorResponse>", request->id);
    respond(request, status, "text/xml", NULL, out.data, out.len);
    buf_release(&out);
}

/* S3's errors stand alone, name what was asked for, and have no body where nothing may have one. */
static void fail_s3(struct request *request, int status, const char *code, const char *message)
{
    struct strlist headers;
    struct buf out;

    buf_init(&out, 0);
    strlist_init(&headers);
    buf_puts(&out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>");
    reply_escape(&out, code);
    buf_puts(&out, "</Code><Message>");
    reply_escape(&out, message);
    buf_puts(&out, "</Message><Resource>");
    reply_escape(&out, request->path);
    buf_printf(&out, "</Resource><RequestId>%s</RequestId></Error>", request->id);
    strlist_add(&headers, "Content-Type: application/xml");
    strlist_addf(&headers, "x-amz-request-id: %s", request->id);
    request_respond(request, status, &headers, out.data,
                    strcmp(request->method, "HEAD") == 0 ? 0 : out.len);
    strlist_release(&headers);
    buf_release(&out);
}

static void fail_json(struct request *request, int status, const char *code, const char *message)
{
    bool rest = request->service && request->service->protocol == PROTOCOL_REST_JSON;
    const char *key = request->service ? request->service->message_key : "message";
    json_t *body = rest ? json_object() : json_pack("{s:s}", "__type", code);
    json_t *words = json_string(message);
    char *text;

    /* What the client sent may be no UTF-8, and is quoted in the message. */
    json_object_set_new(body, key, words ? words : json_string("the input is no UTF-8"));
    text = json_dumps(body, JSON_COMPACT);
    respond(request, status, body_type(request), code, text, strlen(text));
    free(text);
    json_decref(body);
}

void request_fail(struct request *request, int status, const char *code, const char *format, ...)
{
    struct buf message;
    va_list arguments;

    buf_init(&message, 0);
    va_start(arguments, format);
    buf_vprintf(&message, format, arguments);
    va_end(arguments);
    if (request->service && request->service->protocol == PROTOCOL_QUERY)
        fail_xml(request, status, code, buf_string(&message));
    else if (request->service && request->service->protocol == PROTOCOL_REST_XML)
        fail_s3(request, status, code, buf_string(&message));
    else
        fail_json(request, status, code, buf_string(&message));
    buf_release(&message);
}

void request_fail_write(struct request *request)
{
    bool s3 = request->service && request->service->protocol == PROTOCOL_REST_XML;

    request_fail(request, 500, s3 ? "InternalError" : "ServiceException",
                 "the engine cannot write its state folder '%s'", request->engine->folder);
}

const char *request_partition(const struct request *request)
{
    return endpoint_partition(request_region(request));
}

const char *request_region(const struct request *request)
{
    return request->region && *request->region ? request->region : "us-east-1";
}
