#include "core/settings_api.h"
#include "core/suggest.h"

#include <string.h>

enum { AUTHORIZERS_MAX = 10, VARIABLE_NAME_MAX = 64, VARIABLE_MAX = 512 };

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

/* The settings under the rules. */
struct rules {
    struct settings *settings;
    const struct schema_source *source;
    const struct json_path *api; /* the block */
    struct err *err;
};

static struct json_path below(const struct json_path *path, const char *key)
{
    return (struct json_path){.parent = path, .key = key};
}

static bool starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static int check_jwt(const struct rules *rules, const struct authorizer *authorizer,
                     const struct json_path *path)
{
    const struct json_path jwt = below(path, "jwt"), issuer = below(&jwt, "issuer"),
                           audience = below(&jwt, "audience"), ttl = below(path, "ttl"),
                           identity = below(path, "identity");
    const char *url = authorizer->jwt.issuer;

    if (!starts(url, "https://") && !starts(url, "http://127.0.0.1") &&
        !starts(url, "http://localhost"))
        return schema_error(
            rules->source, &issuer, false, rules->err,
            "'%.80s' must be a URL that starts with https:// (the local engine also "
            "takes http://127.0.0.1)",
            url);
    if (authorizer->jwt.audience.count == 0)
        return schema_error(rules->source, &audience, false, rules->err,
                            "must name at least one audience");
    if (authorizer->ttl)
        return schema_error(rules->source, &ttl, true, rules->err,
                            "is about functions that decide, not about tokens");
    if (authorizer->identity.count > 1)
        return schema_error(rules->source, &identity, false, rules->err,
                            "a token is in one place, not in %zu", authorizer->identity.count);
    return 0;
}

static int check_lambda(const struct rules *rules, const struct authorizer *authorizer,
                        const struct json_path *path)
{
    const struct json_path lambda = below(path, "lambda");
    const char *name = authorizer->lambda;
    struct suggest near = {.word = name};

    if (starts(name, "arn:") && strstr(name, ":lambda:") && strstr(name, ":function:"))
        return 0;
    for (size_t i = 0; i < settings_function_count(rules->settings); i++) {
        struct function *function = (struct function *)rules->settings->functions.items + i;

        function->authorizes = function->authorizes || strcmp(function->name, name) == 0;
        if (strcmp(function->name, name) == 0)
            return 0;
        suggest_offer(&near, function->name);
    }
    return schema_error(rules->source, &lambda, false, rules->err,
                        "'%.80s' is no function of the project, and no ARN of a function%s%s%s",
                        name, near.best ? "; did you mean '" : "", near.best ? near.best : "",
                        near.best ? "'?" : "");
}

/* https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html */
static int check_identity(const struct rules *rules, const struct authorizer *authorizer,
                          const struct json_path *path)
{
    static const char *const sources[] = {"$request.header.", "$request.querystring.", "$context.",
                                          "$stageVariables."};
    const struct json_path list = below(path, "identity");

    for (size_t i = 0; i < authorizer->identity.count; i++) {
        const struct json_path step = {.parent = &list, .index = i};
        const char *text = authorizer->identity.items[i];
        size_t rest = 0;

        for (size_t k = 0; k < sizeof(sources) / sizeof(*sources); k++)
            if (starts(text, sources[k]))
                rest = strlen(sources[k]);
        if (rest == 0 || text[rest] == '\0' ||
            text[rest + strspn(text + rest, LETTERS DIGITS "-_.")] != '\0')
            return schema_error(rules->source, &step, false, rules->err,
                                "'%.80s' must be one as '$request.header.X-Key', "
                                "'$request.querystring.key' or '$context.identity.sourceIp'",
                                text);
    }
    return 0;
}

static int check_authorizer(const struct rules *rules, const struct authorizer *authorizer,
                            const struct json_path *path)
{
    const char *name = authorizer->name;

    if (!*name || strlen(name) > 64 || name[strspn(name, LETTERS DIGITS "-_")] != '\0')
        return schema_error(rules->source, path, true, rules->err,
                            "the name must be 1 to 64 letters, digits, '-' and '_'");
    if (strcmp(name, "iam") == 0 || strcmp(name, "none") == 0)
        return schema_error(rules->source, path, true, rules->err,
                            "'%s' has a meaning of its own, choose another name", name);
    if ((authorizer->jwt.issuer != NULL) == (authorizer->lambda != NULL))
        return schema_error(rules->source, path, true, rules->err,
                            "exactly one of 'jwt' and 'lambda' must be set");
    if ((authorizer->jwt.issuer ? check_jwt(rules, authorizer, path)
                                : check_lambda(rules, authorizer, path)) < 0)
        return -1;
    return check_identity(rules, authorizer, path);
}

static int check_authorizers(const struct rules *rules)
{
    const struct json_path table = below(rules->api, "authorizers");
    const struct list *list = &rules->settings->api.authorizers;
    const struct authorizer *authorizers = list->items;

    if (list->count > AUTHORIZERS_MAX)
        return schema_error(rules->source, &table, true, rules->err,
                            "has %zu authorizers, but AWS allows %d", list->count, AUTHORIZERS_MAX);
    for (size_t i = 0; i < list->count; i++) {
        const struct json_path path = below(&table, authorizers[i].name);

        if (check_authorizer(rules, &authorizers[i], &path) < 0)
            return -1;
    }
    return 0;
}

