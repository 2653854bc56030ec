#include "providers/aws/inventory.h"

#include "core/memory.h"
#include "providers/aws/api/access_log.h"
#include "providers/aws/api/apigateway.h"
#include "providers/aws/domain/domain.h"
#include "providers/aws/function/function_state.h"
#include "providers/aws/function/layer.h"
#include "providers/aws/function/marks.h"
#include "providers/aws/function/url.h"
#include "providers/aws/iam.h"
#include "providers/aws/logs.h"
#include "providers/aws/observe.h"
#include "providers/aws/schedule_group.h"
#include "providers/aws/scheduler.h"
#include "providers/aws/triggers/triggers.h"
#include "providers/aws/wire/pages.h"

#include <stdlib.h>
#include <string.h>

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* The functions named in `names` that carry our tags, added to `functions`. */
static int read_functions(struct session *session, const struct strlist *names, json_t *functions,
                          struct err *err)
{
    struct aws_call *calls = xcalloc(names->count + 1, sizeof(*calls));
    int result = 0;

    for (size_t i = 0; i < names->count; i++) {
        aws_call_rest(&calls[i], &aws_lambda, "GetFunction", "GET", NULL,
                      "/2015-03-31/functions/%s", names->items[i]);
        calls[i].accept = "ResourceNotFoundException";
    }
    result = session_read(session, calls, names->count, err);
    for (size_t i = 0; i < names->count; i++) {
        if (result == 0 && !calls[i].code &&
            session_owns(session, json_object_get(calls[i].reply, "Tags")))
            json_object_set(functions, names->items[i], calls[i].reply);
        aws_call_release(&calls[i]);
    }
    free(calls);
    return result;
}

static int list_functions(struct session *session, struct inventory *inventory, struct err *err)
{
    struct listing listing = {.service = &aws_lambda,
                              .operation = "ListFunctions",
                              .path = "/2015-03-31/functions?MaxItems=50",
                              .items = "Functions",
                              .ask = "Marker",
                              .next = "NextMarker"};
    json_t *items = listing_all(session, &listing, err);
    char *prefix = session_prefix(session);
    struct strlist names;
    size_t i;
    json_t *item;
    int result = -1;

    strlist_init(&names);
    json_array_foreach (items, i, item) {
        if (starts_with(json_string_at(item, "FunctionName"), prefix))
            strlist_add(&names, json_string_at(item, "FunctionName"));
    }
    if (items)
        result = read_functions(session, &names, inventory->functions, err);
    strlist_release(&names);
    free(prefix);
    json_decref(items);
    return result;
}

static int list_roles(struct session *session, struct inventory *inventory, struct err *err)
{
    char *path = iam_path(session);
    json_t *body = json_pack("{s:s}", "PathPrefix", path);
    struct listing listing = {.service = &aws_iam,
                              .operation = "ListRoles",
                              .body = body,
                              .items = "Roles",
                              .ask = "Marker",
                              .next = "Marker"};
    json_t *items = listing_all(session, &listing, err);
    size_t i;
    json_t *item;

    json_array_foreach (items, i, item) {
        if (strcmp(json_string_at(item, "Path"), path) == 0)
            strlist_add(&inventory->roles, json_string_at(item, "RoleName"));
    }
    free(path);
    json_decref(body);
    json_decref(items);
    return items ? 0 : -1;
}

static int list_layers(struct session *session, struct inventory *inventory, struct err *err)
{
    struct listing listing = {.service = &aws_lambda,
                              .operation = "ListLayers",
                              .path = "/2018-10-31/layers?MaxItems=50",
                              .items = "Layers",
                              .ask = "Marker",
                              .next = "NextMarker"};
    json_t *items = listing_all(session, &listing, err);
    char *prefix = session_prefix(session);
    size_t i;
    json_t *item;

    json_array_foreach (items, i, item) {
        if (starts_with(json_string_at(item, "LayerName"), prefix) &&
            layer_owned(session, json_string_at(item, "LatestMatchingVersion.Description")))
            strlist_add(&inventory->layers, json_string_at(item, "LayerName"));
    }
    free(prefix);
    json_decref(items);
    return items ? 0 : -1;
}

/* The observed log groups that carry our tags. */
static int list_log_groups(struct session *session, struct inventory *inventory, struct err *err)
{
    size_t count = json_array_size(session->log_groups);
    struct aws_call *calls = xcalloc(count + 1, sizeof(*calls));
    int result = 0;

    for (size_t i = 0; i < count; i++) {
        char *arn = logs_group_arn(json_array_get(session->log_groups, i));

        aws_call_action(&calls[i], &aws_logs, "ListTagsForResource",
                        json_pack("{s:s}", "resourceArn", arn));
        calls[i].accept = "ResourceNotFoundException";
        free(arn);
    }
    result = session_read(session, calls, count, err);
    for (size_t i = 0; i < count; i++) {
        if (result == 0 && session_owns(session, json_object_get(calls[i].reply, "tags")))
            strlist_add(&inventory->log_groups,
                        json_string_at(json_array_get(session->log_groups, i), "logGroupName"));
        aws_call_release(&calls[i]);
    }
    free(calls);
    return result;
}

