#include "cli/invoke_http.h"

#include "core/event.h"
#include "core/hash.h"
#include "core/memory.h"
#include "core/routes.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static bool has_header(const struct strlist *headers, const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < headers->count; i++)
        if (strncasecmp(headers->items[i], name, len) == 0 && headers->items[i][len] == ':')
            return true;
    return false;
}

static void add_missing(struct strlist *headers, const char *name, const char *value)
{
    if (!has_header(headers, name))
        strlist_addf(headers, "%s: %s", name, value);
}

static bool is_json(const struct http_request *request)
{
    json_t *value = json_loadb(request->body, request->body_len, JSON_DECODE_ANY, NULL);

    json_decref(value);
    return value != NULL;
}

/* What a client would send with it. */
static void fill_headers(const struct http_request *request, struct strlist *headers)
{
    strlist_init(headers);
    for (size_t i = 0; i < request->headers.count; i++)
        strlist_add(headers, request->headers.items[i]);
    add_missing(headers, "Host", "localhost");
    add_missing(headers, "User-Agent", "fnctl/" FNCTL_VERSION);
    add_missing(headers, "Accept", "*/*");
    if (!request->body)
        return;
    add_missing(headers, "Content-Type",
                is_json(request) ? "application/json" : "text/plain; charset=utf-8");
    if (!has_header(headers, "Content-Length"))
        strlist_addf(headers, "Content-Length: %zu", request->body_len);
}

static int check(const struct http_request *request, const char *method, struct err *err)
{
    if (*request->path != '/')
        return err_set(err, ERR_USAGE, "--path must begin with '/', not be '%s'", request->path);
    for (const char *c = request->path; *c; c++)
        if ((unsigned char)*c <= ' ' || *c == 0x7f || *c == '#')
            return err_set(err, ERR_USAGE,
                           "--path '%s' has a character that URLs have not: write a space as %%20",
                           request->path);
    for (const char *c = method; *c; c++)
        if (!isupper((unsigned char)*c))
            return err_set(err, ERR_USAGE, "--method must be as GET or POST, not '%s'", method);
    for (size_t i = 0; i < request->headers.count; i++) {
        const char *header = request->headers.items[i];

        if (*header == ':' || !strchr(header, ':') || strpbrk(header, "\r\n"))
            return err_set(err, ERR_USAGE, "--header must be as 'Accept: text/plain', not '%s'",
                           header);
    }
    return 0;
}

/* The route that takes the request; "$default" is what a function URL calls it. */
static const char *find_route(const struct function *function, const char *method, const char *path,
                              struct err *err)
{
    const char *best = NULL;

    for (size_t i = 0; i < function->routes.count; i++) {
        const char *key = function_route_at(function, i)->key;

        if (route_matches(key, method, path, NULL) && (!best || route_is_better(key, best)))
            best = key;
    }
    if (best || function->url.enabled || function->routes.count == 0)
        return best ? best : "$default";
    err_set(err, ERR_USAGE, "no route of function '%s' takes %s %s; its first is '%s'",
            function->name, method, path, function_route_at(function, 0)->key);
    return NULL;
}

char *invoke_http_event(const struct app *app, const struct function *function,
                        const struct http_request *request, struct err *err)
{
    const char *method = request->method ? request->method : request->body ? "POST" : "GET";
    size_t path_len = strcspn(request->path, "?");
    char *path = xstrndup(request->path, path_len), *payload = NULL;
    json_t *parameters = json_object();
    const char *route = NULL;
    struct strlist headers = {0};

    if (check(request, method, err) == 0)
        route = find_route(function, method, path, err);
    if (route) {
        struct event_request event = {
            .method = method,
            .path = path,
            .decode = strcmp(route, "$default") != 0,
            .query = request->path[path_len] ? request->path + path_len + 1 : NULL,
            .headers = &headers,
            .body = request->body,
            .body_len = request->body_len,
            .prefix = "",
            .id = "local",
            .account = "anonymous",
            .route_key = route,
            .parameters = parameters,
            .request_id = "fnctl-invoke",
            .now = clock_now(app->clock)};

        fill_headers(request, &headers);
        route_matches(route, method, path, parameters);
        payload = event_from_http(&event);
        if (!payload)
            err_set(err, ERR_USAGE, "the path, or a header, is not UTF-8");
    }
    strlist_release(&headers);
    json_decref(parameters);
    free(path);
    return payload;
}

static json_t *response_json(const struct event_response *response)
{
    json_t *headers = json_array(), *body;
    bool text;

    for (size_t i = 0; i < response->headers.count; i++)
        json_array_append_new(headers, json_string(response->headers.items[i]));
    body = json_stringn(buf_string(&response->body), response->body.len);
    text = body != NULL;
    if (!text) {
        char *encoded = hash_base64(response->body.data, response->body.len);

        body = json_string(encoded);
        free(encoded);
    }
    return json_pack("{s:i, s:o, s:o, s:b}", "status", response->status, "headers", headers, "body",
                     body, "base64", !text);
}

/* What goes to a terminal cannot drive it. */
static void print_body(struct app *app, const struct buf *body)
{
    FILE *results = app->out.results;

    if (isatty(fileno(results))) {
        char *visible = out_visible(buf_string(body), body->len);

        fputs(visible, results);
        free(visible);
        fputc('\n', results);
    } else {
        fwrite(buf_string(body), 1, body->len, results);
    }
    out_flush(&app->out);
}

static void print(struct app *app, const struct event_response *response)
{
    if (app->out.json) {
        json_t *document = response_json(response);

        out_json(&app->out, document, false);
        json_decref(document);
        return;
    }
    out_step(&app->out, "status %d", response->status);
    for (size_t i = 0; i < response->headers.count; i++)
        out_step(&app->out, "%s", response->headers.items[i]);
    print_body(app, &response->body);
}

int invoke_http_print(struct app *app, const struct function *function,
                      const struct invoke_result *result, struct err *err)
{
    struct event_response response;
    int status = event_to_http(buf_string(&result->payload), result->payload.len, false,
                               "application/json", &response, err);

    if (status < 0) {
        err_context(err, "the answer of function '%s' is no HTTP response", function->name);
    } else {
        print(app, &response);
        if (response.status >= 500)
            status = err_set(err, ERR_FAILED, "function '%s' answered with status %d",
                             function->name, response.status);
    }
    event_response_release(&response);
    return status;
}
