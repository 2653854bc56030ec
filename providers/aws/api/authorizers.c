#include "providers/aws/api/authorizers.h"

#include "core/memory.h"
#include "providers/aws/api/api_features.h"
#include "providers/aws/function/function_state.h"
#include "providers/aws/function/policy.h"
#include "providers/difference.h"

#include <stdlib.h>
#include <string.h>

#define PREFIX "fnctl-"
#define PERMISSION "fnctl-authorizer"

static const char *api_id(const struct session *session)
{
    return json_string_at(session->api, "apiId");
}

/* The name in the settings of an authorizer of ours; NULL: it is another's. */
static const char *own_name(const json_t *authorizer)
{
    const char *name = json_string_at(authorizer, "name");

    return strncmp(name, PREFIX, strlen(PREFIX)) == 0 ? name + strlen(PREFIX) : NULL;
}

/* Of several of one name, which a lost answer may lead to, the one with the least id. */
static json_t *find_authorizer(const struct session *session, const char *name)
{
    json_t *found = NULL;
    size_t i;
    json_t *item;

    json_array_foreach (session->authorizers, i, item) {
        const char *own = own_name(item);

        if (own && strcmp(own, name) == 0 &&
            (!found || strcmp(json_string_at(item, "authorizerId"),
                              json_string_at(found, "authorizerId")) < 0))
            found = item;
    }
    return found;
}

const char *authorizer_id(const struct session *session, const char *name)
{
    return json_string_at(find_authorizer(session, name), "authorizerId");
}

const char *authorizer_label(const struct session *session, const json_t *route)
{
    const char *type = json_string_at(route, "authorizationType");
    const char *id = json_string_at(route, "authorizerId");
    size_t i;
    json_t *item;

    if (!*type || strcmp(type, "NONE") == 0)
        return "none";
    if (strcmp(type, "AWS_IAM") == 0)
        return "iam";
    json_array_foreach (session->authorizers, i, item) {
        if (strcmp(json_string_at(item, "authorizerId"), id) == 0)
            return own_name(item) ? own_name(item) : json_string_at(item, "name");
    }
    return id;
}

static json_t *list_of(const struct strings *strings)
{
    json_t *list = json_array();

    for (size_t i = 0; i < strings->count; i++)
        json_array_append_new(list, json_string(strings->items[i]));
    return list;
}

/* The function of the project that an authorizer asks; NULL: it is elsewhere, or none. */
static struct remote *own_function(struct session *session, const struct authorizer *authorizer)
{
    for (size_t i = 0; authorizer->lambda && i < session->count; i++)
        if (strcmp(session->remotes[i].function->name, authorizer->lambda) == 0)
            return &session->remotes[i];
    return NULL;
}

/* The address under which API Gateway calls a function; NULL on failure; to free(). */
static char *function_uri(struct session *session, const struct authorizer *authorizer,
                          struct err *err)
{
    struct remote *remote = own_function(session, authorizer);
    char *arn =
        remote ? function_arn(session, remote, LIVE_ALIAS, err) : xstrdup(authorizer->lambda);
    char *uri = NULL;

    if (arn)
        uri = xasprintf("arn:%s:apigateway:%s:lambda:path/2015-03-31/functions/%s/invocations",
                        aws_partition(session->aws), aws_region(session->aws), arn);
    free(arn);
    return uri;
}

/* CreateAuthorizer's body, the caller's; NULL on failure. */
static json_t *wanted_authorizer(struct session *session, const struct authorizer *authorizer,
                                 struct err *err)
{
    json_t *identity = authorizer->identity.count
                           ? list_of(&authorizer->identity)
                           : json_pack("[s]", "$request.header.Authorization");
    json_t *body = json_pack("{s:o, s:o}", "name", json_sprintf(PREFIX "%s", authorizer->name),
                             "identitySource", identity);
    char *uri;

    if (authorizer->jwt.issuer) {
        json_object_set_new(body, "authorizerType", json_string("JWT"));
        json_object_set_new(body, "jwtConfiguration",
                            json_pack("{s:o, s:s}", "audience", list_of(&authorizer->jwt.audience),
                                      "issuer", authorizer->jwt.issuer));
        return body;
    }
    uri = function_uri(session, authorizer, err);
    if (!uri) {
        json_decref(body);
        return NULL;
    }
    json_object_set_new(body, "authorizerType", json_string("REQUEST"));
    json_object_set_new(body, "authorizerUri", json_string(uri));
    json_object_set_new(body, "authorizerPayloadFormatVersion", json_string("2.0"));
    json_object_set_new(body, "authorizerResultTtlInSeconds", json_integer(authorizer->ttl));
    json_object_set_new(body, "enableSimpleResponses", json_boolean(authorizer->simple));
    free(uri);
    return body;
}

/* What of an authorizer that is there has a counterpart in `wanted`. */
static json_t *comparable(const json_t *found, const json_t *wanted)
{
    json_t *result = json_object();
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *)wanted, key, value) {
        if (json_object_get(found, key))
            json_object_set(result, key, json_object_get(found, key));
    }
    return result;
}