/* The tags of the schedule group say whether the group and all in it is ours. */
static int read_group(struct session *session, struct inventory *inventory, struct err *err)
{
    const char *schedule;
    json_t *item;
    int owned = schedule_group_owned(session, err);

    inventory->group = owned > 0;
    if (inventory->group) {
        json_object_foreach (session->schedules, schedule, item)
            strlist_add(&inventory->schedules, schedule);
    }
    return owned < 0 ? -1 : 0;
}

int inventory_read(struct session *session, struct inventory *inventory, struct err *err)
{
    *inventory = (struct inventory){.functions = json_object()};
    if (observe_whole(session, err) < 0 || list_functions(session, inventory, err) < 0 ||
        list_roles(session, inventory, err) < 0 || list_layers(session, inventory, err) < 0 ||
        list_log_groups(session, inventory, err) < 0 ||
        access_log_find(session, &inventory->log_groups, err) < 0 ||
        read_group(session, inventory, err) < 0)
        return -1;
    inventory->api = json_incref(session->api);
    return 0;
}

void inventory_release(struct inventory *inventory)
{
    json_decref(inventory->functions);
    strlist_release(&inventory->roles);
    strlist_release(&inventory->log_groups);
    strlist_release(&inventory->layers);
    strlist_release(&inventory->schedules);
    json_decref(inventory->api);
    *inventory = (struct inventory){0};
}

/* A function with its URL and triggers, when its tags say that it has them. */
static int remove_function(struct session *session, const char *name, const json_t *function,
                           struct changes *changes, struct err *err)
{
    if (json_object_get(json_object_get(function, "Tags"), MARK_URL) &&
        url_remove(session, name, changes, err) < 0)
        return -1;
    if (triggers_remove(session, name, json_object_get(function, "Tags"), changes, err) < 0)
        return -1;
    return function_remove(session, name, changes, err);
}

typedef int remover(struct session *session, const char *name, struct changes *changes,
                    struct err *err);

static int remove_each(struct session *session, const struct strlist *names, remover *remove_one,
                       struct changes *changes, struct err *err)
{
    for (size_t i = 0; i < names->count; i++) {
        if (remove_one(session, names->items[i], changes, err) < 0)
            return -1;
    }
    return 0;
}

/* First what calls the functions, then the functions, then what they use. */
static int remove_all(struct session *session, const struct inventory *inventory, bool keep_logs,
                      struct changes *changes, struct err *err)
{
    const char *name;
    json_t *function;

    if (inventory->api && domain_drop(session, changes, err) < 0)
        return -1;
    if (inventory->api &&
        apigateway_remove(session, json_string_at(inventory->api, "apiId"),
                          json_string_at(inventory->api, "name"), changes, err) < 0)
        return -1;
    if (remove_each(session, &inventory->schedules, scheduler_remove, changes, err) < 0 ||
        (inventory->group && schedule_group_remove(session, changes, err) < 0))
        return -1;
    json_object_foreach (inventory->functions, name, function) {
        if (remove_function(session, name, function, changes, err) < 0)
            return -1;
    }
    if (remove_each(session, &inventory->layers, layer_remove, changes, err) < 0 ||
        remove_each(session, &inventory->roles, iam_remove, changes, err) < 0)
        return -1;
    return keep_logs ? 0 : remove_each(session, &inventory->log_groups, logs_remove, changes, err);
}

int aws_remove(struct session *session, bool keep_logs, struct changes *changes, struct err *err)
{
    struct inventory inventory;
    int result = inventory_read(session, &inventory, err);

    if (result == 0)
        result = remove_all(session, &inventory, keep_logs, changes, err);
    if (changes->apply)
        observe_forget(session);
    inventory_release(&inventory);
    return result;
}

/* The role of that name, when it is ours. */
static int prune_role(struct session *session, const char *name, struct changes *changes,
                      struct err *err)
{
    char *path = iam_path(session);
    struct aws_call call;
    int result;

    iam_role_call(name, &call);
    result = session_call(session, &call, "NoSuchEntity", name, err);
    if (result == 0 && strcmp(json_string_at(call.reply, "Role.Path"), path) == 0)
        result = iam_remove(session, name, changes, err);
    aws_call_release(&call);
    free(path);
    return result;
}

int aws_prune(struct session *session, struct changes *changes, struct err *err)
{
    const char *name;
    json_t *function;

    json_object_foreach (session->dropped, name, function) {
        /* The function goes last: while it is there, a later run finds it and what it has. */
        if (layer_remove(session, name, changes, err) < 0 ||
            prune_role(session, name, changes, err) < 0 ||
            remove_function(session, name, function, changes, err) < 0)
            return -1;
    }
    return 0;
}
