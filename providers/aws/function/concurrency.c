#include "providers/aws/function/concurrency.h"

#include "providers/aws/function/marks.h"
#include "providers/difference.h"

#include <string.h>

#define PROVISIONED "/2019-09-30/functions/%s/provisioned-concurrency?Qualifier=%s"
#define REQUESTED "RequestedProvisionedConcurrentExecutions"

enum {
    FIRST_POLL = 50,        /* ms */
    LONGEST_POLL = 5000,    /* ms */
    WAIT_LIMIT = 15 * 60000 /* ms */
};

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

void provisioned_call(const char *name, struct aws_call *call)
{
    aws_call_rest(call, &aws_lambda, "GetProvisionedConcurrencyConfig", "GET", NULL, PROVISIONED,
                  name, LIVE_ALIAS);
    call->accept = "ProvisionedConcurrencyConfigNotFoundException ResourceNotFoundException";
}

void provisioned_moved(struct remote *remote)
{
    if (remote->provisioned)
        json_object_set_new(remote->provisioned, "Status", json_string("IN_PROGRESS"));
}

/* Asks until the environments are there, or cannot be. */
static int await_provisioned(struct session *session, struct remote *remote, struct err *err)
{
    int64_t started = clock_monotonic(session->clock);
    int64_t delay = FIRST_POLL;
    struct aws_call call;

    if (session->context.out &&
        strcmp(json_string_at(remote->provisioned, "Status"), "IN_PROGRESS") == 0)
        out_step(session->context.out, "waiting until %lld environments of %s are warm",
                 (long long)json_int_at(remote->provisioned, REQUESTED), remote->name);
    while (strcmp(json_string_at(remote->provisioned, "Status"), "IN_PROGRESS") == 0) {
        if (session_elapsed(session, started) > WAIT_LIMIT)
            return err_set(err, ERR_SERVICE,
                           "%s: provisioned concurrency is still not ready after %d minutes; run "
                           "the command again to go on waiting",
                           remote->name, WAIT_LIMIT / 60000);
        if (session_pause(session, &delay, LONGEST_POLL, err) < 0)
            return -1;
        provisioned_call(remote->name, &call);
        if (session_call(session, &call, NULL, remote->name, err) < 0) {
            aws_call_release(&call);
            return -1;
        }
        json_replace(&remote->provisioned, json_incref(call.reply));
        aws_call_release(&call);
    }
    if (strcmp(json_string_at(remote->provisioned, "Status"), "FAILED") != 0)
        return 0;
    return err_set(err, ERR_SERVICE,
                   "%s: provisioned concurrency failed: %s; 'fnctl tail' shows what the function "
                   "said when it was initialised",
                   remote->name, json_string_at(remote->provisioned, "StatusReason"));
}

static int send_provisioned(struct session *session, struct remote *remote, struct err *err)
{
    int64_t count = remote->function->provisioned_concurrency;
    json_t *body =
        count ? json_pack("{s:I}", "ProvisionedConcurrentExecutions", (json_int_t)count) : NULL;
    struct aws_call call;
    int result;

    aws_call_rest(&call, &aws_lambda,
                  count ? "PutProvisionedConcurrencyConfig" : "DeleteProvisionedConcurrencyConfig",
                  count ? "PUT" : "DELETE", body, PROVISIONED, remote->name, LIVE_ALIAS);
    result = session_call(session, &call, NULL, remote->name, err);
    if (result == 0)
        json_replace(&remote->provisioned, count ? json_incref(call.reply) : NULL);
    aws_call_release(&call);
    return result;
}

/* What is compared of provisioned concurrency: that it failed is a difference, so that the next
 * deploy tries again. NULL: there is none. */
static json_t *comparable(const json_t *provisioned)
{
    json_t *result;

    if (!provisioned)
        return NULL;
    result = json_pack("{s:I}", REQUESTED, (json_int_t)json_int_at(provisioned, REQUESTED));
    if (strcmp(json_string_at(provisioned, "Status"), "FAILED") == 0)
        json_object_set_new(result, "Status", json_string("FAILED"));
    return result;
}

static int put_provisioned(struct session *session, struct remote *remote, struct changes *changes,
                           struct err *err)
{
    int64_t count = remote->function->provisioned_concurrency;
    json_t *wanted = count ? json_pack("{s:I}", REQUESTED, (json_int_t)count) : NULL;
    json_t *found = comparable(remote->provisioned);
    int64_t started = clock_monotonic(session->clock);
    struct change *change = NULL;
    int result = 0;

    if (wanted ? !json_equal(found, wanted) : found != NULL) {
        change =
            changes_add(changes, kind_of(found, wanted), "provisioned concurrency", remote->name);
        change_fields_differing(changes, change, found, wanted);
        changes_announce(changes, change);
    }
    if (!changes->apply)
        goto out;
    if (change)
        result = send_provisioned(session, remote, err);
    if (result == 0)
        result = await_provisioned(session, remote, err);
    if (result == 0 && change)
        changes_done(changes, change, session_elapsed(session, started));
    if (result == 0)
        result = mark_drop(session, remote, MARK_PROVISIONED, changes, err);
out:
    json_decref(wanted);
    json_decref(found);
    return result;
}

int aws_put_concurrency(struct session *session, const struct function *function,
                        struct changes *changes, struct err *err)
{
    struct remote *remote = session_remote(session, function);
    /* What is provisioned is part of what is reserved: more needs room first, less makes room. */
    bool less = function->provisioned_concurrency < json_int_at(remote->provisioned, REQUESTED);

    if (less && put_provisioned(session, remote, changes, err) < 0)
        return -1;
    if (put_reserved(session, remote, changes, err) < 0)
        return -1;
    return less ? 0 : put_provisioned(session, remote, changes, err);
}
