#include "providers/aws/function/function_state.h"

#include "core/memory.h"
#include "providers/aws/function/state_reason.h"
#include "providers/aws/wire/pages.h"

#include <stdlib.h>
#include <string.h>

enum {
    FIRST_POLL = 50,       /* ms */
    LONGEST_POLL = 2000,   /* ms */
    WAIT_LIMIT = 5 * 60000 /* ms */
};

char *function_arn(struct session *session, const struct remote *remote, const char *qualifier,
                   struct err *err)
{
    return session_arn(session, "lambda", err, "function:%s%s%s", remote->name,
                       qualifier ? ":" : "", qualifier ? qualifier : "");
}

static bool is(const json_t *configuration, const char *key, const char *value)
{
    return strcmp(json_string_at(configuration, key), value) == 0;
}

/* Says what failed with the reason, which stands under `code` and `reason`, and what to do. */
static int explain(const json_t *configuration, const char *name, const char *what,
                   const char *code, const char *reason, struct err *err)
{
    const char *advice = state_reason_advice(json_string_at(configuration, code));

    err_set(err, ERR_SERVICE, "%s '%s' failed: %s: %s", what, name,
            json_string_at(configuration, code), json_string_at(configuration, reason));
    return advice ? err_append(err, "; %s", advice) : -1;
}

/* 1: usable, 0: not yet, -1: never. */
static int readiness(const json_t *configuration, const char *name, struct err *err)
{
    if (is(configuration, "State", "Failed"))
        return explain(configuration, name, "function", "StateReasonCode", "StateReason", err);
    if (is(configuration, "LastUpdateStatus", "Failed"))
        return explain(configuration, name, "the update of function", "LastUpdateStatusReasonCode",
                       "LastUpdateStatusReason", err);
    return !is(configuration, "State", "Pending") &&
           !is(configuration, "LastUpdateStatus", "InProgress");
}

static int ask(struct session *session, const char *name, const char *qualifier,
               json_t **configuration, struct err *err)
{
    struct aws_call call;
    int result;

    aws_call_rest(&call, &aws_lambda, "GetFunctionConfiguration", "GET", NULL,
                  "/2015-03-31/functions/%s/configuration%s%s", name,
                  qualifier ? "?Qualifier=" : "", qualifier ? qualifier : "");
    result = session_call(session, &call, NULL, name, err);
    if (result == 0)
        json_replace(configuration, json_incref(call.reply));
    aws_call_release(&call);
    return result;
}

int function_wait(struct session *session, const char *name, const char *qualifier,
                  json_t **configuration, struct err *err)
{
    int64_t started = clock_monotonic(session->clock);
    int64_t delay = FIRST_POLL;
    int ready;

    while ((ready = readiness(*configuration, name, err)) == 0) {
        if (session_elapsed(session, started) > WAIT_LIMIT)
            return err_set(err, ERR_SERVICE,
                           "function '%s' is still not usable after %d minutes: State %s, "
                           "LastUpdateStatus %s; run the command again to go on waiting",
                           name, WAIT_LIMIT / 60000, json_string_at(*configuration, "State"),
                           json_string_at(*configuration, "LastUpdateStatus"));
        if (session_pause(session, &delay, LONGEST_POLL, err) < 0 ||
            ask(session, name, qualifier, configuration, err) < 0)
            return -1;
    }
    return ready < 0 ? -1 : 0;
}

static char *tag_path(struct session *session, const struct remote *remote, struct err *err)
{
    char *arn = function_arn(session, remote, NULL, err);
    char *encoded = arn ? aws_encode(arn) : NULL;
    char *path = encoded ? xasprintf("/2017-03-31/tags/%s", encoded) : NULL;

    free(arn);
    free(encoded);
    return path;
}

static int send_tags(struct session *session, struct remote *remote, const json_t *tags,
                     struct err *err)
{
    char *path = tag_path(session, remote, err);
    struct aws_call call;
    int result;

    if (!path)
        return -1;
    aws_call_rest(&call, &aws_lambda, "TagResource", "POST", json_pack("{s:O}", "Tags", tags), "%s",
                  path);
    result = session_do(session, &call, NULL, remote->name, err);
    if (result == 0 && !remote->tags)
        remote->tags = json_object();
    if (result == 0)
        json_object_update(remote->tags, (json_t *)tags);
    free(path);
    return result;
}

static int take_tags(struct session *session, struct remote *remote, const json_t *keys,
                     struct err *err)
{
    char *path = tag_path(session, remote, err);
    char *query = tags_query("tagKeys", keys);
    struct aws_call call;
    int result = -1;
    size_t i;
    json_t *key;

    if (path) {
        aws_call_rest(&call, &aws_lambda, "UntagResource", "DELETE", NULL, "%s?%s", path, query);
        result = session_do(session, &call, NULL, remote->name, err);
    }
    json_array_foreach (keys, i, key) {
        if (result == 0)
            json_object_del(remote->tags, json_string_value(key));
    }
    free(path);
    free(query);
    return result;
}

int function_tag(struct session *session, struct remote *remote, const json_t *tags,
                 struct err *err)
{
    json_t *stale = tags_stale(remote->tags, tags);
    int result = 0;

    /* First: the note in the tags knows of them until then. */
    if (json_array_size(stale))
        result = take_tags(session, remote, stale, err);
    if (result == 0 && !tags_right(remote->tags, tags))
        result = send_tags(session, remote, tags, err);
    json_decref(stale);
    return result;
}

int function_untag(struct session *session, struct remote *remote, const char *key, struct err *err)
{
    json_t *keys = json_pack("[s]", key);
    int result = take_tags(session, remote, keys, err);

    json_decref(keys);
    return result;
}

json_t *function_versions(struct session *session, const struct remote *remote, struct err *err)
{
    char *path = xasprintf("/2015-03-31/functions/%s/versions?MaxItems=50", remote->name);
    struct listing listing = {.service = &aws_lambda,
                              .operation = "ListVersionsByFunction",
                              .path = path,
                              .items = "Versions",
                              .ask = "Marker",
                              .next = "NextMarker",
                              .accept = "ResourceNotFoundException"};
    json_t *versions = listing_all(session, &listing, err);

    free(path);
    return versions;
}

int function_remove(struct session *session, const char *name, struct changes *changes,
                    struct err *err)
{
    struct change *change = changes_add(changes, CHANGE_REMOVE, "function", name);
    int64_t started = clock_monotonic(session->clock);
    struct aws_call call;

    changes_announce(changes, change);
    if (!changes->apply)
        return 0;
    aws_call_rest(&call, &aws_lambda, "DeleteFunction", "DELETE", NULL, "/2015-03-31/functions/%s",
                  name);
    if (session_do(session, &call, "ResourceNotFoundException", name, err) < 0)
        return -1;
    changes_done(changes, change, session_elapsed(session, started));
    return 0;
}
