#include "providers/aws/observe.h"

#include "core/memory.h"
#include "providers/aws/api/apigateway.h"
#include "providers/aws/function/policy.h"
#include "providers/aws/function/url.h"
#include "providers/aws/iam.h"
#include "providers/aws/logs.h"
#include "providers/aws/scheduler.h"
#include "providers/aws/wire/pages.h"

#include <stdlib.h>
#include <string.h>

/* The reads of one function; all of them go out together. */
enum { READ_FUNCTION, READ_ALIAS, READ_ROLE, READ_ROLE_POLICY, READ_POLICY, READ_URL, READS };

/* The reads of the project, which may have further pages. */
enum { LIST_APIS, LIST_SCHEDULES, LIST_LOG_GROUPS, LISTS };

static const char not_found[] = "ResourceNotFoundException";

static void get_call(struct aws_call *call, const char *operation, const char *name,
                     const char *rest)
{
    aws_call_rest(call, &aws_lambda, operation, "GET", NULL, "/2015-03-31/functions/%s%s", name,
                  rest);
    call->accept = not_found;
}

/* Fills calls[] and says in which[] what each one reads; returns how many. */
static size_t fill_reads(const struct remote *remote, enum observe_scope scope,
                         struct aws_call *calls, int *which)
{
    size_t count = 0;

    get_call(&calls[count], "GetFunction", remote->name, "");
    which[count++] = READ_FUNCTION;
    get_call(&calls[count], "GetAlias", remote->name, "/aliases/" LIVE_ALIAS);
    which[count++] = READ_ALIAS;
    if (scope == OBSERVE_FUNCTIONS)
        return count;
    get_call(&calls[count], "GetPolicy", remote->name, "/policy?Qualifier=" LIVE_ALIAS);
    which[count++] = READ_POLICY;
    if (!remote->function->role) {
        iam_role_calls(remote->name, &calls[count], &calls[count + 1]);
        which[count++] = READ_ROLE;
        which[count++] = READ_ROLE_POLICY;
    }
    if (remote->function->url.enabled) {
        url_call(remote->name, &calls[count]);
        which[count++] = READ_URL;
    }
    return count;
}

static void take_function(struct session *session, struct remote *remote,
                          const struct aws_call *call)
{
    const json_t *tags = json_at(call->reply, "Tags");

    json_replace(&remote->configuration, call->code ? NULL : call_take(call, "Configuration"));
    json_replace(&remote->concurrency, call->code ? NULL : call_take(call, "Concurrency"));
    json_replace(&remote->tags, NULL);
    if (!call->code)
        remote->tags = json_is_object(tags) ? json_deep_copy(tags) : json_object();
    session_learn(session, json_string_at(remote->configuration, "FunctionArn"));
}

static void take_reads(struct session *session, struct remote *remote, struct aws_call *calls,
                       const int *which, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct aws_call *call = &calls[i];
        json_t *reply = call->code ? NULL : call->reply;

        if (which[i] == READ_FUNCTION)
            take_function(session, remote, call);
        else if (which[i] == READ_ALIAS)
            json_replace(&remote->alias, json_incref(reply));
        else if (which[i] == READ_POLICY)
            json_replace(&remote->statements, policy_statements(call));
        else if (which[i] == READ_URL)
            json_replace(&remote->url, json_incref(reply));
        else if (which[i] == READ_ROLE)
            iam_role_take(call, &calls[i + 1], &remote->role, &remote->role_policy);
    }
    session_learn(session, json_string_at(remote->role, "Arn"));
}

int observe_function(struct session *session, struct remote *remote, struct err *err)
{
    struct aws_call calls[READS];
    int which[READS];
    size_t count = fill_reads(remote, OBSERVE_FUNCTIONS, calls, which);
    int result = aws_perform(session->aws, calls, count, err);

    if (result == 0)
        take_reads(session, remote, calls, which, count);
    for (size_t i = 0; i < count; i++)
        aws_call_release(&calls[i]);
    return result;
}

/* What the listings need to stay alive while they are followed. */
struct project_lists {
    struct listing listings[LISTS];
    char *schedules_path;
    json_t *log_body;
};

