#include "core/memory.h"
#include "providers/local/engine/services/s3.h"

#include <stdlib.h>
#include <string.h>

static void write_value(struct buf *out, const json_t *value);

static void write_element(struct buf *out, const char *name, json_t *value)
{
    json_t *item;
    size_t i;

    if (json_is_array(value)) {
        json_array_foreach (value, i, item)
            write_element(out, name, item);
        return;
    }
    buf_printf(out, "<%s>", name);
    write_value(out, value);
    buf_printf(out, "</%s>", name);
}

static void write_value(struct buf *out, const json_t *value)
{
    const char *key;
    json_t *item;

    if (json_is_string(value))
        reply_escape(out, json_string_value(value));
    else if (json_is_integer(value))
        buf_printf(out, "%lld", (long long)json_integer_value(value));
    else if (json_is_boolean(value))
        buf_puts(out, json_is_true(value) ? "true" : "false");
    json_object_foreach ((json_t *)(uintptr_t)value, key, item)
        write_element(out, key, item);
}

void s3_reply(struct request *request, const char *root, json_t *body)
{
    struct strlist headers;
    struct buf out;

    buf_init(&out, 0);
    strlist_init(&headers);
    buf_printf(&out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<%s xmlns=\"%s\">", root,
               request->service->xml_space);
    write_value(&out, body);
    buf_printf(&out, "</%s>", root);
    strlist_add(&headers, "Content-Type: application/xml");
    strlist_addf(&headers, "x-amz-request-id: %s", request->id);
    request_respond(request, 200, &headers, out.data, out.len);
    strlist_release(&headers);
    buf_release(&out);
    json_decref(body);
}

void s3_done(struct request *request, int status, struct strlist *headers)
{
    struct strlist own;

    strlist_init(&own);
    headers = headers ? headers : &own;
    strlist_addf(headers, "x-amz-request-id: %s", request->id);
    request_respond(request, status, headers, NULL, 0);
    strlist_release(&own);
}

json_t *s3_etag(const char *etag)
{
    return json_sprintf("\"%s\"", etag);
}

json_t *s3_time(int64_t time)
{
    char text[CLOCK_RFC3339_LEN];

    clock_format_rfc3339(time, text);
    return json_string(text);
}

json_t *s3_items(const json_t *document, const char *name)
{
    json_t *value = json_object_get(document, name);

    if (json_is_array(value))
        return json_incref(value);
    return json_is_object(value) ? json_pack("[O]", value) : json_array();
}
