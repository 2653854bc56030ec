#include "providers/aws/observe.h"

#include "providers/aws/function/concurrency.h"
#include "providers/aws/function/marks.h"
#include "providers/aws/function/policy.h"
#include "providers/aws/function/url.h"
#include "providers/aws/iam.h"
#include "providers/aws/observe_project.h"
#include "providers/aws/triggers/event_invoke.h"
#include "providers/aws/triggers/notifications.h"
#include "providers/aws/triggers/triggers.h"

#include <stdlib.h>
#include <string.h>

static const char not_found[] = "ResourceNotFoundException";

static int take_function(struct session *session, const struct read *read,
                         const struct aws_call *call, struct err *err)
{
    const json_t *tags = json_at(call->reply, "Tags");
    struct remote *remote = read->remote;

    (void)err;
    json_replace(&remote->configuration, call->code ? NULL : call_take(call, "Configuration"));
    json_replace(&remote->concurrency, call->code ? NULL : call_take(call, "Concurrency"));
    json_replace(&remote->tags, NULL);
    if (!call->code)
        remote->tags = json_is_object(tags) ? json_deep_copy(tags) : json_object();
    session_learn(session, json_string_at(remote->configuration, "FunctionArn"));
    return 0;
}

static int take_alias(struct session *session, const struct read *read, const struct aws_call *call,
                      struct err *err)
{
    (void)session;
    (void)err;
    json_replace(&read->remote->alias, call->code ? NULL : json_incref(call->reply));
    return 0;
}

static int take_policy(struct session *session, const struct read *read,
                       const struct aws_call *call, struct err *err)
{
    (void)session;
    (void)err;
    json_replace(&read->remote->statements, policy_statements(call));
    return 0;
}

static int take_url(struct session *session, const struct read *read, const struct aws_call *call,
                    struct err *err)
{
    (void)session;
    (void)err;
    json_replace(&read->remote->url, call->code ? NULL : json_incref(call->reply));
    return 0;
}

static int take_provisioned(struct session *session, const struct read *read,
                            const struct aws_call *call, struct err *err)
{
    (void)session;
    (void)err;
    json_replace(&read->remote->provisioned, call->code ? NULL : json_incref(call->reply));
    return 0;
}

static int take_role(struct session *session, const struct read *read, const struct aws_call *call,
                     struct err *err)
{
    (void)err;
    json_replace(&read->remote->role, iam_role_found(call));
    session_learn(session, json_string_at(read->remote->role, "Arn"));
    return 0;
}

static int take_role_policy(struct session *session, const struct read *read,
                            const struct aws_call *call, struct err *err)
{
    (void)session;
    (void)err;
    json_replace(&read->remote->role_policy, iam_policy_found(call));
    return 0;
}

static void add_lambda(struct reads *reads, const struct read *read, const char *operation,
                       const char *rest)
{
    struct aws_call *call = reads_add(reads, read);

    aws_call_rest(call, &aws_lambda, operation, "GET", NULL, "/2015-03-31/functions/%s%s",
                  read->remote->name, rest);
    call->accept = not_found;
}

/* The function itself. */
static void add_function(struct reads *reads, struct remote *remote)
{
    add_lambda(reads, &(struct read){.remote = remote, .take = take_function}, "GetFunction", "");
    add_lambda(reads, &(struct read){.remote = remote, .take = take_alias}, "GetAlias",
               "/aliases/" LIVE_ALIAS);
}

static void add_role(struct reads *reads, struct remote *remote)
{
    iam_role_call(remote->name,
                  reads_add(reads, &(struct read){.remote = remote, .take = take_role}));
    iam_policy_call(remote->name,
                    reads_add(reads, &(struct read){.remote = remote, .take = take_role_policy}));
}

/* What some functions have besides: looked for where `is` says so of its mark. */
static void add_parts(struct session *session, struct reads *reads, struct remote *remote,
                      bool (*is)(const struct remote *remote, const char *mark))
{
    if (is(remote, MARK_CALLERS))
        add_lambda(reads, &(struct read){.remote = remote, .take = take_policy}, "GetPolicy",
                   "/policy?Qualifier=" LIVE_ALIAS);
    if (is(remote, MARK_URL))
        url_call(remote->name,
                 reads_add(reads, &(struct read){.remote = remote, .take = take_url}));
    if (is(remote, MARK_PROVISIONED))
        provisioned_call(remote->name, reads_add(reads, &(struct read){.remote = remote,
                                                                       .take = take_provisioned}));
    if (is(remote, MARK_ASYNC))
        event_invoke_add(reads, remote);
    if (is(remote, MARK_TRIGGERS))
        triggers_add(session, reads, remote);
    if (is(remote, MARK_SOURCES))
        notifications_add(session, reads, remote);
}