static void lists_init(const struct session *session, struct project_lists *lists)
{
    char *prefix = session_prefix(session);
    char *groups = logs_group_name(prefix);

    lists->schedules_path = scheduler_list_path(session);
    lists->log_body = json_pack("{s:s}", "logGroupNamePrefix", groups);
    lists->listings[LIST_APIS] = (struct listing){.service = &aws_apigateway,
                                                  .operation = "GetApis",
                                                  .path = "/v2/apis?maxResults=100",
                                                  .items = "items",
                                                  .ask = "nextToken",
                                                  .next = "nextToken"};
    lists->listings[LIST_SCHEDULES] = (struct listing){.service = &aws_scheduler,
                                                       .operation = "ListSchedules",
                                                       .path = lists->schedules_path,
                                                       .items = "Schedules",
                                                       .ask = "NextToken",
                                                       .next = "NextToken",
                                                       .accept = not_found};
    lists->listings[LIST_LOG_GROUPS] = (struct listing){.service = &aws_logs,
                                                        .operation = "DescribeLogGroups",
                                                        .body = lists->log_body,
                                                        .items = "logGroups",
                                                        .ask = "nextToken",
                                                        .next = "nextToken"};
    free(prefix);
    free(groups);
}

static void lists_release(struct project_lists *lists)
{
    free(lists->schedules_path);
    json_decref(lists->log_body);
}

static void take_log_groups(struct session *session)
{
    for (size_t i = 0; i < session->count; i++) {
        char *name = logs_group_name(session->remotes[i].name);
        size_t j;
        json_t *group;

        json_array_foreach (session->log_groups, j, group) {
            if (strcmp(json_string_at(group, "logGroupName"), name) == 0)
                json_replace(&session->remotes[i].log_group, json_incref(group));
        }
        free(name);
    }
}

/* Follows the listings and keeps what is ours; schedules get their names only. */
static int take_lists(struct session *session, const struct project_lists *lists,
                      const struct aws_call *calls, struct err *err)
{
    json_t *items[LISTS];
    size_t j;
    json_t *item;
    int result = 0;

    for (size_t i = 0; i < LISTS; i++) {
        items[i] = json_array();
        if (result == 0)
            result = listing_follow(session, &lists->listings[i], &calls[i], items[i], err);
    }
    if (result == 0) {
        json_replace(&session->api, json_incref(apigateway_find(session, items[LIST_APIS])));
        json_replace(&session->schedules, json_object());
        json_array_foreach (items[LIST_SCHEDULES], j, item)
            json_object_set(session->schedules, json_string_at(item, "Name"), item);
        session->group_missing = calls[LIST_SCHEDULES].code != NULL;
        json_replace(&session->log_groups, json_incref(items[LIST_LOG_GROUPS]));
        take_log_groups(session);
    }
    for (size_t i = 0; i < LISTS; i++)
        json_decref(items[i]);
    return result;
}

/* All functions, and with OBSERVE_ALL the project's listings, in one batch. */
static int first_batch(struct session *session, enum observe_scope scope, struct err *err)
{
    size_t lists_count = scope == OBSERVE_ALL ? LISTS : 0;
    struct aws_call *calls = xcalloc(session->count * READS + LISTS, sizeof(*calls));
    int *which = xcalloc(session->count * READS + LISTS, sizeof(*which));
    size_t *counts = xcalloc(session->count + 1, sizeof(*counts));
    size_t total = lists_count;
    size_t at = lists_count;
    struct project_lists lists;
    int result;

    lists_init(session, &lists);
    for (size_t i = 0; i < lists_count; i++)
        listing_call(&lists.listings[i], NULL, &calls[i]);
    for (size_t i = 0; i < session->count; i++) {
        counts[i] = fill_reads(&session->remotes[i], scope, calls + total, which + total);
        total += counts[i];
    }
    result = session_read(session, calls, total, err);
    for (size_t i = 0; i < session->count && result == 0; at += counts[i++])
        take_reads(session, &session->remotes[i], calls + at, which + at, counts[i]);
    if (result == 0 && lists_count)
        result = take_lists(session, &lists, calls, err);
    for (size_t i = 0; i < total; i++)
        aws_call_release(&calls[i]);
    lists_release(&lists);
    free(calls);
    free(which);
    free(counts);
    return result;
}

