#include "providers/aws/iam.h"

#include "core/memory.h"
#include "providers/difference.h"

#include <stdlib.h>
#include <string.h>

/* The member of requests and replies. */
#define BOUNDARY "PermissionsBoundary"

char *iam_path(const struct session *session)
{
    return xasprintf("/fnctl/%s/%s/%s/", session->settings->project, session->settings->stage,
                     aws_region(session->aws));
}

char *iam_role_arn(struct session *session, const char *name, struct err *err)
{
    char *path = iam_path(session);
    char *arn = session_arn(session, "iam", err, "role%s%s", path, name);

    free(path);
    return arn;
}

void iam_role_call(const char *name, struct aws_call *call)
{
    aws_call_action(call, &aws_iam, "GetRole", json_pack("{s:s}", "RoleName", name));
    call->accept = "NoSuchEntity";
}

void iam_policy_call(const char *name, struct aws_call *call)
{
    aws_call_action(call, &aws_iam, "GetRolePolicy",
                    json_pack("{s:s, s:s}", "RoleName", name, "PolicyName", ROLE_POLICY));
    call->accept = "NoSuchEntity";
}

json_t *iam_role_found(const struct aws_call *call)
{
    return call->code ? NULL : call_take(call, "Role");
}

json_t *iam_policy_found(const struct aws_call *call)
{
    return call->code ? NULL : iam_decode(json_string_at(call->reply, "PolicyDocument"));
}

static void add_tags(json_t *form, const json_t *tags)
{
    int number = 0;
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *)tags, key, value) {
        char *name = xasprintf("Tags.member.%d.Key", ++number);
        char *content = xasprintf("Tags.member.%d.Value", number);

        json_object_set_new(form, name, json_string(key));
        json_object_set(form, content, value);
        free(name);
        free(content);
    }
}

/* A call about a role with one document among its parameters. */
static int document_call(struct session *session, const char *operation, const struct role *role,
                         const char *parameter, const json_t *document, struct err *err)
{
    struct aws_call call;
    char *text = json_canonical(document);
    char *subject = xasprintf("role '%s'", role->name);
    json_t *form = json_pack("{s:s, s:s}", "RoleName", role->name, parameter, text);
    int result;

    if (strcmp(operation, "PutRolePolicy") == 0)
        json_object_set_new(form, "PolicyName", json_string(ROLE_POLICY));
    aws_call_action(&call, &aws_iam, operation, form);
    result = session_do(session, &call, NULL, subject, err);
    free(text);
    free(subject);
    return result;
}

/* Takes `keys` (an array) away. */
static int untag_role(struct session *session, const char *name, const json_t *keys,
                      struct err *err)
{
    json_t *form = json_pack("{s:s}", "RoleName", name);
    struct aws_call call;
    size_t i;
    json_t *key;

    json_array_foreach (keys, i, key) {
        char *parameter = xasprintf("TagKeys.member.%zu", i + 1);

        json_object_set(form, parameter, key);
        free(parameter);
    }
    aws_call_action(&call, &aws_iam, "UntagRole", form);
    return session_do(session, &call, NULL, name, err);
}

static int tag_role(struct session *session, const struct role *role, const json_t *found,
                    struct err *err)
{
    json_t *form = json_pack("{s:s}", "RoleName", role->name);
    json_t *stale = tags_stale(found, role->tags);
    struct aws_call call;
    int result = 0;

    /* First: the note in the tags knows of them until then. */
    if (json_array_size(stale))
        result = untag_role(session, role->name, stale, err);
    json_decref(stale);
    add_tags(form, role->tags);
    aws_call_action(&call, &aws_iam, "TagRole", form);
    if (result == 0)
        result = session_call(session, &call, NULL, role->name, err);
    aws_call_release(&call);
    return result;
}

/* A role that has our name but is not below our path belongs to somebody else. */
static int check_ours(struct session *session, const struct role *role, const json_t *found,
                      struct err *err)
{
    char *path = iam_path(session);
    bool ours = !found || strcmp(json_string_at(found, "Path"), path) == 0;
    int result = 0;

    if (!ours)
        result = err_set(err, ERR_SERVICE,
                         "role '%s' exists already and is not of this project, stage and region "
                         "(its path is '%s'); use a stage of its own, rename the project or give "
                         "the function a 'role'",
                         role->name, json_string_at(found, "Path"));
    free(path);
    return result;
}

/* A role that exists though the snapshot has none: an earlier try of ours made it, or a deploy a
 * moment ago. */
static int adopt_role(struct session *session, const struct role *role, json_t **found,
                      struct err *err)
{
    struct aws_call call;
    int result;

