#include "providers/aws/function/update.h"

#include "core/memory.h"
#include "providers/aws/function/configuration.h"
#include "providers/aws/function/function_state.h"
#include "providers/aws/observe.h"

#include <stdlib.h>
#include <string.h>

/* A service may give a function another revision by itself, as when it becomes active. */
enum { TRIES = 3 };

/* One update, if $LATEST has the revision that was seen; `*again`: it has another. */
static int try_to_update(struct session *session, struct remote *remote, const char *operation,
                         const char *part, const json_t *body, bool *again, struct err *err)
{
    const char *revision = json_string_at(remote->configuration, "RevisionId");
    json_t *guarded = json_copy((json_t *)(uintptr_t)body);
    struct aws_call call;
    int result;

    if (*revision)
        json_object_set_new(guarded, "RevisionId", json_string(revision));
    aws_call_rest(&call, &aws_lambda, operation, "PUT", guarded, "/2015-03-31/functions/%s/%s",
                  remote->name, part);
    result = session_upload(session, &call, "PreconditionFailedException", remote->name, err);
    *again = result == 0 && call.code;
    if (result == 0 && !call.code)
        json_replace(&remote->configuration, json_incref(call.reply));
    aws_call_release(&call);
    return result;
}

/* Whether the function has what the update makes: it was carried out. */
static bool is_made(const struct remote *remote, const json_t *made)
{
    json_t *found = configuration_found(remote->configuration, remote->function);
    bool there = true;
    const char *name;
    json_t *value;

    json_object_set(found, "CodeSha256", json_object_get(remote->configuration, "CodeSha256"));
    json_object_foreach ((json_t *)(uintptr_t)made, name, value)
        there = there && json_equal(json_object_get(found, name), value);
    json_decref(found);
    return there;
}

/* 1: the update was carried out; 0: nothing but the revision is new; -1: somebody else was there.
 */
static int look_again(struct session *session, struct remote *remote, const json_t *made,
                      struct err *err)
{
    char *before = configuration_fingerprint(remote->configuration, remote->function), *now = NULL;
    int result = -1;

    if (observe_function(session, remote, err) < 0 ||
        function_wait(session, remote->name, NULL, &remote->configuration, err) < 0)
        goto out;
    now = configuration_fingerprint(remote->configuration, remote->function);
    if (is_made(remote, made))
        result = 1;
    else if (strcmp(before, now) == 0)
        result = 0;
    else
        err_set(err, ERR_SERVICE,
                "function '%s' was changed by somebody else at the same time; nothing was "
                "published; run the command again",
                remote->name);
out:
    free(before);
    free(now);
    return result;
}

int function_update(struct session *session, struct remote *remote, const char *operation,
                    const char *part, const json_t *body, const json_t *made, struct err *err)
{
    bool again = true;

    for (int i = 0; again && i < TRIES; i++) {
        int made_it;

        if (try_to_update(session, remote, operation, part, body, &again, err) < 0)
            return -1;
        made_it = again ? look_again(session, remote, made, err) : 0;
        if (made_it < 0)
            return -1;
        if (made_it)
            return 0;
    }
    if (again)
        return err_set(err, ERR_SERVICE, "function '%s' is being changed by somebody else",
                       remote->name);
    return function_wait(session, remote->name, NULL, &remote->configuration, err);
}
