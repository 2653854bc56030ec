#include "core/event.h"

#include "core/hash.h"
#include "core/http.h"
#include "core/memory.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* A value that came with several lines or pairs of one name: joined by commas. */
static void add_value(json_t *object, const char *name, const char *value)
{
    const char *before = json_string_value(json_object_get(object, name));
    json_t *text = before ? json_sprintf("%s,%s", before, value) : json_string(value);

    /* Bytes that are not UTF-8 cannot be in JSON. */
    if (!text)
        text = json_string("");
    json_object_set_new(object, name, text);
}

static char *lower_case(const char *text, size_t len)
{
    char *copy = xstrndup(text, len);

    for (char *c = copy; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return copy;
}

static void add_cookies(json_t *cookies, const char *value)
{
    while (*value) {
        size_t len = strcspn(value, ";");

        json_array_append_new(cookies, json_stringn(value, len));
        value += len;
        value += strspn(value, "; ");
    }
}

/* Splits "Name: value"; cookies become a list of their own. */
static void add_header(json_t *headers, json_t *cookies, const char *header)
{
    size_t len = strcspn(header, ":");
    const char *value = header + len + (header[len] == ':');
    char *name = lower_case(header, len);

    value += strspn(value, " \t");
    if (strcmp(name, "cookie") == 0)
        add_cookies(cookies, value);
    else
        add_value(headers, name, value);
    free(name);
}

static json_t *parse_query(const char *query)
{
    json_t *parameters = json_object();

    while (query && *query) {
        size_t len = strcspn(query, "&");
        size_t name_len = strcspn(query, "=&");
        char *name = http_decode(query, name_len, true);
        char *value = name_len < len ? http_decode(query + name_len + 1, len - name_len - 1, true)
                                     : xstrdup("");

        add_value(parameters, name, value);
        free(name);
        free(value);
        query += len + (query[len] == '&');
    }
    return parameters;
}

/* The media types that API Gateway hands over as text; others are base64, forms too. */
static bool is_text_type(const char *type)
{
    static const char *const types[] = {"text/", "application/json", "application/javascript",
                                        "application/xml"};
    size_t len = type ? strcspn(type, "; ") : 0;

    for (size_t i = 0; type && i < sizeof(types) / sizeof(*types); i++)
        if (strncasecmp(type, types[i], strlen(types[i])) == 0)
            return true;
    return len > 5 && (strncasecmp(type + len - 5, "+json", 5) == 0 ||
                       strncasecmp(type + len - 4, "+xml", 4) == 0);
}

static void add_body(json_t *event, const struct event_request *request, const char *type)
{
    json_t *text = NULL;
    char *encoded;

    json_object_set_new(event, "isBase64Encoded", json_false());
    if (request->body_len == 0)
        return;
    /* Jansson refuses what is not UTF-8. */
    if (is_text_type(type))
        text = json_stringn(request->body, request->body_len);
    if (!text) {
        encoded = hash_base64(request->body, request->body_len);
        text = json_string(encoded);
        free(encoded);
        json_object_set_new(event, "isBase64Encoded", json_true());
    }
    json_object_set_new(event, "body", text);
}

/* The path as the door hands it on; what decodes to no text (a NUL, no UTF-8) stays as it is. */
static json_t *make_path(const struct event_request *request)
{
    char *decoded = request->decode && !strstr(request->path, "%00")
                        ? http_decode(request->path, strlen(request->path), false)
                        : NULL;
    json_t *path = decoded ? json_string(decoded) : NULL;

    free(decoded);
    return path ? path : json_string(request->path);
}

/* AWS's names have no port; it is in the header Host. */
static size_t name_length(const char *host)
{
    const char *colon = strrchr(host, ':');

    return colon && !strchr(colon, ']') ? (size_t)(colon - host) : strlen(host);
}

/* Takes `path`. */
static json_t *make_context(const struct event_request *request, const json_t *headers,
                            json_t *path)
{
    const char *agent = json_string_value(json_object_get(headers, "user-agent"));
    const char *host = json_string_value(json_object_get(headers, "host"));
    time_t seconds = (time_t)(request->now / 1000);
    struct tm fields = {0};
    char when[64];

    gmtime_r(&seconds, &fields);
    strftime(when, sizeof(when), "%d/%b/%Y:%H:%M:%S +0000", &fields);
    return json_pack("{s:s, s:s, s:s%, s:s, s:{s:s, s:o, s:s, s:s, s:s}, s:s, s:s, s:s, s:s, s:I}",
                     "accountId", request->account, "apiId", request->id, "domainName",
                     host ? host : "", name_length(host ? host : ""), "domainPrefix", request->id,
                     "http", "method", request->method, "path", path, "protocol", "HTTP/1.1",
                     "sourceIp", "127.0.0.1", "userAgent", agent ? agent : "", "requestId",
                     request->request_id, "routeKey", request->route_key, "stage", "$default",
                     "time", when, "timeEpoch", (json_int_t)request->now);
}

/* An authorizer is told which route it decides about, and who calls, in the place of the body. */
static void add_question(json_t *event, const struct event_request *request)
{
    json_object_set_new(event, "type", json_string("REQUEST"));
    json_object_set_new(event, "routeArn", json_string(request->route_arn));
    json_object_set(event, "identitySource", request->identity);
}

/* What API Gateway adds, and the prefix if there is one, from which an app can make links that
 * work here. */
static void add_forwarded(json_t *headers, const struct event_request *request)
{
    json_object_set_new(headers, "x-forwarded-for", json_string("127.0.0.1"));
    json_object_set_new(headers, "x-forwarded-proto", json_string("http"));
    if (*request->prefix)
        json_object_set_new(headers, "x-forwarded-prefix", json_string(request->prefix));
}

/* Puts `value` in when it is there and not empty; else frees it. */
static void set_some(json_t *event, const char *name, json_t *value)
{
    if (json_object_size(value) > 0 || json_array_size(value) > 0)
        json_object_set_new(event, name, value);
    else
        json_decref(value);
}

char *event_from_http(const struct event_request *request)
{
    json_t *headers = json_object(), *cookies = json_array();
    json_t *path = make_path(request), *context, *event;
    char *text;

    for (size_t i = 0; i < request->headers->count; i++)
        add_header(headers, cookies, request->headers->items[i]);
    add_forwarded(headers, request);
    context = make_context(request, headers, json_incref(path));
    event = json_pack("{s:s, s:s, s:o, s:s}", "version", "2.0", "routeKey", request->route_key,
                      "rawPath", path, "rawQueryString", request->query ? request->query : "");
    set_some(event, "cookies", cookies);
    set_some(event, "queryStringParameters", parse_query(request->query));
    set_some(event, "pathParameters", json_incref(request->parameters));
    set_some(event, "stageVariables", json_incref(request->variables));
    if (context && request->authorizer)
        json_object_set(context, "authorizer", request->authorizer);
    json_object_set_new(event, "requestContext", context ? context : json_object());
    if (request->route_arn)
        add_question(event, request);
    else
        add_body(event, request, json_string_value(json_object_get(headers, "content-type")));
    json_object_set_new(event, "headers", headers);
    text = json_dumps(event, JSON_COMPACT);
    json_decref(event);
    return text;
}

void event_response_release(struct event_response *response)
{
    strlist_release(&response->headers);
    buf_release(&response->body);
}

static bool has_header(const struct event_response *response, const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < response->headers.count; i++)
        if (strncasecmp(response->headers.items[i], name, len) == 0 &&
            response->headers.items[i][len] == ':')
            return true;
    return false;
}

