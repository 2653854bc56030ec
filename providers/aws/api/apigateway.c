#include "providers/aws/api/apigateway.h"

#include "core/interrupt.h"
#include "core/memory.h"
#include "providers/aws/api/api_features.h"
#include "providers/aws/api/api_routes.h"
#include "providers/aws/api/api_stage.h"
#include "providers/aws/api/authorizers.h"
#include "providers/aws/cors.h"
#include "providers/aws/domain/domain.h"
#include "providers/aws/function/marks.h"
#include "providers/aws/function/policy.h"
#include "providers/aws/wire/pages.h"
#include "providers/difference.h"

#include <stdlib.h>
#include <string.h>

#define API_PERMISSION "fnctl-api"

/* Whether `api` was made before `other`: the API that counts when there are two of one name. */
static bool is_older(const json_t *api, const json_t *other)
{
    int order = strcmp(json_string_at(api, "createdDate"), json_string_at(other, "createdDate"));

    if (order == 0)
        order = strcmp(json_string_at(api, "apiId"), json_string_at(other, "apiId"));
    return order < 0;
}

json_t *apigateway_find(const struct session *session, const json_t *apis)
{
    char *name = session_name(session);
    json_t *found = NULL;
    size_t i;
    json_t *api;

    json_array_foreach (apis, i, api) {
        if (strcmp(json_string_at(api, "name"), name) == 0 &&
            session_owns(session, json_object_get(api, "tags")) && (!found || is_older(api, found)))
            found = api;
    }
    free(name);
    return found;
}

static const char *api_id(const struct session *session)
{
    return json_string_at(session->api, "apiId");
}

static int create_api(struct session *session, const char *name, struct err *err)
{
    json_t *body = json_pack("{s:s, s:s, s:o}", "name", name, "protocolType", "HTTP", "tags",
                             session_tags(session, NULL));
    struct aws_call call;
    int result;

    api_features_tag(session, json_object_get(body, "tags"));
    if (session->settings->api.cors)
        json_object_set_new(body, "corsConfiguration",
                            cors_wanted(session->settings->api.cors, false));
    aws_call_rest(&call, &aws_apigateway, "CreateApi", "POST", body, "/v2/apis");
    /* Sent once: a second API of the same name would be taken for a different one. */
    call.once = true;
    result = session_call(session, &call, NULL, name, err);
    if (result == 0)
        json_replace(&session->api, json_incref(call.reply));
    aws_call_release(&call);
    return result;
}

/* Another API of this project and stage than the one just made, the caller's; NULL: none. */
static int find_other(struct session *session, json_t **other, struct err *err)
{
    struct listing listing = {.service = &aws_apigateway,
                              .operation = "GetApis",
                              .path = "/v2/apis?maxResults=100",
                              .items = "items",
                              .ask = "nextToken",
                              .next = "nextToken"};
    json_t *apis = listing_all(session, &listing, err);
    size_t i;
    json_t *api;

    *other = NULL;
    if (!apis)
        return -1;
    json_array_foreach (apis, i, api) {
        if (strcmp(json_string_at(api, "apiId"), api_id(session)) == 0) {
            json_array_remove(apis, i);
            break;
        }
    }
    *other = json_incref(apigateway_find(session, apis));
    json_decref(apis);
    return 0;
}

/* Removes the API just made in favour of another one. */
static int yield_to(struct session *session, json_t *other, const char *name, struct err *err)
{
    struct aws_call call;

    aws_call_rest(&call, &aws_apigateway, "DeleteApi", "DELETE", NULL, "/v2/apis/%s",
                  api_id(session));
    if (session_do(session, &call, "NotFoundException", name, err) < 0)
        return -1;
    json_replace(&session->api, json_incref(other));
    return 0;
}

/*
 * Names of APIs are not unique and CreateApi has no token, so two deploys at
 * once may make two. The one with the greater id gives way. The other waits
 * for that, and gives way itself when it does not happen: then the first had
 * looked before there was a second, and relies on its own.
 */
static int settle_api(struct session *session, const char *name, struct err *err)
{
    enum { PATIENCE = 12, PAUSE = 250 };
    json_t *other = NULL;
    int result = find_other(session, &other, err);

    for (int i = 0; result == 0 && other; i++) {
        if (i == PATIENCE || strcmp(api_id(session), json_string_at(other, "apiId")) > 0) {
            result = yield_to(session, other, name, err);
            break;
        }
        json_decref(other);
        other = NULL;
        result = clock_sleep(session->clock, PAUSE) < 0 ? interrupt_check(err)
                                                        : find_other(session, &other, err);
    }
    json_decref(other);
    return result;
}