    aws_call_action(&call, &aws_iam, "GetRole", json_pack("{s:s}", "RoleName", role->name));
    result = session_call(session, &call, NULL, role->name, err);
    if (result == 0)
        json_replace(found, call_take(&call, "Role"));
    aws_call_release(&call);
    return result == 0 ? check_ours(session, role, *found, err) : -1;
}

static int create_role(struct session *session, const struct role *role, json_t **found,
                       struct err *err)
{
    struct aws_call call;
    char *path = iam_path(session);
    char *trust = json_canonical(role->trust);
    char *subject = xasprintf("role '%s'", role->name);
    json_t *form = json_pack("{s:s, s:s, s:s}", "RoleName", role->name, "Path", path,
                             "AssumeRolePolicyDocument", trust);
    int result;

    add_tags(form, role->tags);
    if (session->settings->aws.permissions_boundary)
        json_object_set_new(form, BOUNDARY,
                            json_string(session->settings->aws.permissions_boundary));
    aws_call_action(&call, &aws_iam, "CreateRole", form);
    result = session_call(session, &call, "EntityAlreadyExists", subject, err);
    if (result == 0 && call.code)
        result = adopt_role(session, role, found, err);
    else if (result == 0)
        json_replace(found, call_take(&call, "Role"));
    session_learn(session, json_string_at(*found, "Arn"));
    aws_call_release(&call);
    free(path);
    free(trust);
    free(subject);
    return result;
}

/* The part of a role that is compared: trust, policy, boundary (NULL and "": none), tags of ours.
 */
static json_t *role_state(const json_t *trust, const json_t *policy, const char *boundary,
                          json_t *tags)
{
    json_t *state = json_pack("{s:o}", "tags", tags);

    if (boundary && *boundary)
        json_object_set_new(state, "permissions_boundary", json_string(boundary));

    if (trust)
        json_object_set(state, "trust", (json_t *)trust);
    if (policy)
        json_object_set(state, "policy", (json_t *)policy);
    return state;
}

static json_t *found_state(const struct role *role, const json_t *found, const json_t *tags,
                           const json_t *document)
{
    json_t *trust = iam_decode(json_string_at(found, "AssumeRolePolicyDocument"));
    json_t *state =
        role_state(trust, document, json_string_at(found, BOUNDARY ".PermissionsBoundaryArn"),
                   tags_told(tags, tags, role->tags));

    json_decref(trust);
    return state;
}

static bool differs(const json_t *before, const json_t *after, const char *key)
{
    return !json_equal(json_object_get(before, key), json_object_get(after, key));
}

/* Bounds the role as the settings say. */
static int put_boundary(struct session *session, const struct role *role, struct err *err)
{
    const char *boundary = session->settings->aws.permissions_boundary;
    json_t *form = json_pack("{s:s}", "RoleName", role->name);
    struct aws_call call;

    if (boundary)
        json_object_set_new(form, BOUNDARY, json_string(boundary));
    aws_call_action(&call, &aws_iam,
                    boundary ? "PutRolePermissionsBoundary" : "DeleteRolePermissionsBoundary",
                    form);
    return session_do(session, &call, boundary ? NULL : "NoSuchEntity", role->name, err);
}

static int carry_out(struct session *session, const struct role *role, const json_t *before,
                     const json_t *after, json_t **found, json_t **document, struct err *err)
{
    json_t *tags = tags_from_list(json_at(*found, "Tags"));
    int result = 0;

    if (!*found) {
        result = create_role(session, role, found, err);
    } else {
        if (differs(before, after, "trust"))
            result = document_call(session, "UpdateAssumeRolePolicy", role, "PolicyDocument",
                                   role->trust, err);
        if (result == 0 && differs(before, after, "permissions_boundary"))
            result = put_boundary(session, role, err);
        if (result == 0 && !tags_right(tags, role->tags))
            result = tag_role(session, role, tags, err);
    }
    json_decref(tags);
    if (result == 0 && differs(before, after, "policy")) {
        result = document_call(session, "PutRolePolicy", role, "PolicyDocument", role->policy, err);
        if (result == 0)
            json_replace(document, json_incref(role->policy));
    }
    return result;
}

/* Writes what was carried out into the snapshot. */
static void keep_current(const struct session *session, const struct role *role, json_t **found)
{
    const char *boundary = session->settings->aws.permissions_boundary;
    char *trust = json_canonical(role->trust);

    if (!*found)
        json_replace(found, json_object());
    json_object_set_new(*found, "AssumeRolePolicyDocument", json_string(trust));
    json_object_set_new(*found, "Tags", tags_to_list(role->tags));
    if (boundary)
        json_object_set_new(*found, BOUNDARY,
                            json_pack("{s:s}", "PermissionsBoundaryArn", boundary));
    else
        json_object_del(*found, BOUNDARY);
    free(trust);
}