/* URLs that the settings no longer name but the function's tag does. */
static bool has_stale_url(const struct remote *remote)
{
    return !remote->function->url.enabled && json_object_get(remote->tags, TAG_URL);
}

static void routes_listing(const struct session *session, struct listing *listing, char **path)
{
    *path = xasprintf("/v2/apis/%s/routes?maxResults=100", json_string_at(session->api, "apiId"));
    *listing = (struct listing){.service = &aws_apigateway,
                                .operation = "GetRoutes",
                                .path = *path,
                                .items = "items",
                                .ask = "nextToken",
                                .next = "nextToken",
                                .accept = "NotFoundException"};
}

/* Calls of the second batch: schedules first, then URLs, then the routes. */
static size_t fill_second(const struct session *session, const struct listing *routes,
                          struct aws_call *calls)
{
    size_t count = 0;
    const char *name;
    json_t *item;

    json_object_foreach (session->schedules, name, item)
        scheduler_call(session, name, &calls[count++]);
    for (size_t i = 0; i < session->count; i++) {
        if (has_stale_url(&session->remotes[i]))
            url_call(session->remotes[i].name, &calls[count++]);
    }
    if (session->api)
        listing_call(routes, NULL, &calls[count++]);
    return count;
}

static int take_second(struct session *session, const struct listing *routes,
                       const struct aws_call *calls, struct err *err)
{
    json_t *schedules = json_object();
    size_t at = 0;
    const char *name;
    json_t *item;

    json_object_foreach (session->schedules, name, item) {
        if (!calls[at].code)
            json_object_set(schedules, name, calls[at].reply);
        at++;
    }
    json_replace(&session->schedules, schedules);
    for (size_t i = 0; i < session->count; i++) {
        if (has_stale_url(&session->remotes[i])) {
            json_replace(&session->remotes[i].url,
                         calls[at].code ? NULL : json_incref(calls[at].reply));
            at++;
        }
    }
    return session->api ? listing_follow(session, routes, &calls[at], session->routes, err) : 0;
}

/* What can be asked only when the first answers are there. */
static int second_batch(struct session *session, struct err *err)
{
    struct aws_call *calls =
        xcalloc(json_object_size(session->schedules) + session->count + 1, sizeof(*calls));
    struct listing routes;
    char *path = NULL;
    size_t count;
    int result = 0;

    routes_listing(session, &routes, &path);
    json_replace(&session->routes, json_array());
    count = fill_second(session, &routes, calls);
    result = session_read(session, calls, count, err);
    if (count && result == 0)
        result = take_second(session, &routes, calls, err);
    for (size_t i = 0; i < count; i++)
        aws_call_release(&calls[i]);
    free(calls);
    free(path);
    return result;
}

int aws_observe(struct session *session, enum observe_scope scope, struct err *err)
{
    if (first_batch(session, scope, err) < 0)
        return -1;
    if (scope == OBSERVE_ALL && second_batch(session, err) < 0)
        return -1;
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

bool aws_exists(struct session *session, const struct function *function)
{
    return session_remote(session, function)->configuration != NULL;
}

static void forget_remote(struct remote *remote)
{
    json_t **places[] = {&remote->configuration, &remote->tags,        &remote->alias,
                         &remote->role,          &remote->role_policy, &remote->statements,
                         &remote->log_group,     &remote->url,         &remote->layer_versions,
                         &remote->concurrency};

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        json_replace(places[i], NULL);
    free(remote->layer);
    free(remote->planned);
    remote->layer = remote->planned = NULL;
}

void observe_forget(struct session *session)
{
    for (size_t i = 0; i < session->count; i++)
        forget_remote(&session->remotes[i]);
    json_replace(&session->api, NULL);
    json_replace(&session->routes, NULL);
    json_replace(&session->schedules, NULL);
    json_replace(&session->log_groups, NULL);
    session->observed = false;
}
