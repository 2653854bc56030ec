#include "providers/aws/observe_project.h"

#include "core/memory.h"
#include "providers/aws/api/api_features.h"
#include "providers/aws/api/apigateway.h"
#include "providers/aws/domain/domain.h"
#include "providers/aws/function/marks.h"
#include "providers/aws/logs.h"
#include "providers/aws/schedule_group.h"
#include "providers/aws/scheduler.h"
#include "providers/aws/wire/pages.h"

#include <stdlib.h>
#include <string.h>

/* A listing of API Gateway; `path` is borrowed. */
static struct listing api_listing(const char *operation, const char *path)
{
    return (struct listing){.service = &aws_apigateway,
                            .operation = operation,
                            .path = path,
                            .items = "items",
                            .ask = "nextToken",
                            .next = "nextToken",
                            .accept = "NotFoundException"};
}

static struct listing apis_listing(void)
{
    return api_listing("GetApis", "/v2/apis?maxResults=100");
}

/* All pages of a listing whose first one is there, the caller's; NULL on failure. */
static json_t *follow(struct session *session, const struct listing *listing,
                      const struct aws_call *first, struct err *err)
{
    json_t *items = json_array();

    if (listing_follow(session, listing, first, items, err) == 0)
        return items;
    json_decref(items);
    return NULL;
}

static int take_apis(struct session *session, const struct read *read, const struct aws_call *call,
                     struct err *err)
{
    struct listing listing = apis_listing();
    json_t *items = follow(session, &listing, call, err);

    (void)read;
    if (items)
        json_replace(&session->api, json_incref(apigateway_find(session, items)));
    json_decref(items);
    return items ? 0 : -1;
}

static char *routes_path(const struct session *session)
{
    return xasprintf("/v2/apis/%s/routes?maxResults=100", json_string_at(session->api, "apiId"));
}

static int take_routes(struct session *session, const struct read *read,
                       const struct aws_call *call, struct err *err)
{
    char *path = routes_path(session);
    struct listing listing = api_listing("GetRoutes", path);
    json_t *items = follow(session, &listing, call, err);

    (void)read;
    free(path);
    if (items)
        json_replace(&session->routes, items);
    return items ? 0 : -1;
}

/* Keeps what is listed of each schedule until it has been read itself. */
static int take_schedules(struct session *session, const struct read *read,
                          const struct aws_call *call, struct err *err)
{
    char *path = scheduler_list_path(session);
    struct listing listing = scheduler_listing(path);
    json_t *items = follow(session, &listing, call, err);
    size_t i;
    json_t *item;

    (void)read;
    free(path);
    json_array_foreach (items, i, item)
        json_object_set(session->schedules, json_string_at(item, "Name"), item);
    session->group_listed = items != NULL;
    session->group_missing = call->code != NULL;
    json_decref(items);
    return items ? 0 : -1;
}

static int take_schedule(struct session *session, const struct read *read,
                         const struct aws_call *call, struct err *err)
{
    (void)err;
    if (call->code)
        json_object_del(session->schedules, read->name);
    else
        json_object_set(session->schedules, read->name, call->reply);
    return 0;
}

static int take_group_tags(struct session *session, const struct read *read,
                           const struct aws_call *call, struct err *err)
{
    (void)read;
    (void)err;
    json_replace(&session->group_tags,
                 tags_from_list(call->code ? NULL : json_at(call->reply, "Tags")));
    return 0;
}

/* `body` is borrowed. */
static struct listing groups_listing(const json_t *body)
{
    return (struct listing){.service = &aws_logs,
                            .operation = "DescribeLogGroups",
                            .body = body,
                            .items = "logGroups",
                            .ask = "nextToken",
                            .next = "nextToken"};
}

/* The body that lists the log groups of all functions of the project, the caller's. */
static json_t *groups_body(const struct session *session)
{
    char *prefix = session_prefix(session);
    char *name = logs_group_name(prefix);
    json_t *body = json_pack("{s:s}", "logGroupNamePrefix", name);

    free(prefix);
    free(name);
    return body;
}

static struct remote *find_remote(const struct session *session, const char *name)
{
    for (size_t i = 0; i < session->count; i++)
        if (strcmp(session->remotes[i].name, name) == 0)
            return &session->remotes[i];
    return NULL;
}

static int take_groups(struct session *session, const struct read *read,
                       const struct aws_call *call, struct err *err)
{
    json_t *body = groups_body(session);
    struct listing listing = groups_listing(body);
    json_t *items = follow(session, &listing, call, err);
    char *start = logs_group_name("");
    size_t i;
    json_t *group;

    (void)read;
    json_array_foreach (items, i, group) {
        const char *name = json_string_at(group, "logGroupName");
        struct remote *remote = strncmp(name, start, strlen(start)) == 0
                                    ? find_remote(session, name + strlen(start))
                                    : NULL;

        if (remote)
            json_replace(&remote->log_group, json_incref(group));
    }
    if (items)
        json_replace(&session->log_groups, items);
    json_decref(body);
    free(start);
    return items ? 0 : -1;
}

