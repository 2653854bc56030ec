#include "providers/aws/function/version_prune.h"

#include "core/interrupt.h"
#include "core/memory.h"
#include "providers/aws/function/alias.h"
#include "providers/aws/function/version_list.h"
#include "providers/aws/wire/pages.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void add_alias(const json_t *alias, struct strlist *used)
{
    const char *version;
    json_t *share;

    strlist_add(used, json_string_at(alias, "FunctionVersion"));
    json_object_foreach (json_at(alias, "RoutingConfig.AdditionalVersionWeights"), version, share)
        strlist_add(used, version);
}

/* What the live alias leads to, or will, and what it led to last. */
static void add_live(const struct remote *remote, enum version_coming coming, struct strlist *used)
{
    struct alias_target now = alias_now(remote);

    add_alias(remote->alias, used);
    if (coming == VERSION_THERE)
        strlist_add(used, remote->candidate);
    if (coming == VERSION_NONE && now.note.count)
        strlist_addf(used, "%" PRId64, now.note.before[0].version);
}

/* What the function's other aliases lead to. */
static int add_others(struct session *session, const struct remote *remote, struct strlist *used,
                      struct err *err)
{
    char *path = xasprintf("/2015-03-31/functions/%s/aliases?MaxItems=50", remote->name);
    struct listing listing = {.service = &aws_lambda,
                              .operation = "ListAliases",
                              .path = path,
                              .items = "Aliases",
                              .ask = "Marker",
                              .next = "NextMarker"};
    json_t *aliases = listing_all(session, &listing, err);
    size_t i;
    json_t *alias;

    free(path);
    json_array_foreach (aliases, i, alias) {
        if (strcmp(json_string_at(alias, "Name"), LIVE_ALIAS) != 0)
            add_alias(alias, used);
    }
    json_decref(aliases);
    return aliases ? 0 : -1;
}

/* Removes one version; one that something holds on to stays. */
static int remove_version(struct session *session, const struct remote *remote, const char *version,
                          struct changes *changes, struct err *err)
{
    char *name = xasprintf("%s:%s", remote->name, version);
    struct change *change = changes_add(changes, CHANGE_REMOVE, "version", name);
    int64_t started = clock_monotonic(session->clock);
    struct aws_call call;
    int result = 0;

    changes_announce(changes, change);
    free(name);
    if (!changes->apply)
        return 0;
    aws_call_rest(&call, &aws_lambda, "DeleteFunction", "DELETE", NULL,
                  "/2015-03-31/functions/%s?Qualifier=%s", remote->name, version);
    result = session_do(session, &call, "ResourceNotFoundException", remote->name, err);
    if (result == 0)
        changes_done(changes, change, session_elapsed(session, started));
    return result;
}

/* The numbers of the versions beyond the newest `keep` that nothing known uses. */
static void find_old(const json_t *versions, int64_t keep, const struct strlist *used,
                     struct strlist *old)
{
    size_t i;
    const json_t *item;

    json_array_foreach (versions, i, item) {
        const char *version = json_string_at(item, "Version");

        if (keep-- <= 0 && !strlist_has(used, version))
            strlist_add(old, version);
    }
}

/* Whether there may be more than `keep`: versions are numbered from 1. */
static bool may_be_more(const struct remote *remote, int64_t keep, enum version_coming coming)
{
    int64_t live = alias_version_number(json_string_at(remote->alias, "FunctionVersion"));
    int64_t newest = remote->candidate ? alias_version_number(remote->candidate) : live;

    newest = newest > live ? newest : live;
    return newest + (coming == VERSION_PENDING) > keep;
}

static int prune(struct session *session, struct remote *remote, int64_t keep,
                 enum version_coming coming, struct changes *changes, struct err *err)
{
    const json_t *versions = version_list(session, remote, err);
    struct strlist used, old;
    int result = versions ? 0 : -1;

    strlist_init(&used);
    strlist_init(&old);
    add_live(remote, coming, &used);
    find_old(versions, keep - (coming == VERSION_PENDING), &used, &old);
    if (old.count)
        result = add_others(session, remote, &used, err);
    for (size_t i = 0; result == 0 && i < old.count; i++) {
        result = interrupt_check(err);
        if (result == 0 && !strlist_has(&used, old.items[i]))
            result = remove_version(session, remote, old.items[i], changes, err);
    }
    strlist_release(&used);
    strlist_release(&old);
    return result;
}

int version_prune(struct session *session, struct remote *remote, int64_t keep,
                  enum version_coming coming, struct changes *changes, struct err *err)
{
    if (!may_be_more(remote, keep, coming))
        return 0;
    return prune(session, remote, keep, coming, changes, err);
}

int aws_prune_versions(struct session *session, const struct function *function, int64_t keep,
                       struct changes *changes, struct err *err)
{
    struct remote *remote = session_remote(session, function);

    if (alias_demand(session, remote, err) < 0)
        return -1;
    return prune(session, remote, keep, VERSION_NONE, changes, err);
}
