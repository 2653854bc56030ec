#include "providers/aws/function/layer_prune.h"

#include "core/memory.h"
#include "core/strlist.h"
#include "providers/aws/function/layer.h"
#include "providers/aws/function/version_list.h"

#include <stdlib.h>
#include <string.h>

static int64_t version_number(const json_t *item)
{
    return json_int_at(item, "Version");
}

static int compare_newest_first(const void *left, const void *right)
{
    int64_t a = version_number(*(json_t *const *)left);
    int64_t b = version_number(*(json_t *const *)right);

    return (a < b) - (a > b);
}

/* The items of `list`, borrowed; the array to free(). */
static json_t **newest_first(const json_t *list, size_t *count)
{
    json_t **items = xcalloc(json_array_size(list) + 1, sizeof(json_t *));
    size_t i;
    json_t *item;

    *count = 0;
    json_array_foreach (list, i, item)
        items[(*count)++] = item;
    qsort(items, *count, sizeof(json_t *), compare_newest_first);
    return items;
}

/* Whether the layer version that $LATEST has was not there when layer_put() looked. */
static bool is_new(const struct remote *remote)
{
    size_t i;
    json_t *item;

    json_array_foreach (remote->layer_versions, i, item) {
        if (strcmp(json_string_at(item, "LayerVersionArn"), remote->layer) == 0)
            return false;
    }
    return true;
}

/* Our layer's versions that are beyond those to keep by their number alone. */
static json_t *find_old(const struct session *session, const struct remote *remote)
{
    int64_t keep = remote->function->keep - is_new(remote);
    size_t count;
    json_t **items = newest_first(remote->layer_versions, &count);
    json_t *old = json_array();

    for (size_t i = 0; i < count; i++) {
        if (layer_owned(session, json_string_at(items[i], "Description")) && keep-- <= 0)
            json_array_append(old, items[i]);
    }
    free(items);
    return old;
}

static void add_layers(const json_t *configuration, struct strlist *used)
{
    size_t i;
    json_t *item;

    json_array_foreach (json_at(configuration, "Layers"), i, item)
        strlist_add(used, json_string_at(item, "Arn"));
}

/* Whether the live alias leads to that version, as a whole or in part. */
static bool is_live(const struct remote *remote, const char *version)
{
    const json_t *weights = json_at(remote->alias, "RoutingConfig.AdditionalVersionWeights");

    return strcmp(json_string_at(remote->alias, "FunctionVersion"), version) == 0 ||
           json_object_get(weights, version);
}

/* The ARNs of the layers that must stay, whatever their number. */
static int find_used(struct session *session, struct remote *remote, bool pending,
                     struct strlist *used, struct err *err)
{
    const json_t *versions = version_list(session, remote, err), *item;
    int64_t keep = remote->function->keep - pending;
    size_t i;

    strlist_add(used, remote->layer);
    json_array_foreach (versions, i, item) {
        if (keep-- > 0 || (!pending && is_live(remote, json_string_at(item, "Version"))))
            add_layers(item, used);
    }
    return versions ? 0 : -1;
}

static int remove_old(struct session *session, const struct remote *remote, const json_t *version,
                      struct changes *changes, struct err *err)
{
    int64_t number = version_number(version);
    char *name = xasprintf("%s:%lld", remote->name, (long long)number);
    struct change *change = changes_add(changes, CHANGE_REMOVE, "layer version", name);
    int64_t started = clock_monotonic(session->clock);
    int result = 0;

    changes_announce(changes, change);
    free(name);
    if (!changes->apply)
        return 0;
    result = layer_remove_version(session, remote->name, number, err);
    if (result == 0)
        changes_done(changes, change, session_elapsed(session, started));
    return result;
}

int layer_prune(struct session *session, struct remote *remote, bool pending,
                struct changes *changes, struct err *err)
{
    json_t *old;
    struct strlist used;
    int result = 0;
    size_t i;
    json_t *version;

    if (!remote->layer_versions || !remote->layer)
        return 0;
    strlist_init(&used);
    old = find_old(session, remote);
    if (json_array_size(old))
        result = find_used(session, remote, pending, &used, err);
    json_array_foreach (old, i, version) {
        if (result == 0 && !strlist_has(&used, json_string_at(version, "LayerVersionArn")))
            result = remove_old(session, remote, version, changes, err);
    }
    strlist_release(&used);
    json_decref(old);
    return result;
}
