#include "providers/aws/function/url.h"

#include "core/memory.h"
#include "providers/aws/cors.h"
#include "providers/aws/function/marks.h"
#include "providers/aws/function/policy.h"
#include "providers/difference.h"

#include <stdlib.h>
#include <string.h>

static const struct permission public_permissions[] = {
    {.id = "fnctl-url",
     .action = "lambda:InvokeFunctionUrl",
     .principal = "*",
     .auth_type = "NONE"},
    {.id = "fnctl-url-invoke",
     .action = "lambda:InvokeFunction",
     .principal = "*",
     .via_url = true},
};
enum { PUBLIC_PERMISSIONS = sizeof(public_permissions) / sizeof(public_permissions[0]) };

void url_call(const char *name, struct aws_call *call)
{
    aws_call_rest(call, &aws_lambda, "GetFunctionUrlConfig", "GET", NULL,
                  "/2021-10-31/functions/%s/url?Qualifier=%s", name, LIVE_ALIAS);
    call->accept = "ResourceNotFoundException";
}

static bool is_public(const struct url *url)
{
    return !url->auth || strcmp(url->auth, "iam") != 0;
}

static json_t *wanted_url(const struct url *url)
{
    return json_pack("{s:s, s:s, s:o}", "AuthType", is_public(url) ? "NONE" : "AWS_IAM",
                     "InvokeMode", url->stream ? "RESPONSE_STREAM" : "BUFFERED", "Cors",
                     cors_wanted(url->cors, true));
}

/* The parts of a URL's configuration that are compared. */
static json_t *comparable_url(const json_t *url)
{
    const char *mode = json_string_at(url, "InvokeMode");

    return json_pack("{s:s, s:s, s:o}", "AuthType", json_string_at(url, "AuthType"), "InvokeMode",
                     *mode ? mode : "BUFFERED", "Cors", cors_comparable(json_at(url, "Cors")));
}

static int send_url(struct session *session, struct remote *remote, json_t *wanted, struct err *err)
{
    bool update = remote->url != NULL;
    struct aws_call call;
    int result;

    aws_call_rest(&call, &aws_lambda,
                  update ? "UpdateFunctionUrlConfig" : "CreateFunctionUrlConfig",
                  update ? "PUT" : "POST", json_incref(wanted),
                  "/2021-10-31/functions/%s/url?Qualifier=%s", remote->name, LIVE_ALIAS);
    result = session_call(session, &call, update ? NULL : "ResourceConflictException", remote->name,
                          err);
    if (result == 0 && !call.code)
        json_replace(&remote->url, json_incref(call.reply));
    if (result == 0 && call.code) {
        /* It appeared after the snapshot, maybe by a retry of ours. */
        aws_call_release(&call);
        url_call(remote->name, &call);
        result = session_call(session, &call, NULL, remote->name, err);
        if (result == 0)
            json_replace(&remote->url, json_incref(call.reply));
    }
    aws_call_release(&call);
    return result;
}

static int put_config(struct session *session, struct remote *remote, struct changes *changes,
                      struct err *err)
{
    json_t *wanted = wanted_url(&remote->function->url);
    json_t *before = remote->url ? comparable_url(remote->url) : NULL;
    json_t *after = comparable_url(wanted);
    int64_t started = clock_monotonic(session->clock);
    struct change *change;
    int result = 0;

    if (before && json_equal(before, after))
        goto out;
    change = changes_add(changes, before ? CHANGE_UPDATE : CHANGE_CREATE, "url", remote->name);
    change_fields_differing(changes, change, before, after);
    changes_announce(changes, change);
    if (!changes->apply)
        goto out;
    result = send_url(session, remote, wanted, err);
    if (result == 0)
        changes_done(changes, change, session_elapsed(session, started));
out:
    json_decref(wanted);
    json_decref(before);
    json_decref(after);
    return result;
}

static int put_permissions(struct session *session, struct remote *remote, bool open,
                           struct changes *changes, struct err *err)
{
    for (size_t i = 0; i < PUBLIC_PERMISSIONS; i++) {
        const struct permission *permission = &public_permissions[i];
        int result = open ? policy_ensure(session, remote, permission, changes, err)
                          : policy_drop(session, remote, permission->id, changes, err);

        if (result < 0)
            return -1;
    }
    return 0;
}

int url_remove(struct session *session, const char *name, struct changes *changes, struct err *err)
{
    struct change *change = changes_add(changes, CHANGE_REMOVE, "url", name);
    int64_t started = clock_monotonic(session->clock);
    struct aws_call call;

    changes_announce(changes, change);
    if (!changes->apply)
        return 0;
    aws_call_rest(&call, &aws_lambda, "DeleteFunctionUrlConfig", "DELETE", NULL,
                  "/2021-10-31/functions/%s/url?Qualifier=%s", name, LIVE_ALIAS);
    if (session_do(session, &call, "ResourceNotFoundException", name, err) < 0)
        return -1;
    changes_done(changes, change, session_elapsed(session, started));
    return 0;
}

int aws_put_url(struct session *session, const struct function *function, struct changes *changes,
                struct err *err)
{
    struct remote *remote = session_remote(session, function);

    if (function->url.enabled) {
        if (put_config(session, remote, changes, err) < 0)
            return -1;
        return put_permissions(session, remote, is_public(&function->url), changes, err);
    }
    if (put_permissions(session, remote, false, changes, err) < 0)
        return -1;
    if (remote->url && url_remove(session, remote->name, changes, err) < 0)
        return -1;
    if (changes->apply)
        json_replace(&remote->url, NULL);
    return mark_drop(session, remote, MARK_URL, changes, err);
}