/* A name where an authorizer is meant. */
static int check_reference(const struct rules *rules, const char *name,
                           const struct json_path *path)
{
    const struct list *list = &rules->settings->api.authorizers;
    struct suggest near = {.word = name};

    if (strcmp(name, "iam") == 0 || strcmp(name, "none") == 0 ||
        settings_authorizer(rules->settings, name))
        return 0;
    for (size_t i = 0; i < list->count; i++)
        suggest_offer(&near, ((const struct authorizer *)list->items)[i].name);
    return schema_error(rules->source, path, false, rules->err,
                        "there is no authorizer '%.80s' below api.authorizers%s%s%s", name,
                        near.best ? "; did you mean '" : "", near.best ? near.best : "",
                        near.best ? "'?" : "");
}

static int check_route(const struct rules *rules, struct route *route, const struct json_path *path)
{
    const struct json_path authorizer = below(path, "authorizer"), scopes = below(path, "scopes");
    const struct authorizer *used;

    if (!route->path && settings_parse_route(route, route->key, rules->err) < 0)
        return -1;
    if (route->authorizer && check_reference(rules, route->authorizer, &authorizer) < 0)
        return -1;
    used = settings_authorizer(rules->settings, settings_route_authorizer(rules->settings, route));
    if (route->scopes.count && !(used && used->jwt.issuer))
        return schema_error(rules->source, &scopes, true, rules->err,
                            "scopes are in tokens: the route needs an authorizer with 'jwt'");
    return 0;
}

/* Also says how many routes there are. */
static int check_routes(const struct rules *rules, size_t *count)
{
    const struct json_path root = {.parent = NULL}, functions = below(&root, "functions");

    *count = 0;
    for (size_t i = 0; i < rules->settings->functions.count; i++) {
        struct function *function = (struct function *)rules->settings->functions.items + i;
        const struct json_path path = below(&functions, function->name),
                               list = below(&path, "routes");

        for (size_t k = 0; k < function->routes.count; k++) {
            const struct json_path step = {.parent = &list, .index = k};

            if (check_route(rules, (struct route *)function->routes.items + k, &step) < 0)
                return -1;
        }
        *count += function->routes.count;
    }
    return 0;
}

/* https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.stage-variables.html
 */
static int check_variables(const struct rules *rules)
{
    const struct json_path map = below(rules->api, "variables");
    const char *name;
    json_t *value;

    json_object_foreach (rules->settings->api.variables, name, value) {
        const struct json_path path = below(&map, name);
        const char *text = json_string_value(value);

        if (!*name || strlen(name) > VARIABLE_NAME_MAX ||
            name[strspn(name, LETTERS DIGITS "_")] != '\0')
            return schema_error(rules->source, &path, true, rules->err,
                                "the name must be 1 to %d letters, digits and '_'",
                                VARIABLE_NAME_MAX);
        if (!*text || strlen(text) > VARIABLE_MAX ||
            text[strspn(text, LETTERS DIGITS "-._~:/?#&=,")] != '\0')
            return schema_error(rules->source, &path, false, rules->err,
                                "the value must be 1 to %d letters, digits and any of "
                                "-._~:/?#&=,",
                                VARIABLE_MAX);
    }
    return 0;
}

/* https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html */
static int check_access_log(const struct rules *rules)
{
    const struct json_path log = below(rules->api, "access_log"), path = below(&log, "format");
    const char *format = rules->settings->api.access_log.format;

    if (!format)
        return 0;
    if (strpbrk(format, "\r\n"))
        return schema_error(rules->source, &path, false, rules->err, "must be one line");
    if (!strstr(format, "$context.requestId") && !strstr(format, "$context.extendedRequestId"))
        return schema_error(rules->source, &path, false, rules->err,
                            "must have $context.requestId in it, as AWS demands");
    return 0;
}

static int check_cors(const struct rules *rules)
{
    const struct json_path cors = below(rules->api, "cors"), path = below(&cors, "allow_origins");
    const json_t *origin;
    size_t i;

    if (!json_is_true(json_object_get(rules->settings->api.cors, "allow_credentials")))
        return 0;
    json_array_foreach (json_object_get(rules->settings->api.cors, "allow_origins"), i, origin) {
        if (strcmp(json_string_value(origin), "*") == 0)
            return schema_error(rules->source, &path, false, rules->err,
                                "with allow_credentials the origins must be named, '*' is not "
                                "allowed");
    }
    return 0;
}

int settings_apply_api_rules(struct settings *settings, const struct schema_source *source,
                             struct err *err)
{
    const struct json_path root = {.parent = NULL}, api = below(&root, "api"),
                           authorizer = below(&api, "authorizer"), domain = below(&root, "domain");
    const struct rules rules = {settings, source, &api, err};
    const json_t *written = json_object_get(settings->resolved, "api");
    size_t routes;

    if (json_is_object(json_object_get(written, "access_log")))
        settings->api.access_log.enabled = true;
    if (check_authorizers(&rules) < 0 ||
        (settings->api.authorizer &&
         check_reference(&rules, settings->api.authorizer, &authorizer) < 0))
        return -1;
    if (check_routes(&rules, &routes) < 0 || check_variables(&rules) < 0 ||
        check_access_log(&rules) < 0 || check_cors(&rules) < 0)
        return -1;
    if (json_object_size(written) && routes == 0)
        return schema_error(source, &api, true, err,
                            "is about an HTTP API, but no function has 'routes'");
    if (settings->domain.name && routes == 0)
        return schema_error(source, &domain, true, err,
                            "is the name of an HTTP API, but no function has 'routes'");
    return 0;
}