static int send_tags(struct session *session, const json_t *found, const json_t *tags,
                     struct err *err)
{
    const char *name = json_string_at(session->api, "name");
    json_t *stale = tags_stale(found, tags);
    char *query = tags_query("tagKeys", stale);
    char *path = xasprintf("/v2/tags/arn%%3A%s%%3Aapigateway%%3A%s%%3A%%3A%%2Fapis%%2F%s",
                           aws_partition(session->aws), aws_region(session->aws), api_id(session));
    struct aws_call call;
    int result = 0;

    /* First: the note in the tags knows of them until then. */
    if (json_array_size(stale)) {
        aws_call_rest(&call, &aws_apigateway, "UntagResource", "DELETE", NULL, "%s?%s", path,
                      query);
        result = session_do(session, &call, NULL, name, err);
    }
    if (result == 0) {
        aws_call_rest(&call, &aws_apigateway, "TagResource", "POST",
                      json_pack("{s:O}", "tags", tags), "%s", path);
        result = session_do(session, &call, NULL, name, err);
    }
    json_decref(stale);
    free(query);
    free(path);
    return result;
}

/* Tags that the settings have changed since the API was made. */
static int put_tags(struct session *session, struct changes *changes, struct err *err)
{
    json_t *tags = session_tags(session, NULL);
    const json_t *found = json_object_get(session->api, "tags");
    json_t *before = json_pack("{s:o}", "tags", tags_told(found, found, tags));
    json_t *after = json_pack("{s:o}", "tags", tags_told(tags, found, tags));
    int64_t started = clock_monotonic(session->clock);
    struct change *change;
    int result = 0;

    if (tags_right(found, tags))
        goto out;
    change = changes_add(changes, CHANGE_UPDATE, "api", json_string_at(session->api, "name"));
    change_fields_differing(changes, change, before, after);
    changes_announce(changes, change);
    if (!changes->apply)
        goto out;
    result = send_tags(session, found, tags, err);
    if (result < 0)
        goto out;
    json_object_set(session->api, "tags", tags);
    changes_done(changes, change, session_elapsed(session, started));
out:
    json_decref(tags);
    json_decref(before);
    json_decref(after);
    return result;
}

/* UpdateApi, or what takes the configuration away. */
static int send_cors(struct session *session, json_t *wanted, struct err *err)
{
    const char *name = json_string_at(session->api, "name");
    struct aws_call call;

    if (json_object_size(wanted))
        aws_call_rest(&call, &aws_apigateway, "UpdateApi", "PATCH",
                      json_pack("{s:O}", "corsConfiguration", wanted), "/v2/apis/%s",
                      api_id(session));
    else
        aws_call_rest(&call, &aws_apigateway, "DeleteCorsConfiguration", "DELETE", NULL,
                      "/v2/apis/%s/cors", api_id(session));
    return session_do(session, &call, NULL, name, err);
}

static int put_cors(struct session *session, struct changes *changes, struct err *err)
{
    int64_t started = clock_monotonic(session->clock);
    json_t *wanted = cors_wanted(session->settings->api.cors, false);
    json_t *before = cors_comparable(json_at(session->api, "corsConfiguration"));
    json_t *after = cors_comparable(wanted);
    struct change *change;
    int result = 0;

    if (json_equal(before, after))
        goto out;
    change = changes_add(changes, CHANGE_UPDATE, "cors", json_string_at(session->api, "name"));
    change_fields_differing(changes, change, before, after);
    changes_announce(changes, change);
    if (!changes->apply)
        goto out;
    result = send_cors(session, wanted, err);
    if (result < 0)
        goto out;
    json_object_set(session->api, "corsConfiguration", wanted);
    changes_done(changes, change, session_elapsed(session, started));
out:
    json_decref(wanted);
    json_decref(before);
    json_decref(after);
    return result;
}

static int put_api(struct session *session, struct changes *changes, struct err *err)
{
    int64_t started = clock_monotonic(session->clock);
    char *name = session_name(session);
    struct change *change;
    int result = 0;

    if (session->api) {
        result = put_tags(session, changes, err);
        if (result == 0)
            result = put_cors(session, changes, err);
        goto out;
    }
    change = changes_add(changes, CHANGE_CREATE, "api", name);
    change_field(changes, change, "protocolType", NULL, "HTTP");
    if (session->settings->api.cors) {
        char *cors = json_canonical(session->settings->api.cors);

        change_field(changes, change, "cors", NULL, cors);
        free(cors);
    }
    changes_announce(changes, change);
    if (!changes->apply)
        goto out;
    result = create_api(session, name, err);
    if (result == 0)
        result = settle_api(session, name, err);
    if (result == 0)
        result = api_stage_create(session, err);
    if (result == 0)
        changes_done(changes, change, session_elapsed(session, started));
out:
    free(name);
    return result;
}

