#include "providers/local/engine/front/cors.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool cors_is_preflight(const struct request *request)
{
    return strcmp(request->method, "OPTIONS") == 0 && request_header(request, "Origin") &&
           request_header(request, "Access-Control-Request-Method");
}

/* A rule by its name in Lambda's spelling; API Gateway's begins in lower case. */
static json_t *rule(const json_t *rules, const char *name)
{
    json_t *value = json_object_get(rules, name);
    char lower[32];

    if (value || strlen(name) >= sizeof(lower))
        return value;
    strcpy(lower, name);
    lower[0] = (char)tolower((unsigned char)lower[0]);
    return json_object_get(rules, lower);
}

/* Whether the origin is allowed: by name, by "*", or by a pattern of one scheme. */
static bool allows(const json_t *origins, const char *origin)
{
    const json_t *value;
    size_t i;

    json_array_foreach (origins, i, value)
        if (json_is_string(value) && fnmatch(json_string_value(value), origin, 0) == 0)
            return true;
    return false;
}

static bool has_star(const json_t *list)
{
    const char *first = json_string_value(json_array_get(list, 0));

    return first && strcmp(first, "*") == 0;
}

static void add_list(struct strlist *headers, const char *name, const json_t *list)
{
    struct strlist items;
    const json_t *value;
    char *joined;
    size_t i;

    strlist_init(&items);
    json_array_foreach (list, i, value)
        if (json_is_string(value))
            strlist_add(&items, json_string_value(value));
    joined = strlist_join(&items, ",");
    if (items.count > 0)
        strlist_addf(headers, "%s: %s", name, joined);
    free(joined);
    strlist_release(&items);
}

static void drop_own(struct strlist *headers)
{
    static const char prefix[] = "Access-Control-";
    size_t kept = 0;

    for (size_t i = 0; i < headers->count; i++) {
        if (strncasecmp(headers->items[i], prefix, strlen(prefix)) == 0)
            free(headers->items[i]);
        else
            headers->items[kept++] = headers->items[i];
    }
    headers->count = kept;
}

void cors_apply(const json_t *rules, const struct request *request, bool preflight,
                struct strlist *headers)
{
    const char *origin = request_header(request, "Origin");
    const json_t *origins = rule(rules, "AllowOrigins");
    bool credentials = json_is_true(rule(rules, "AllowCredentials"));

    if (!rules || !origin)
        return;
    drop_own(headers);
    if (!allows(origins, origin))
        return;
    strlist_addf(headers, "Access-Control-Allow-Origin: %s",
                 has_star(origins) && !credentials ? "*" : origin);
    strlist_add(headers, "Vary: Origin");
    if (credentials)
        strlist_add(headers, "Access-Control-Allow-Credentials: true");
    if (!preflight) {
        add_list(headers, "Access-Control-Expose-Headers", rule(rules, "ExposeHeaders"));
        return;
    }
    add_list(headers, "Access-Control-Allow-Methods", rule(rules, "AllowMethods"));
    add_list(headers, "Access-Control-Allow-Headers", rule(rules, "AllowHeaders"));
    if (json_is_integer(rule(rules, "MaxAge")))
        strlist_addf(headers, "Access-Control-Max-Age: %lld",
                     (long long)json_integer_value(rule(rules, "MaxAge")));
}
