#include "providers/aws/function/policy.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { POLICY_DEPTH = 32 };

json_t *policy_statements(const struct aws_call *call)
{
    const char *text = json_string_at(call->reply, "Policy");
    struct err err = {0};
    json_t *document = call->code ? NULL : json_parse(text, strlen(text), POLICY_DEPTH, &err);
    json_t *statements = json_incref(json_at(document, "Statement"));

    json_decref(document);
    return json_is_array(statements) ? statements : json_array();
}

/* The index of the statement of that id; the size of the array when there is none. */
static size_t find_statement(const struct remote *remote, const char *id)
{
    size_t i;
    json_t *statement;

    json_array_foreach (remote->statements, i, statement) {
        if (strcmp(json_string_at(statement, "Sid"), id) == 0)
            break;
    }
    return i;
}

static json_t *get_statement(const struct remote *remote, const char *id)
{
    return json_array_get(remote->statements, find_statement(remote, id));
}

/* The value of `wanted` in any of the statement's conditions; "" when there is none. */
static const char *condition(const json_t *statement, const char *wanted)
{
    const char *operator;
    const char *key;
    json_t *conditions;
    json_t *value;

    json_object_foreach (json_at(statement, "Condition"), operator, conditions) {
        json_object_foreach (conditions, key, value) {
            if (strcasecmp(key, wanted) == 0 && json_is_string(value))
                return json_string_value(value);
        }
    }
    return "";
}

const char *policy_source(const json_t *statement)
{
    return condition(statement, "aws:SourceArn");
}

bool policy_has(const struct remote *remote, const struct permission *permission)
{
    const json_t *statement = get_statement(remote, permission->id);
    const char *source = permission->source_arn ? permission->source_arn : "";
    const char *account = permission->source_account ? permission->source_account : "";

    return statement && !permission->new_source &&
           strcmp(json_string_at(statement, "Action"), permission->action) == 0 &&
           strcmp(policy_source(statement), source) == 0 &&
           strcmp(condition(statement, "aws:SourceAccount"), account) == 0;
}

int policy_revoke(struct session *session, struct remote *remote, const char *id, struct err *err)
{
    struct aws_call call;

    aws_call_rest(&call, &aws_lambda, "RemovePermission", "DELETE", NULL,
                  "/2015-03-31/functions/%s/policy/%s?Qualifier=%s", remote->name, id, LIVE_ALIAS);
    if (session_do(session, &call, "ResourceNotFoundException", remote->name, err) < 0)
        return -1;
    json_array_remove(remote->statements, find_statement(remote, id));
    return 0;
}

static json_t *permission_body(const struct permission *permission)
{
    json_t *body = json_pack("{s:s, s:s, s:s}", "StatementId", permission->id, "Action",
                             permission->action, "Principal", permission->principal);

    if (permission->source_arn)
        json_object_set_new(body, "SourceArn", json_string(permission->source_arn));
    if (permission->source_account)
        json_object_set_new(body, "SourceAccount", json_string(permission->source_account));
    if (permission->auth_type)
        json_object_set_new(body, "FunctionUrlAuthType", json_string(permission->auth_type));
    if (permission->via_url)
        json_object_set_new(body, "InvokedViaFunctionUrl", json_true());
    return body;
}

/* Keeps the snapshot current. */
static void remember(struct remote *remote, const struct permission *permission)
{
    json_t *statement =
        json_pack("{s:s, s:s}", "Sid", permission->id, "Action", permission->action);

    if (permission->source_arn)
        json_object_set_new(
            statement, "Condition",
            json_pack("{s:{s:s}}", "ArnLike", "AWS:SourceArn", permission->source_arn));
    if (permission->source_account)
        json_object_set_new(json_object_get(statement, "Condition"), "StringEquals",
                            json_pack("{s:s}", "AWS:SourceAccount", permission->source_account));
    if (!remote->statements)
        remote->statements = json_array();
    json_array_append_new(remote->statements, statement);
}

/* Sends the permission; `*taken`: there is a statement of that id, unknown to the snapshot. */
static int add(struct session *session, struct remote *remote, const struct permission *permission,
               bool *taken, struct err *err)
{
    struct aws_call call;
    int result;

    aws_call_rest(&call, &aws_lambda, "AddPermission", "POST", permission_body(permission),
                  "/2015-03-31/functions/%s/policy?Qualifier=%s", remote->name, LIVE_ALIAS);
    result = session_call(session, &call, "ResourceConflictException", remote->name, err);
    *taken = result == 0 && call.code;
    aws_call_release(&call);
    return result;
}

int policy_grant(struct session *session, struct remote *remote,
                 const struct permission *permission, struct err *err)
{
    bool taken = false;

    if (policy_has(remote, permission))
        return 0;
    if (get_statement(remote, permission->id) &&
        policy_revoke(session, remote, permission->id, err) < 0)
        return -1;
    if (add(session, remote, permission, &taken, err) < 0)
        return -1;
    /* A statement that came after the snapshot, maybe by a retry of ours: replace it once. */
    if (taken && (policy_revoke(session, remote, permission->id, err) < 0 ||
                  add(session, remote, permission, &taken, err) < 0))
        return -1;
    if (taken)
        return err_set(err, ERR_SERVICE, "cannot AddPermission: '%s' of '%s' is being changed",
                       permission->id, remote->name);
    remember(remote, permission);
    return 0;
}

static struct change *record(struct changes *changes, enum change_kind kind,
                             const struct remote *remote, const char *id)
{
    char *name = xasprintf("%s %s", remote->name, id);
    struct change *change = changes_add(changes, kind, "permission", name);

    free(name);
    return change;
}

int policy_ensure(struct session *session, struct remote *remote,
                  const struct permission *permission, struct changes *changes, struct err *err)
{
    int64_t started = clock_monotonic(session->clock);
    struct change *change;

    if (policy_has(remote, permission))
        return 0;
    change = record(changes, get_statement(remote, permission->id) ? CHANGE_UPDATE : CHANGE_CREATE,
                    remote, permission->id);
    change_field(changes, change, "Action", NULL, permission->action);
    change_field(changes, change, "Principal", NULL, permission->principal);
    changes_announce(changes, change);
    if (!changes->apply)
        return 0;
    if (policy_grant(session, remote, permission, err) < 0)
        return -1;
    changes_done(changes, change, session_elapsed(session, started));
    return 0;
}

int policy_drop(struct session *session, struct remote *remote, const char *id,
                struct changes *changes, struct err *err)
{
    int64_t started = clock_monotonic(session->clock);
    struct change *change;

    if (!get_statement(remote, id))
        return 0;
    change = record(changes, CHANGE_REMOVE, remote, id);
    changes_announce(changes, change);
    if (!changes->apply)
        return 0;
    if (policy_revoke(session, remote, id, err) < 0)
        return -1;
    changes_done(changes, change, session_elapsed(session, started));
    return 0;
}