static int send_authorizer(struct session *session, json_t *found, json_t *wanted, struct err *err)
{
    const char *name = json_string_at(wanted, "name");
    struct aws_call call;
    int result;

    aws_call_rest(&call, &aws_apigateway, found ? "UpdateAuthorizer" : "CreateAuthorizer",
                  found ? "PATCH" : "POST", json_incref(wanted), "/v2/apis/%s/authorizers%s%s",
                  api_id(session), found ? "/" : "", json_string_at(found, "authorizerId"));
    result = session_call(session, &call, NULL, name, err);
    if (result == 0 && found)
        json_object_update(found, call.reply);
    else if (result == 0 && call.attempts > 1)
        /* A try whose answer was lost may have made one, too: what is too many goes later. */
        result = api_features_refresh(session, err);
    else if (result == 0)
        json_array_append(session->authorizers, call.reply);
    aws_call_release(&call);
    return result;
}

static int put_authorizer(struct session *session, const struct authorizer *authorizer,
                          struct changes *changes, struct err *err)
{
    json_t *found = find_authorizer(session, authorizer->name);
    json_t *wanted = wanted_authorizer(session, authorizer, err);
    json_t *before = found ? comparable(found, wanted) : NULL;
    int64_t started = clock_monotonic(session->clock);
    struct change *change;
    int result = wanted ? 0 : -1;

    if (!wanted || (before && json_equal(before, wanted)))
        goto out;
    change =
        changes_add(changes, found ? CHANGE_UPDATE : CHANGE_CREATE, "authorizer", authorizer->name);
    change_fields_differing(changes, change, before, wanted);
    changes_announce(changes, change);
    if (!changes->apply)
        goto out;
    result = send_authorizer(session, found, wanted, err);
    if (result == 0)
        changes_done(changes, change, session_elapsed(session, started));
out:
    json_decref(before);
    json_decref(wanted);
    return result;
}

int authorizers_put(struct session *session, struct changes *changes, struct err *err)
{
    const struct list *list = &session->settings->api.authorizers;
    const struct authorizer *authorizers = list->items;

    if (!session->authorizers)
        session->authorizers = json_array();
    for (size_t i = 0; i < list->count; i++) {
        if (put_authorizer(session, &authorizers[i], changes, err) < 0)
            return -1;
    }
    return 0;
}

static int drop_authorizer(struct session *session, size_t index, struct changes *changes,
                           struct err *err)
{
    json_t *authorizer = json_array_get(session->authorizers, index);
    const char *name = own_name(authorizer);
    struct change *change = changes_add(changes, CHANGE_REMOVE, "authorizer", name);
    int64_t started = clock_monotonic(session->clock);
    struct aws_call call;

    changes_announce(changes, change);
    if (!changes->apply)
        return 0;
    aws_call_rest(&call, &aws_apigateway, "DeleteAuthorizer", "DELETE", NULL,
                  "/v2/apis/%s/authorizers/%s", api_id(session),
                  json_string_at(authorizer, "authorizerId"));
    if (session_do(session, &call, "NotFoundException", name, err) < 0)
        return -1;
    json_array_remove(session->authorizers, index);
    changes_done(changes, change, session_elapsed(session, started));
    return 0;
}

int authorizers_drop(struct session *session, struct changes *changes, struct err *err)
{
    for (size_t i = json_array_size(session->authorizers); i > 0; i--) {
        const json_t *item = json_array_get(session->authorizers, i - 1);
        const char *name = own_name(item);

        if (name &&
            (!settings_authorizer(session->settings, name) ||
             find_authorizer(session, name) != item) &&
            drop_authorizer(session, i - 1, changes, err) < 0)
            return -1;
    }
    return 0;
}

static bool decides(struct session *session, const struct remote *remote)
{
    const struct list *list = &session->settings->api.authorizers;
    const struct authorizer *authorizers = list->items;

    for (size_t i = 0; i < list->count; i++)
        if (own_function(session, &authorizers[i]) == remote)
            return true;
    return false;
}

int authorizers_permit(struct session *session, struct changes *changes, struct err *err)
{
    struct permission permission = {.id = PERMISSION,
                                    .action = "lambda:InvokeFunction",
                                    .principal = "apigateway.amazonaws.com",
                                    .new_source = !session->api};
    char *source = NULL;
    int result = 0;

    for (size_t i = 0; i < session->count && result == 0; i++) {
        struct remote *remote = &session->remotes[i];

        if (!decides(session, remote)) {
            result = policy_drop(session, remote, PERMISSION, changes, err);
            continue;
        }
        if (session->api && !source) {
            source = session_arn(session, "execute-api", err, "%s/authorizers/*", api_id(session));
            permission.source_arn = source;
            if (!source)
                return -1;
        }
        result = policy_ensure(session, remote, &permission, changes, err);
    }
    free(source);
    return result;
}
