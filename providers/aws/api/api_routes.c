#include "providers/aws/api/api_routes.h"

#include "core/memory.h"
#include "providers/aws/api/authorizers.h"
#include "providers/aws/function/function_state.h"
#include "providers/aws/wire/pages.h"
#include "providers/difference.h"

#include <stdlib.h>
#include <string.h>

/* One route as it shall be, and what is there under its key. */
struct wanted_route {
    struct remote *remote;
    const struct route *route;
    const json_t *found; /* borrowed from the snapshot; NULL: not there */
};

struct routes {
    struct wanted_route *items;
    size_t count;
};

static const char *api_id(const struct session *session)
{
    return json_string_at(session->api, "apiId");
}

static const json_t *find_route(const struct session *session, const char *key)
{
    size_t i;
    json_t *route;

    json_array_foreach (session->routes, i, route) {
        if (strcmp(json_string_at(route, "routeKey"), key) == 0)
            return route;
    }
    return NULL;
}

static struct routes collect_routes(struct session *session)
{
    struct routes routes = {0};

    for (size_t i = 0; i < session->count; i++) {
        struct remote *remote = &session->remotes[i];

        for (size_t j = 0; j < remote->function->routes.count; j++) {
            const struct route *route = function_route_at(remote->function, j);

            routes.items = xreallocarray(routes.items, routes.count + 1, sizeof(*routes.items));
            routes.items[routes.count++] = (struct wanted_route){
                .remote = remote, .route = route, .found = find_route(session, route->key)};
        }
    }
    return routes;
}

static bool is_wanted(const struct routes *routes, const char *key)
{
    for (size_t i = 0; i < routes->count; i++) {
        if (strcmp(routes->items[i].route->key, key) == 0)
            return true;
    }
    return false;
}

/* The target that the function's routes have; NULL when none has one, or they disagree. */
static const char *known_target(const struct routes *routes, const struct remote *remote)
{
    const char *target = NULL;

    for (size_t i = 0; i < routes->count; i++) {
        const json_t *found = routes->items[i].found;
        const char *its = json_string_at(found, "target");

        if (strcmp(json_string_at(found, "operationName"), remote->function->name) != 0 || !*its)
            continue;
        if (target && strcmp(target, its) != 0)
            return NULL;
        target = its;
    }
    return target;
}

/* Whether another function's routes have the same target: then one of them is wrong. */
static bool is_shared(const struct routes *routes, const struct remote *remote, const char *target)
{
    for (size_t i = 0; i < routes->count; i++) {
        const char *operation = json_string_at(routes->items[i].found, "operationName");

        if (*operation && strcmp(operation, remote->function->name) != 0 &&
            strcmp(json_string_at(routes->items[i].found, "target"), target) == 0)
            return true;
    }
    return false;
}

/* Whether a route that leads to the right function also does so through its integration. */
static bool target_is_right(const struct routes *routes, const struct wanted_route *wanted)
{
    const char *target = known_target(routes, wanted->remote);

    return target && !is_shared(routes, wanted->remote, target);
}

static json_t *scopes_of(const struct route *route)
{
    json_t *scopes = json_array();

    for (size_t i = 0; i < route->scopes.count; i++)
        json_array_append_new(scopes, json_string(route->scopes.items[i]));
    return scopes;
}

/* A route as people read it: {"function","authorizer","scopes"}. */
static json_t *describe_wanted(const struct session *session, const struct wanted_route *wanted)
{
    json_t *scopes = scopes_of(wanted->route);
    json_t *route = json_pack("{s:s}", "function", wanted->remote->function->name);
    const char *authorizer = settings_route_authorizer(session->settings, wanted->route);

    if (strcmp(authorizer, "none") != 0)
        json_object_set_new(route, "authorizer", json_string(authorizer));
    if (json_array_size(scopes))
        json_object_set(route, "scopes", scopes);
    json_decref(scopes);
    return route;
}

static json_t *describe_found(const struct session *session, const json_t *found)
{
    const char *authorizer = authorizer_label(session, found);
    json_t *scopes = json_at(found, "authorizationScopes");
    json_t *route = json_object();

    if (*json_string_at(found, "operationName"))
        json_object_set_new(route, "function", json_string(json_string_at(found, "operationName")));
    if (strcmp(authorizer, "none") != 0)
        json_object_set_new(route, "authorizer", json_string(authorizer));
    if (json_array_size(scopes))
        json_object_set(route, "scopes", scopes);
    return route;
}