static bool others_have_routes(const struct session *session)
{
    size_t i;
    json_t *route;

    json_array_foreach (session->routes, i, route) {
        if (!*json_string_at(route, "operationName"))
            return true;
    }
    return false;
}

int apigateway_remove(struct session *session, const char *id, const char *name,
                      struct changes *changes, struct err *err)
{
    struct change *change = changes_add(changes, CHANGE_REMOVE, "api", name);
    int64_t started = clock_monotonic(session->clock);
    struct aws_call call;

    changes_announce(changes, change);
    if (!changes->apply)
        return 0;
    aws_call_rest(&call, &aws_apigateway, "DeleteApi", "DELETE", NULL, "/v2/apis/%s", id);
    if (session_do(session, &call, "NotFoundException", name, err) < 0)
        return -1;
    changes_done(changes, change, session_elapsed(session, started));
    return 0;
}

/* Who may call a function: the API, when it has routes. */
static int put_permission(struct session *session, struct remote *remote, struct changes *changes,
                          struct err *err)
{
    struct permission permission = {.id = API_PERMISSION,
                                    .action = "lambda:InvokeFunction",
                                    .principal = "apigateway.amazonaws.com",
                                    .new_source = !session->api};
    char *source = NULL;
    int result;

    if (!remote->function->routes.count)
        return policy_drop(session, remote, API_PERMISSION, changes, err);
    if (session->api) {
        source = session_arn(session, "execute-api", err, "%s/*/*", api_id(session));
        if (!source)
            return -1;
        permission.source_arn = source;
    }
    result = policy_ensure(session, remote, &permission, changes, err);
    free(source);
    return result;
}

/* What the API consists of, in the order in which one part needs the other. */
static int put_parts(struct session *session, struct changes *changes, struct err *err)
{
    int (*const steps[])(struct session *, struct changes *, struct err *) = {
        authorizers_put, api_routes_put, api_stage_put, api_routes_drop, authorizers_drop};

    if (changes->apply && api_features_mark(session, api_features(session), err) < 0)
        return -1;
    for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++)
        if (interrupt_check(err) < 0 || steps[i](session, changes, err) < 0)
            return -1;
    return changes->apply ? api_features_mark(session, api_features_wanted(session), err) : 0;
}

static int put_routes(struct session *session, struct changes *changes, struct err *err)
{
    /* An API without any route may lack its stage, when creating it was interrupted. */
    bool bare = session->api && !json_array_size(session->routes);
    int result = put_api(session, changes, err);

    if (result == 0 && bare && changes->apply)
        result = api_stage_create(session, err);
    if (result == 0)
        result = put_parts(session, changes, err);
    return result < 0 ? -1 : domain_sync(session, changes, err);
}

static int drop_api(struct session *session, struct changes *changes, struct err *err)
{
    char *name;
    int result;

    if (!session->api)
        return 0;
    if (others_have_routes(session))
        return put_parts(session, changes, err);
    if (domain_drop(session, changes, err) < 0)
        return -1;
    name = session_name(session);
    result = apigateway_remove(session, api_id(session), name, changes, err);
    if (result == 0 && changes->apply) {
        json_replace(&session->api, NULL);
        json_array_clear(session->routes);
        json_replace(&session->authorizers, NULL);
        json_replace(&session->api_stage, NULL);
    }
    free(name);
    return result;
}

int aws_sync_routes(struct session *session, struct changes *changes, struct err *err)
{
    int result = api_routes_count(session) ? put_routes(session, changes, err)
                                           : drop_api(session, changes, err);

    for (size_t i = 0; i < session->count && result == 0; i++)
        result = put_permission(session, &session->remotes[i], changes, err);
    if (result == 0)
        result = authorizers_permit(session, changes, err);
    for (size_t i = 0; i < session->count && result == 0; i++) {
        result = mark_drop(session, &session->remotes[i], MARK_API, changes, err);
        if (result == 0)
            result = mark_drop(session, &session->remotes[i], MARK_CALLERS, changes, err);
    }
    return result;
}

char *aws_endpoint(struct session *session, const struct function *function)
{
    const struct remote *remote = function ? session_remote(session, function) : NULL;
    const char *url = remote ? json_string_at(remote->url, "FunctionUrl")
                             : json_string_at(session->api, "apiEndpoint");

    if (!remote && *url && domain_wanted(session))
        return domain_url(session);
    return *url ? xstrdup(url) : NULL;
}