int iam_put(struct session *session, const struct role *role, json_t **found, json_t **document,
            struct changes *changes, struct err *err)
{
    json_t *before;
    json_t *after;
    json_t *tags;
    int result = check_ours(session, role, *found, err);
    int64_t started = clock_monotonic(session->clock);
    struct change *change;

    if (result < 0)
        return -1;
    tags = tags_from_list(json_at(*found, "Tags"));
    before = *found ? found_state(role, *found, tags, *document) : json_object();
    after = role_state(role->trust, role->policy, session->settings->aws.permissions_boundary,
                       tags_told(role->tags, tags, role->tags));
    if (json_equal(before, after) && tags_right(tags, role->tags))
        goto out;
    change = changes_add(changes, *found ? CHANGE_UPDATE : CHANGE_CREATE, "role", role->name);
    change_fields_differing(changes, change, before, after);
    changes_announce(changes, change);
    if (!changes->apply)
        goto out;
    result = carry_out(session, role, before, after, found, document, err);
    if (result < 0)
        goto out;
    keep_current(session, role, found);
    changes_done(changes, change, session_elapsed(session, started));
out:
    json_decref(before);
    json_decref(after);
    json_decref(tags);
    return result;
}

int aws_put_role(struct session *session, const struct function *function, struct changes *changes,
                 struct err *err)
{
    struct remote *remote = session_remote(session, function);
    struct role role = {.name = remote->name};
    char *group = NULL;
    int result = -1;

    if (function->role)
        return 0;
    group = session_arn(session, "logs", err, "log-group:/aws/lambda/%s", remote->name);
    if (!group)
        return -1;
    role.trust = iam_trust("lambda.amazonaws.com", NULL);
    role.policy = iam_function_policy(function, group, err);
    role.tags = session_tags(session, function);
    if (role.policy)
        result = iam_put(session, &role, &remote->role, &remote->role_policy, changes, err);
    json_decref(role.trust);
    json_decref(role.policy);
    json_decref(role.tags);
    free(group);
    return result;
}

/* Performs `operation` for each item of a listing, naming it in `parameter`. */
static int for_each(struct session *session, const char *name, const json_t *list, const char *key,
                    const char *operation, const char *parameter, struct err *err)
{
    size_t i;
    json_t *item;

    json_array_foreach (list, i, item) {
        const char *value = key ? json_string_at(item, key) : json_string_value(item);
        struct aws_call call;

        aws_call_action(&call, &aws_iam, operation,
                        json_pack("{s:s, s:s}", "RoleName", name, parameter, value ? value : ""));
        if (session_do(session, &call, "NoSuchEntity", name, err) < 0)
            return -1;
    }
    return 0;
}

/* Takes away what keeps a role from being deleted: its policies, also those others attached. */
static int strip_role(struct session *session, const char *name, struct err *err)
{
    struct aws_call calls[2];
    int result;

    aws_call_action(&calls[0], &aws_iam, "ListAttachedRolePolicies",
                    json_pack("{s:s}", "RoleName", name));
    aws_call_action(&calls[1], &aws_iam, "ListRolePolicies", json_pack("{s:s}", "RoleName", name));
    calls[0].accept = calls[1].accept = "NoSuchEntity";
    result = aws_perform(session->aws, calls, 2, err);
    if (result == 0)
        result = for_each(session, name, json_at(calls[0].reply, "AttachedPolicies"), "PolicyArn",
                          "DetachRolePolicy", "PolicyArn", err);
    if (result == 0)
        result = for_each(session, name, json_at(calls[1].reply, "PolicyNames"), NULL,
                          "DeleteRolePolicy", "PolicyName", err);
    aws_call_release(&calls[0]);
    aws_call_release(&calls[1]);
    return result;
}

int iam_remove(struct session *session, const char *name, struct changes *changes, struct err *err)
{
    struct change *change = changes_add(changes, CHANGE_REMOVE, "role", name);
    int64_t started = clock_monotonic(session->clock);
    struct aws_call call;

    changes_announce(changes, change);
    if (!changes->apply)
        return 0;
    if (strip_role(session, name, err) < 0)
        return -1;
    aws_call_action(&call, &aws_iam, "DeleteRole", json_pack("{s:s}", "RoleName", name));
    if (session_do(session, &call, "NoSuchEntity", name, err) < 0)
        return -1;
    changes_done(changes, change, session_elapsed(session, started));
    return 0;
}