/* Headers that are the server's business. */
static bool is_own(const char *name)
{
    static const char *const names[] = {"content-length", "transfer-encoding", "connection",
                                        "keep-alive", "date"};

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (strcasecmp(name, names[i]) == 0)
            return true;
    return false;
}

static bool is_token(const char *name)
{
    if (!*name)
        return false;
    for (; *name; name++)
        if (!isalnum((unsigned char)*name) && !strchr("!#$%&'*+-.^_`|~", *name))
            return false;
    return true;
}

/* Control characters would let a value break out of its line. */
static bool is_value(const char *value)
{
    for (; *value; value++)
        if ((unsigned char)*value < ' ' && *value != '\t')
            return false;
    return true;
}

static int take_header(struct event_response *response, const char *name, const json_t *value,
                       struct err *err)
{
    char *text = json_is_string(value) ? xstrdup(json_string_value(value))
                                       : json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    int result = 0;

    if (json_is_object(value) || json_is_array(value) || json_is_null(value))
        result = err_set(err, ERR_FAILED, "header '%s' must be a string", name);
    else if (!is_token(name))
        result = err_set(err, ERR_FAILED, "'%s' cannot be the name of a header", name);
    else if (!text || !is_value(text))
        result = err_set(err, ERR_FAILED, "header '%s' has a control character", name);
    else if (!is_own(name))
        strlist_addf(&response->headers, "%s: %s", name, text);
    free(text);
    return result;
}

