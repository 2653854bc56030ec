#include "providers/aws/identity/credential_call.h"

#include "core/memory.h"
#include "providers/aws/wire/errors.h"
#include "providers/aws/wire/sigv4.h"

#include <stdlib.h>
#include <string.h>

enum {
    TIMEOUT = 10000,      /* ms */
    MAX_REPLY = 256 << 10 /* bytes; tokens have some thousand */
};

/* The call on its way, with what its address means for the signature. */
struct signing {
    const struct credential_call *call;
    const struct clock *clock;
    char *host, *path;
};

/* Signs an attempt, with the time of this moment. */
static int prepare(void *context, struct http_exchange *exchange, struct strlist *headers,
                   int attempt, struct err *err)
{
    const struct signing *signing = context;
    const struct credential_call *call = signing->call;
    struct sigv4_key key = {.region = call->region, .service = call->service};
    struct sigv4_request request = {.method = exchange->method,
                                    .path = signing->path,
                                    .headers = headers,
                                    .body = exchange->body,
                                    .body_len = exchange->body_len,
                                    .normalize = true};
    struct strlist added;
    struct sigv4 sigv4 = {0};

    (void)attempt;
    (void)err;
    if (!call->key)
        return 0;
    key.id = call->key->id;
    key.secret = call->key->secret;
    key.token = call->key->token;
    strlist_init(&added);
    strlist_addf(headers, "Host: %s", signing->host);
    sigv4_sign(&request, &key, clock_now(signing->clock), &sigv4, &added);
    for (size_t i = 0; i < added.count; i++)
        strlist_add(headers, added.items[i]);
    sigv4_release(&sigv4);
    strlist_release(&added);
    return 0;
}

static enum http_verdict judge(void *context, const struct http_response *response)
{
    enum http_verdict verdict;
    char *code, *message;

    (void)context;
    aws_error_decode(response, &code, &message);
    verdict = aws_error_verdict(response->status, code);
    free(code);
    free(message);
    return verdict;
}

static void take_reply(struct credential_call *call, struct http_response *response)
{
    call->status = response->status;
    if (call->status / 100 != 2)
        aws_error_decode(response, &call->code, &call->message);
    call->reply = response->body;
    buf_init(&response->body, 0);
}

int credential_call_perform(struct credential_call *call, const struct credential_world *world,
                            struct err *err)
{
    const char *host = strstr(call->url, "://");
    size_t host_len;
    struct signing signing = {.call = call, .clock = world->clock};
    struct http_exchange exchange = {.method = call->method ? call->method : "GET",
                                     .url = call->url,
                                     .headers = call->headers,
                                     .body = call->body.len ? call->body.data : NULL,
                                     .body_len = call->body.len,
                                     .max_response = MAX_REPLY,
                                     .total_timeout = call->timeout ? call->timeout : TIMEOUT,
                                     .once = call->once,
                                     .label = call->label,
                                     .prepare = prepare,
                                     .judge = judge,
                                     .context = &signing};
    int result;

    host = host ? host + 3 : call->url;
    host_len = strcspn(host, "/?#");
    signing.host = xstrndup(host, host_len);
    signing.path = xstrndup(host + host_len, strcspn(host + host_len, "?#"));
    result = http_perform(world->http, &exchange, 1, err);
    if (result == 0)
        take_reply(call, &exchange.response);
    strlist_init(&exchange.headers);
    http_exchange_release(&exchange);
    free(signing.host);
    free(signing.path);
    return result;
}

static void wipe_buf(struct buf *buf)
{
    if (buf->data)
        memory_wipe(buf->data, buf->len);
    buf_release(buf);
}

void credential_call_release(struct credential_call *call)
{
    for (size_t i = 0; i < call->headers.count; i++)
        memory_wipe(call->headers.items[i], strlen(call->headers.items[i]));
    strlist_release(&call->headers);
    wipe_buf(&call->body);
    wipe_buf(&call->reply);
    free(call->url);
    free(call->code);
    free(call->message);
    *call = (struct credential_call){0};
}

json_t *credential_call_json(const struct credential_call *call)
{
    json_t *value = json_loadb(buf_string(&call->reply), call->reply.len, 0, NULL);

    if (json_is_object(value))
        return value;
    json_decref(value);
    return NULL;
}

int credential_call_fail(const struct credential_call *call, const char *doing, struct err *err)
{
    bool theirs = aws_error_verdict(call->status, call->code) != HTTP_DONE;
    char *message = call->message
                        ? out_visible(call->message, strnlen(call->message, 1000))
                        : xasprintf("HTTP status %d%s", call->status,
                                    call->status / 100 == 2 ? " with an answer of no use" : "");

    err_set(err, theirs ? ERR_SERVICE : ERR_CREDENTIALS, "cannot %s: %s%s%s", doing,
            call->code ? call->code : "", call->code ? ": " : "", message);
    free(message);
    return -1;
}

void credential_call_form(struct credential_call *call, const char *name, const char *value)
{
    if (!value)
        return;
    if (call->body.len)
        buf_putc(&call->body, '&');
    buf_printf(&call->body, "%s=", name);
    http_encode(&call->body, value, strlen(value), false);
}
