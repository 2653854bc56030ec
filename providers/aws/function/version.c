#include "providers/aws/function/version.h"

#include "core/memory.h"
#include "providers/aws/function/configuration.h"
#include "providers/aws/function/function_state.h"
#include "providers/aws/function/layer_prune.h"

#include <stdlib.h>
#include <string.h>

static char *alias_description(const char *version, const struct remote *remote)
{
    char *fingerprint = remote->planned
                            ? xstrdup(remote->planned)
                            : configuration_fingerprint(remote->configuration, remote->function);
    char *description = xasprintf("fnctl %s %s", version, fingerprint);

    free(fingerprint);
    return description;
}

/* Whether the alias points to a version made from $LATEST as it is, or is planned to be. */
static bool released(const struct remote *remote)
{
    char *description;
    bool same;

    if (!remote->alias || !remote->configuration)
        return false;
    description = alias_description(json_string_at(remote->alias, "FunctionVersion"), remote);
    same = strcmp(description, json_string_at(remote->alias, "Description")) == 0;
    free(description);
    return same;
}

/* Publishes $LATEST; `*version` takes the version's number, to free(). */
static int publish(struct session *session, struct remote *remote, char **version, struct err *err)
{
    const char *description = remote->function->description;
    json_t *body =
        json_pack("{s:s}", "CodeSha256", json_string_at(remote->configuration, "CodeSha256"));
    json_t *configuration = NULL;
    struct aws_call call;
    int result;

    if (description && *description)
        json_object_set_new(body, "Description", json_string(description));
    aws_call_rest(&call, &aws_lambda, "PublishVersion", "POST", body,
                  "/2015-03-31/functions/%s/versions", remote->name);
    result = session_call(session, &call, NULL, remote->name, err);
    if (result == 0) {
        configuration = json_incref(call.reply);
        *version = xstrdup(json_string_at(call.reply, "Version"));
        result = function_wait(session, remote->name, *version, &configuration, err);
    }
    aws_call_release(&call);
    json_decref(configuration);
    return result;
}

static json_t *alias_body(const struct remote *remote, const char *version)
{
    char *description = alias_description(version, remote);
    json_t *body = json_pack("{s:s, s:s}", "FunctionVersion", version, "Description", description);

    if (json_object_size(json_at(remote->alias, "RoutingConfig.AdditionalVersionWeights")))
        json_object_set_new(body, "RoutingConfig", json_pack("{s:{}}", "AdditionalVersionWeights"));
    free(description);
    return body;
}

/* Creates the alias; `*exists` tells that there is one already. */
static int create_alias(struct session *session, struct remote *remote, const char *version,
                        bool *exists, struct err *err)
{
    json_t *body = alias_body(remote, version);
    struct aws_call call;
    int result;

    json_object_set_new(body, "Name", json_string(LIVE_ALIAS));
    aws_call_rest(&call, &aws_lambda, "CreateAlias", "POST", body,
                  "/2015-03-31/functions/%s/aliases", remote->name);
    result = session_call(session, &call, "ResourceConflictException", remote->name, err);
    *exists = result == 0 && call.code;
    if (result == 0 && !call.code)
        json_replace(&remote->alias, json_incref(call.reply));
    aws_call_release(&call);
    return result;
}

static int move_alias(struct session *session, struct remote *remote, const char *version,
                      struct err *err)
{
    bool exists = remote->alias != NULL;
    struct aws_call call;
    int result;

    if (!exists && create_alias(session, remote, version, &exists, err) < 0)
        return -1;
    if (!exists)
        return 0;
    aws_call_rest(&call, &aws_lambda, "UpdateAlias", "PUT", alias_body(remote, version),
                  "/2015-03-31/functions/%s/aliases/%s", remote->name, LIVE_ALIAS);
    result = session_call(session, &call, NULL, remote->name, err);
    if (result == 0)
        json_replace(&remote->alias, json_incref(call.reply));
    aws_call_release(&call);
    return result;
}

/* Publishes and moves the alias, or records that it would. */
static int release(struct session *session, struct remote *remote, struct changes *changes,
                   struct err *err)
{
    int64_t started = clock_monotonic(session->clock);
    char *version = NULL;
    struct change *change;
    int result = 0;

    change =
        changes_add(changes, remote->alias ? CHANGE_UPDATE : CHANGE_CREATE, "alias", remote->name);
    change_field(changes, change, "FunctionVersion",
                 remote->alias ? json_string_at(remote->alias, "FunctionVersion") : NULL,
                 "new version");
    changes_announce(changes, change);
    if (!changes->apply)
        return 0;
    if (publish(session, remote, &version, err) < 0 ||
        move_alias(session, remote, version, err) < 0)
        result = err_context(err, "cannot release function '%s'", remote->name);
    else
        changes_done(changes, change, session_elapsed(session, started));
    free(version);
    return result;
}

int aws_release(struct session *session, const struct function *function, struct changes *changes,
                struct err *err)
{
    struct remote *remote = session_remote(session, function);
    bool pending = !released(remote);

    if (pending && release(session, remote, changes, err) < 0)
        return -1;
    return layer_prune(session, remote, pending && !changes->apply, changes, err);
}

static json_t *version_json(const json_t *item, const char *live)
{
    const char *version = json_string_at(item, "Version");

    return json_pack("{s:s, s:b, s:s, s:I, s:s, s:s, s:s}", "version", version, "live",
                     strcmp(version, live) == 0, "modified", json_string_at(item, "LastModified"),
                     "code_size", (json_int_t)json_int_at(item, "CodeSize"), "sha256",
                     json_string_at(item, "CodeSha256"), "runtime", json_string_at(item, "Runtime"),
                     "description", json_string_at(item, "Description"));
}

/* The version that the alias points to, to free(); "" without an alias. */
static char *live_version(struct session *session, const struct remote *remote, struct err *err)
{
    struct aws_call call;
    char *version = NULL;

    if (remote->alias)
        return xstrdup(json_string_at(remote->alias, "FunctionVersion"));
    aws_call_rest(&call, &aws_lambda, "GetAlias", "GET", NULL,
                  "/2015-03-31/functions/%s/aliases/%s", remote->name, LIVE_ALIAS);
    if (session_call(session, &call, "ResourceNotFoundException", remote->name, err) == 0)
        version = xstrdup(call.code ? "" : json_string_at(call.reply, "FunctionVersion"));
    aws_call_release(&call);
    return version;
}

int aws_versions(struct session *session, const struct function *function, json_t **versions,
                 struct err *err)
{
    struct remote *remote = session_remote(session, function);
    char *live = live_version(session, remote, err);
    json_t *items = live ? function_versions(session, remote, err) : NULL;

    if (items)
        *versions = json_array();
    for (size_t i = json_array_size(items); i > 0; i--) {
        const json_t *item = json_array_get(items, i - 1);

        if (strcmp(json_string_at(item, "Version"), "$LATEST") != 0)
            json_array_append_new(*versions, version_json(item, live));
    }
    free(live);
    json_decref(items);
    return items ? 0 : -1;
}
