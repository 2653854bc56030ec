#include "providers/local/engine/front/access_log.h"

#include "core/json.h"
#include "core/memory.h"
#include "providers/local/engine/logs/logs.h"
#include "providers/local/engine/run/outcome.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LINE_MAX = 256 * 1024 };

static void set(json_t *values, const char *name, const char *value)
{
    json_t *text = value ? json_string(value) : NULL;

    if (text)
        json_object_set_new(values, name, text);
}

static void set_number(json_t *values, const char *name, int64_t number)
{
    json_object_set_new(values, name, json_sprintf("%lld", (long long)number));
}

static void set_time(json_t *values, int64_t now)
{
    time_t seconds = (time_t)(now / 1000);
    struct tm fields = {0};
    char text[64];

    gmtime_r(&seconds, &fields);
    strftime(text, sizeof(text), "%d/%b/%Y:%H:%M:%S +0000", &fields);
    set(values, "requestTime", text);
    set_number(values, "requestTimeEpoch", now / 1000);
}

/* What an authorizer said: $context.authorizer.NAME, and .claims.NAME of a token. */
static void set_authorizer(json_t *values, const json_t *authorizer)
{
    static const char *const places[] = {"lambda", "jwt.claims"};
    const char *name;
    json_t *value;

    for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
        json_object_foreach (json_at(authorizer, places[i]), name, value) {
            char *path = xasprintf("authorizer.%s%s", i ? "claims." : "", name);
            char *text = json_is_string(value) ? xstrdup(json_string_value(value))
                                               : json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);

            set(values, path, text);
            free(text);
            free(path);
        }
    }
    set(values, "identity.userArn", json_string_value(json_at(authorizer, "iam.userArn")));
    set(values, "identity.user", json_string_value(json_at(authorizer, "iam.userId")));
}

/* https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html */
static json_t *collect(const struct call *call, int status, size_t len)
{
    const struct request *request = call->request;
    int64_t now = outcome_clock();
    json_t *values = json_object();

    set(values, "requestId", request->id);
    set(values, "extendedRequestId", request->id);
    set(values, "httpMethod", request->method);
    set(values, "path", call->path);
    set(values, "protocol", "HTTP/1.1");
    set(values, "routeKey", call->route_key);
    set(values, "stage", "$default");
    set(values, "apiId", call->id);
    set(values, "accountId", ENGINE_ACCOUNT);
    set(values, "domainName", request_header(request, "Host"));
    set(values, "domainPrefix", call->id);
    set(values, "identity.sourceIp", "127.0.0.1");
    set(values, "identity.userAgent", request_header(request, "User-Agent"));
    set_number(values, "status", status);
    set_number(values, "responseLength", (int64_t)len);
    set_number(values, "responseLatency", (now - call->began) / 1000);
    if (call->asked) {
        set_number(values, "integrationStatus", 200);
        set_number(values, "integration.status", 200);
        set_number(values, "integrationLatency", (now - call->asked) / 1000);
        set_number(values, "integration.latency", (now - call->asked) / 1000);
    }
    set_time(values, clock_now(request->engine->clock));
    set_authorizer(values, call->authorizer);
    return values;
}

/* The value as in a JSON string, without the quotes. */
static void add_escaped(struct buf *line, json_t *value)
{
    char *text = value ? json_dumps(value, JSON_ENCODE_ANY) : NULL;

    if (text)
        buf_append(line, text + 1, strlen(text) - 2);
    else
        buf_putc(line, '-');
    free(text);
}

void access_log_format(struct buf *line, const char *format, const json_t *values)
{
    static const char start[] = "$context.";
    const char *at;

    while ((at = strstr(format, start)) != NULL) {
        size_t len;
        char *name;

        buf_append(line, format, (size_t)(at - format));
        at += strlen(start);
        len = strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-:");
        while (len && strchr(".-:", at[len - 1]))
            len--;
        name = xstrndup(at, len);
        add_escaped(line, json_object_get(values, name));
        free(name);
        format = at + len;
    }
    buf_puts(line, format);
}

/* The group in "arn:aws:logs:REGION:ACCOUNT:log-group:NAME[:*]"; to free(). */
static char *group_of(const char *arn)
{
    const char *start = strstr(arn, ":log-group:");

    start = start ? start + strlen(":log-group:") : arn;
    return xstrndup(start, strcspn(start, ":"));
}

void access_log_write(const struct call *call, int status, size_t len)
{
    const char *arn = json_string_at(call->stage, "accessLogSettings.destinationArn");
    struct engine *engine = call->request->engine;
    json_t *values;
    struct buf line;
    char *group;

    if (!*arn)
        return;
    values = collect(call, status, len);
    group = group_of(arn);
    buf_init(&line, LINE_MAX);
    access_log_format(&line, json_string_at(call->stage, "accessLogSettings.format"), values);
    logs_append(engine, group, call->id, clock_now(engine->clock), buf_string(&line), line.len);
    buf_release(&line);
    free(group);
    json_decref(values);
}
