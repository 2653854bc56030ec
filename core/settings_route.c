/* The keys of routes. */
#include "core/settings_api.h"
#include "core/suggest.h"

#include <string.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

static const char *const methods[] = {"ANY",    "GET",  "POST",    "PUT", "PATCH",
                                      "DELETE", "HEAD", "OPTIONS", NULL};

/* A path of segments: text, "{name}", and at the end "{name+}". */
static bool path_valid(const char *path)
{
    if (path[0] != '/')
        return false;
    while (*path == '/') {
        size_t len = strcspn(++path, "/");
        bool variable = path[0] == '{';

        if (len == 0)
            return path[0] == '\0';
        if (variable) {
            size_t name = strspn(path + 1, LETTERS DIGITS "_-.");
            bool greedy = path[1 + name] == '+';

            if (name == 0 || path[1 + name + greedy] != '}' || len != name + greedy + 2 ||
                (greedy && path[len]))
                return false;
        } else if (strspn(path, LETTERS DIGITS "-._~!$&'()+,;=:@%") < len || path[0] == ':') {
            /* '*' and ':id' are other routers' variables; here they would match just themselves. */
            return false;
        }
        path += len;
    }
    return *path == '\0';
}

static int wrong_method(const char *text, size_t len, struct err *err)
{
    char method[16] = "";
    struct suggest near = {.word = method};

    if (len < sizeof(method))
        memcpy(method, text, len);
    for (size_t i = 0; methods[i]; i++)
        suggest_offer(&near, methods[i]);
    err_set(err, ERR_SETTINGS,
            "'%.80s' must be a method and a path, as in 'GET /items/{id}', or '$default'; methods "
            "are ANY, GET, POST, PUT, PATCH, DELETE, HEAD and OPTIONS",
            text);
    if (!near.best || strcmp(near.best, method) == 0)
        return -1;
    return err_append(err, "; did you mean '%s'?", near.best);
}

int settings_parse_route(struct route *route, const char *text, struct err *err)
{
    size_t len = strcspn(text, " ");

    route->key = text;
    if (strcmp(text, "$default") == 0) {
        route->path = text;
        return 0;
    }
    for (size_t i = 0; methods[i]; i++)
        if (strlen(methods[i]) == len && strncmp(methods[i], text, len) == 0)
            route->method = methods[i];
    if (!route->method || text[len] != ' ')
        return wrong_method(text, len, err);
    route->path = text + len + 1;
    if (path_valid(route->path))
        return 0;
    return err_set(err, ERR_SETTINGS,
                   "the path '%.80s' must start with '/'; a variable is a whole segment: '{id}', "
                   "or '{path+}' at the end",
                   route->path);
}

int settings_bind_route(void *member, const json_t *value, const struct json_path *path,
                        struct err *err)
{
    (void)path;
    if (!json_is_string(value))
        return err_set(err, ERR_SETTINGS,
                       "must be a string such as 'GET /items/{id}', or an object with route, "
                       "authorizer, scopes and throttle");
    return settings_parse_route(member, json_string_value(value), err);
}

int settings_check_route(const void *member, struct err *err)
{
    struct route route = {0};

    return settings_parse_route(&route, *(const char *const *)member, err);
}