static int take_dropped(struct session *session, const struct read *read,
                        const struct aws_call *call, struct err *err)
{
    (void)err;
    if (!call->code && session_owns(session, json_object_get(call->reply, "Tags")))
        json_object_set(session->dropped, read->name, call->reply);
    return 0;
}

static void add_candidate(const char *name, struct reads *reads)
{
    struct read read = {.name = (char *)name, .take = take_dropped};
    struct aws_call *call = reads_add(reads, &read);
    char *encoded = aws_encode(name);

    aws_call_rest(call, &aws_lambda, "GetFunction", "GET", NULL, "/2015-03-31/functions/%s",
                  encoded);
    call->accept = "ResourceNotFoundException";
    free(encoded);
}

/* Functions that once were, judging by their log groups, and are not in the settings. */
static void add_candidates(struct session *session, struct reads *reads)
{
    char *start = logs_group_name("");
    size_t i;
    json_t *group;

    json_array_foreach (session->log_groups, i, group) {
        const char *name = json_string_at(group, "logGroupName");

        if (strncmp(name, start, strlen(start)) == 0 && !find_remote(session, name + strlen(start)))
            add_candidate(name + strlen(start), reads);
    }
    free(start);
}

/* Whether a function that the settings no longer name has the part. */
static bool dropped_has(const struct session *session, const char *mark)
{
    const char *name;
    json_t *function;

    json_object_foreach (session->dropped, name, function) {
        if (json_object_get(json_object_get(function, "Tags"), mark))
            return true;
    }
    return false;
}

static bool needs(const struct session *session, const char *mark)
{
    return session->whole || marks_any(session, mark, mark_is_wanted) ||
           marks_any(session, mark, mark_stale) || dropped_has(session, mark);
}

/* What was asked for; each is asked once. */
static bool first_time(struct session *session, enum observed part, bool needed)
{
    if (!needed || session->asked[part])
        return false;
    session->asked[part] = true;
    return true;
}

static void add_api(struct session *session, struct reads *reads)
{
    struct listing listing;
    char *path;

    if (first_time(session, OBSERVED_ROUTES, session->api != NULL)) {
        path = routes_path(session);
        listing = api_listing("GetRoutes", path);
        listing_call(&listing, NULL, reads_add(reads, &(struct read){.take = take_routes}));
        free(path);
    }
    if (first_time(session, OBSERVED_FEATURES, session->api != NULL))
        api_features_read(session, reads);
    if (first_time(session, OBSERVED_DOMAIN, session->api || domain_wanted(session)))
        domain_read(session, reads);
    if (first_time(session, OBSERVED_APIS, needs(session, MARK_API))) {
        listing = apis_listing();
        listing_call(&listing, NULL, reads_add(reads, &(struct read){.take = take_apis}));
    }
}

static void add_group_tags(struct session *session, struct reads *reads)
{
    struct aws_call *call = reads_add(reads, &(struct read){.take = take_group_tags});
    struct err err = {0};

    /* The account is known: no request is made for it, and none fails. */
    if (schedule_group_tags_call(session, call, &err) < 0)
        reads->count--;
}

/* Each schedule by itself, unless the group's digest tells that all of them are as they shall be:
 * then what was listed has to do. */
static void add_each_schedule(struct session *session, struct reads *reads)
{
    const char *name;
    json_t *item;

    if (first_time(session, OBSERVED_GROUP_TAGS, session->account != NULL))
        add_group_tags(session, reads);
    if (!session->detailed && session->account && !session->group_tags)
        return;
    session->settled = !session->detailed && scheduler_settled(session);
    if (session->settled || !first_time(session, OBSERVED_SCHEDULES, true))
        return;
    json_object_foreach (session->schedules, name, item)
        scheduler_call(
            session, name,
            reads_add(reads, &(struct read){.name = (char *)name, .take = take_schedule}));
}

static void add_schedules(struct session *session, struct reads *reads)
{
    struct listing listing;
    char *path;

    if (session->group_listed && !session->group_missing && !session->asked[OBSERVED_SCHEDULES])
        add_each_schedule(session, reads);
    if (first_time(session, OBSERVED_SCHEDULE_NAMES, needs(session, MARK_SCHEDULES))) {
        path = scheduler_list_path(session);
        listing = scheduler_listing(path);
        listing_call(&listing, NULL, reads_add(reads, &(struct read){.take = take_schedules}));
        free(path);
    }
}

static void add_groups(struct session *session, struct reads *reads)
{
    struct listing listing;
    json_t *body;

    if (first_time(session, OBSERVED_DROPPED, session->log_groups != NULL))
        add_candidates(session, reads);
    if (first_time(session, OBSERVED_LOG_GROUPS, true)) {
        body = groups_body(session);
        listing = groups_listing(body);
        listing_call(&listing, NULL, reads_add(reads, &(struct read){.take = take_groups}));
        json_decref(body);
    }
}

void observe_project(struct session *session, struct reads *reads)
{
    if (!session->routes)
        session->routes = json_array();
    if (!session->schedules)
        session->schedules = json_object();
    if (!session->dropped)
        session->dropped = json_object();
    add_api(session, reads);
    add_schedules(session, reads);
    add_groups(session, reads);
}