int observe_function(struct session *session, struct remote *remote, struct err *err)
{
    struct reads reads = {0};

    add_function(&reads, remote);
    return reads_run(session, &reads, err);
}

/* What is known to be needed before anything was read. */
static void add_first(struct session *session, enum observe_scope scope, struct reads *reads)
{
    for (size_t i = 0; i < session->count; i++) {
        struct remote *remote = &session->remotes[i];

        add_function(reads, remote);
        if (scope == OBSERVE_FUNCTIONS)
            continue;
        add_parts(session, reads, remote, mark_is_wanted);
        if (!remote->function->role)
            add_role(reads, remote);
    }
}

/* What earlier answers have led to. */
static void add_found(struct session *session, struct reads *reads)
{
    observe_project(session, reads);
    for (size_t i = 0; i < session->count; i++)
        notifications_add(session, reads, &session->remotes[i]);
}

int aws_observe(struct session *session, enum observe_scope scope, struct err *err)
{
    struct reads reads = {0};

    if (scope == OBSERVE_ALL)
        observe_forget(session);
    add_first(session, scope, &reads);
    if (scope == OBSERVE_ALL)
        observe_project(session, &reads);
    if (reads_run(session, &reads, err) < 0)
        return -1;
    for (size_t i = 0; i < session->count && scope == OBSERVE_ALL; i++)
        add_parts(session, &reads, &session->remotes[i], mark_stale);
    if (scope == OBSERVE_ALL)
        add_found(session, &reads);
    while (reads.count) {
        if (reads_run(session, &reads, err) < 0)
            return -1;
        add_found(session, &reads);
    }
    /* Nothing there has shown the account: ask once, before functions are deployed concurrently. */
    if (scope == OBSERVE_ALL && session->count && !session_account(session, err))
        return -1;
    session->observed = scope == OBSERVE_ALL;
    return 0;
}

int observe_once(struct session *session, struct err *err)
{
    return session->observed ? 0 : aws_observe(session, OBSERVE_ALL, err);
}

int observe_detailed(struct session *session, struct err *err)
{
    session->detailed = true;
    return observe_once(session, err);
}

int observe_whole(struct session *session, struct err *err)
{
    session->whole = true;
    return aws_observe(session, OBSERVE_ALL, err);
}

bool aws_exists(struct session *session, const struct function *function)
{
    return session_remote(session, function)->configuration != NULL;
}

static void forget_remote(struct remote *remote)
{
    json_t **places[] = {&remote->configuration, &remote->tags,        &remote->alias,
                         &remote->role,          &remote->role_policy, &remote->statements,
                         &remote->log_group,     &remote->url,         &remote->layer_versions,
                         &remote->concurrency,   &remote->provisioned, &remote->versions,
                         &remote->event_invoke,  &remote->mappings};

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        json_replace(places[i], NULL);
    free(remote->layer);
    free(remote->planned);
    free(remote->candidate);
    remote->layer = remote->planned = remote->candidate = NULL;
    remote->changed = false;
}

void observe_forget(struct session *session)
{
    for (size_t i = 0; i < session->count; i++)
        forget_remote(&session->remotes[i]);
    json_replace(&session->api, NULL);
    json_replace(&session->routes, NULL);
    json_replace(&session->authorizers, NULL);
    json_replace(&session->api_stage, NULL);
    json_replace(&session->access_log, NULL);
    json_replace(&session->domain, NULL);
    json_replace(&session->mappings, NULL);
    json_replace(&session->schedules, NULL);
    json_replace(&session->log_groups, NULL);
    json_replace(&session->dropped, NULL);
    json_replace(&session->notifications, NULL);
    json_replace(&session->streams, NULL);
    json_replace(&session->group_tags, NULL);
    session->group_listed = session->group_missing = session->settled = false;
    memset(session->asked, 0, sizeof(session->asked));
    session->observed = false;
}