static json_t *list_integrations(struct session *session, struct err *err)
{
    char *path = xasprintf("/v2/apis/%s/integrations?maxResults=100", api_id(session));
    struct listing listing = {.service = &aws_apigateway,
                              .operation = "GetIntegrations",
                              .path = path,
                              .items = "items",
                              .ask = "nextToken",
                              .next = "nextToken"};
    json_t *items = listing_all(session, &listing, err);

    free(path);
    return items;
}

/* The id of the integration that goes to `uri`; borrowed, or NULL. */
static const char *find_integration(const json_t *integrations, const char *uri)
{
    size_t i;
    json_t *item;

    json_array_foreach (integrations, i, item) {
        if (strcmp(json_string_at(item, "integrationUri"), uri) == 0)
            return json_string_at(item, "integrationId");
    }
    return NULL;
}

static int create_integration(struct session *session, json_t *integrations, const char *uri,
                              struct err *err)
{
    struct aws_call call;
    int result;

    aws_call_rest(&call, &aws_apigateway, "CreateIntegration", "POST",
                  json_pack("{s:s, s:s, s:s}", "integrationType", "AWS_PROXY", "integrationUri",
                            uri, "payloadFormatVersion", "2.0"),
                  "/v2/apis/%s/integrations", api_id(session));
    result = session_call(session, &call, NULL, "integration", err);
    if (result == 0)
        json_array_append(integrations, call.reply);
    aws_call_release(&call);
    return result;
}

/* "integrations/ID" of the function's integration, made when missing; to free(). */
static char *put_integration(struct session *session, const struct remote *remote,
                             json_t *integrations, struct err *err)
{
    char *uri = function_arn(session, remote, LIVE_ALIAS, err);
    const char *id = uri ? find_integration(integrations, uri) : NULL;
    char *target = NULL;

    if (uri && !id && create_integration(session, integrations, uri, err) == 0)
        id = find_integration(integrations, uri);
    if (id)
        target = xasprintf("integrations/%s", id);
    else if (uri && err->code == ERR_NONE)
        err_set(err, ERR_SERVICE, "cannot CreateIntegration: the reply does not name '%s'", uri);
    free(uri);
    return target;
}

/* CreateRoute's and UpdateRoute's body. */
static json_t *route_body(const struct session *session, const struct wanted_route *wanted,
                          const char *target)
{
    const char *name = settings_route_authorizer(session->settings, wanted->route);
    const struct authorizer *authorizer = settings_authorizer(session->settings, name);
    const char *type = "NONE";
    json_t *body = json_pack("{s:s, s:s, s:s}", "routeKey", wanted->route->key, "target", target,
                             "operationName", wanted->remote->function->name);

    if (authorizer) {
        type = authorizer->jwt.issuer ? "JWT" : "CUSTOM";
        json_object_set_new(body, "authorizerId", json_string(authorizer_id(session, name)));
    } else if (strcmp(name, "iam") == 0) {
        type = "AWS_IAM";
    }
    json_object_set_new(body, "authorizationType", json_string(type));
    /* An empty list takes scopes away that are there. */
    if (wanted->route->scopes.count ||
        json_array_size(json_at(wanted->found, "authorizationScopes")))
        json_object_set_new(body, "authorizationScopes", scopes_of(wanted->route));
    return body;
}

static int send_route(struct session *session, const struct wanted_route *wanted,
                      const char *target, struct err *err)
{
    json_t *found = (json_t *)wanted->found;
    json_t *body = route_body(session, wanted, target);
    struct aws_call call;
    int result;

    aws_call_rest(&call, &aws_apigateway, found ? "UpdateRoute" : "CreateRoute",
                  found ? "PATCH" : "POST", json_incref(body), "/v2/apis/%s/routes%s%s",
                  api_id(session), found ? "/" : "", json_string_at(found, "routeId"));
    result = session_call(session, &call, "ConflictException", wanted->route->key, err);
    /* A new route that exists after all: we made it on a try whose answer was lost, or another
     * deploy of this stage makes it at this moment. */
    if (result == 0 && call.code && found && call.attempts < 2)
        result = err_set(err, ERR_SERVICE, "cannot %s '%s': %s", call.operation, wanted->route->key,
                         call.message ? call.message : call.code);
    if (result == 0 && !call.code && !found)
        json_array_append(session->routes, call.reply);
    if (result == 0 && found)
        json_object_update(found, body);
    aws_call_release(&call);
    json_decref(body);
    return result;
}