static int take_headers(struct event_response *response, const json_t *result, struct err *err)
{
    json_t *headers = json_object_get(result, "headers");
    json_t *cookies = json_object_get(result, "cookies");
    const char *name;
    json_t *value;
    size_t i;

    if (headers && !json_is_object(headers) && !json_is_null(headers))
        return err_set(err, ERR_FAILED, "'headers' must be an object");
    json_object_foreach (headers, name, value)
        if (take_header(response, name, value, err) < 0)
            return -1;
    if (cookies && !json_is_array(cookies) && !json_is_null(cookies))
        return err_set(err, ERR_FAILED, "'cookies' must be an array of strings");
    json_array_foreach (cookies, i, value) {
        if (!json_is_string(value))
            return err_set(err, ERR_FAILED, "'cookies' must be an array of strings");
        if (take_header(response, "Set-Cookie", value, err) < 0)
            return -1;
    }
    return 0;
}

static int take_status(struct event_response *response, const json_t *result, struct err *err)
{
    const json_t *status = json_object_get(result, "statusCode");

    if (!status)
        response->status = 200;
    else if (json_is_string(status))
        response->status = (int)strtol(json_string_value(status), NULL, 10);
    else if (json_is_integer(status) && json_integer_value(status) < 1000)
        response->status = (int)json_integer_value(status);
    if (response->status < 200 || response->status > 599)
        return err_set(err, ERR_FAILED, "'statusCode' must be a number from 200 to 599");
    return 0;
}

static int take_body(struct event_response *response, const json_t *result, struct err *err)
{
    const json_t *body = json_object_get(result, "body");
    void *decoded;
    size_t len;

    if (!body || json_is_null(body))
        return 0;
    if (!json_is_string(body))
        return err_set(err, ERR_FAILED, "'body' must be a string");
    if (!json_is_true(json_object_get(result, "isBase64Encoded"))) {
        buf_append(&response->body, json_string_value(body), json_string_length(body));
        return 0;
    }
    decoded = hash_unbase64(json_string_value(body), json_string_length(body), &len);
    if (!decoded)
        return err_set(err, ERR_FAILED, "'body' is not base64, as isBase64Encoded says it is");
    buf_append(&response->body, decoded, len);
    free(decoded);
    return 0;
}

static void add_type(struct event_response *response, const char *type)
{
    if (!has_header(response, "Content-Type"))
        strlist_addf(&response->headers, "Content-Type: %s", type);
}

/* A prelude and a body with eight NUL bytes between them. */
static int read_prelude(const char *payload, size_t len, const char *type,
                        struct event_response *response, struct err *err)
{
    static const char gap[8] = {0};
    const char *end = memmem(payload, len, gap, sizeof(gap));
    json_t *result;
    json_error_t error;
    int status = -1;

    if (!end)
        return err_set(err, ERR_FAILED, "the streamed response has no end of its prelude");
    result = json_loadb(payload, (size_t)(end - payload), 0, &error);
    if (!json_is_object(result))
        err_set(err, ERR_FAILED, "the prelude of the streamed response is no JSON object");
    else if (take_status(response, result, err) == 0 && take_headers(response, result, err) == 0)
        status = 0;
    json_decref(result);
    end += sizeof(gap);
    buf_append(&response->body, end, len - (size_t)(end - payload));
    add_type(response, type);
    return status;
}

int event_to_http(const char *payload, size_t len, bool http, const char *type,
                  struct event_response *response, struct err *err)
{
    json_error_t error;
    json_t *result;
    int status = -1;

    *response = (struct event_response){0};
    strlist_init(&response->headers);
    buf_init(&response->body, 0);
    if (http)
        return read_prelude(payload, len, type, response, err);
    result = json_loadb(payload, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    if (!result) {
        err_set(err, ERR_FAILED, "the result is not JSON: %s", error.text);
    } else if (!json_object_get(result, "statusCode")) {
        response->status = 200;
        buf_append(&response->body, payload, len);
        add_type(response, "application/json");
        status = 0;
    } else if (take_status(response, result, err) == 0 &&
               take_headers(response, result, err) == 0 && take_body(response, result, err) == 0) {
        add_type(response, type);
        status = 0;
    }
    json_decref(result);
    return status;
}
