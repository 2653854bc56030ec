#include "providers/aws/function/concurrency.h"

#include "providers/difference.h"

static int send_reserved(struct session *session, struct remote *remote, const json_t *wanted,
                         struct err *err)
{
    struct aws_call call;
    int result;

    aws_call_rest(&call, &aws_lambda,
                  wanted ? "PutFunctionConcurrency" : "DeleteFunctionConcurrency",
                  wanted ? "PUT" : "DELETE", json_incref((json_t *)wanted),
                  "/2017-10-31/functions/%s/concurrency", remote->name);
    result = session_call(session, &call, NULL, remote->name, err);
    if (result == 0)
        json_replace(&remote->concurrency, json_incref((json_t *)wanted));
    aws_call_release(&call);
    return result;
}

static enum change_kind kind_of(const json_t *before, const json_t *after)
{
    return !before ? CHANGE_CREATE : after ? CHANGE_UPDATE : CHANGE_REMOVE;
}

static int put_reserved(struct session *session, struct remote *remote, struct changes *changes,
                        struct err *err)
{
    const struct function *function = remote->function;
    int64_t started = clock_monotonic(session->clock);
    json_t *wanted = NULL;
    struct change *change;
    int result = 0;

    if (function->reserved)
        wanted =
            json_pack("{s:I}", "ReservedConcurrentExecutions", (json_int_t)function->concurrency);
    if (wanted ? json_equal(remote->concurrency, wanted) : !remote->concurrency)
        goto out;
    change = changes_add(changes, kind_of(remote->concurrency, wanted), "reserved concurrency",
                         remote->name);
    change_fields_differing(changes, change, remote->concurrency, wanted);
    changes_announce(changes, change);
    if (!changes->apply)
        goto out;
    result = send_reserved(session, remote, wanted, err);
    if (result == 0)
        changes_done(changes, change, session_elapsed(session, started));
out:
    json_decref(wanted);
    return result;
}

int aws_put_concurrency(struct session *session, const struct function *function,
                        struct changes *changes, struct err *err)
{
    return put_reserved(session, session_remote(session, function), changes, err);
}