static int make_route(struct session *session, const struct wanted_route *wanted,
                      json_t **integrations, struct err *err)
{
    char *target;
    int result = -1;

    if (!*integrations && !(*integrations = list_integrations(session, err)))
        return -1;
    target = put_integration(session, wanted->remote, *integrations, err);
    if (target)
        result = send_route(session, wanted, target, err);
    free(target);
    return result;
}

static int put_route(struct session *session, const struct routes *routes,
                     const struct wanted_route *wanted, json_t **integrations,
                     struct changes *changes, struct err *err)
{
    int64_t started = clock_monotonic(session->clock);
    json_t *before = wanted->found ? describe_found(session, wanted->found) : NULL;
    json_t *after = describe_wanted(session, wanted);
    struct change *change;
    int result = 0;

    if (before && json_equal(before, after) && target_is_right(routes, wanted))
        goto out;
    change = changes_add(changes, wanted->found ? CHANGE_UPDATE : CHANGE_CREATE, "route",
                         wanted->route->key);
    if (change_fields_differing(changes, change, before, after) == 0)
        change_field(changes, change, "integration", "another", wanted->remote->function->name);
    changes_announce(changes, change);
    if (!changes->apply)
        goto out;
    result = make_route(session, wanted, integrations, err);
    if (result == 0)
        changes_done(changes, change, session_elapsed(session, started));
out:
    json_decref(before);
    json_decref(after);
    return result;
}

static int delete_part(struct session *session, const char *operation, const char *kind,
                       const char *id, struct err *err)
{
    struct aws_call call;

    aws_call_rest(&call, &aws_apigateway, operation, "DELETE", NULL, "/v2/apis/%s/%s/%s",
                  api_id(session), kind, id);
    return session_do(session, &call, "NotFoundException", id, err);
}

/* Removes the integration of a route that went, unless another route still uses it. */
static int drop_integration(struct session *session, const char *target, struct err *err)
{
    const char *slash = strchr(target, '/');
    size_t i;
    json_t *route;

    json_array_foreach (session->routes, i, route) {
        if (strcmp(json_string_at(route, "target"), target) == 0)
            return 0;
    }
    return slash ? delete_part(session, "DeleteIntegration", "integrations", slash + 1, err) : 0;
}

static int drop_route(struct session *session, size_t index, struct changes *changes,
                      struct err *err)
{
    json_t *route = json_incref(json_array_get(session->routes, index));
    struct change *change =
        changes_add(changes, CHANGE_REMOVE, "route", json_string_at(route, "routeKey"));
    int64_t started = clock_monotonic(session->clock);
    int result = 0;

    changes_announce(changes, change);
    if (changes->apply)
        result =
            delete_part(session, "DeleteRoute", "routes", json_string_at(route, "routeId"), err);
    if (result == 0 && changes->apply) {
        json_array_remove(session->routes, index);
        result = drop_integration(session, json_string_at(route, "target"), err);
    }
    if (result == 0 && changes->apply)
        changes_done(changes, change, session_elapsed(session, started));
    json_decref(route);
    return result;
}

/* Removes routes of ours (they carry an operation name) that the settings no longer name. */
static int drop_routes(struct session *session, const struct routes *routes,
                       struct changes *changes, struct err *err)
{
    for (size_t i = json_array_size(session->routes); i > 0; i--) {
        const json_t *route = json_array_get(session->routes, i - 1);

        if (!*json_string_at(route, "operationName") && !changes->apply)
            changes_leave(changes, "route %s: others made it", json_string_at(route, "routeKey"));
        if (*json_string_at(route, "operationName") &&
            !is_wanted(routes, json_string_at(route, "routeKey")) &&
            drop_route(session, i - 1, changes, err) < 0)
            return -1;
    }
    return 0;
}

size_t api_routes_count(const struct session *session)
{
    size_t count = 0;

    for (size_t i = 0; i < session->count; i++)
        count += session->remotes[i].function->routes.count;
    return count;
}

int api_routes_put(struct session *session, struct changes *changes, struct err *err)
{
    struct routes routes = collect_routes(session);
    json_t *integrations = NULL;
    int result = 0;

    for (size_t i = 0; i < routes.count && result == 0; i++)
        result = put_route(session, &routes, &routes.items[i], &integrations, changes, err);
    json_decref(integrations);
    free(routes.items);
    return result;
}

int api_routes_drop(struct session *session, struct changes *changes, struct err *err)
{
    struct routes routes = collect_routes(session);
    int result = drop_routes(session, &routes, changes, err);

    free(routes.items);
    return result;
}
