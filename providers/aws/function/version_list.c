#include "providers/aws/function/version_list.h"

#include "core/memory.h"
#include "providers/aws/function/alias.h"
#include "providers/aws/function/configuration.h"
#include "providers/aws/function/function_state.h"
#include "providers/aws/observe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare_newest_first(const void *left, const void *right)
{
    int64_t a = alias_version_number(json_string_at(*(json_t *const *)left, "Version"));
    int64_t b = alias_version_number(json_string_at(*(json_t *const *)right, "Version"));

    return (a < b) - (a > b);
}

/* Those of `all` that have a number, newest first. */
static json_t *newest_first(const json_t *all)
{
    json_t **items = xcalloc(json_array_size(all) + 1, sizeof(json_t *));
    json_t *sorted = json_array();
    size_t count = 0, i;
    json_t *item;

    json_array_foreach ((json_t *)(uintptr_t)all, i, item) {
        if (alias_version_number(json_string_at(item, "Version")))
            items[count++] = item;
    }
    qsort(items, count, sizeof(json_t *), compare_newest_first);
    for (i = 0; i < count; i++)
        json_array_append(sorted, items[i]);
    free(items);
    return sorted;
}

const json_t *version_list(struct session *session, struct remote *remote, struct err *err)
{
    json_t *all;

    if (remote->versions)
        return remote->versions;
    all = function_versions(session, remote, err);
    if (all)
        json_replace(&remote->versions, newest_first(all));
    json_decref(all);
    return remote->versions;
}

void version_list_add(struct remote *remote, json_t *configuration)
{
    if (remote->versions &&
        !version_find(remote->versions, json_string_at(configuration, "Version")))
        json_array_insert(remote->versions, 0, configuration);
}

const json_t *version_find(const json_t *versions, const char *version)
{
    size_t i;
    const json_t *item;

    json_array_foreach (versions, i, item) {
        if (strcmp(json_string_at(item, "Version"), version) == 0)
            return item;
    }
    return NULL;
}

const json_t *version_made_from(const struct remote *remote, const char *fingerprint)
{
    const json_t *found = NULL;
    size_t i;
    const json_t *item;

    json_array_foreach (remote->versions, i, item) {
        char *made_from = configuration_fingerprint(item, remote->function);

        if (!found && strcmp(made_from, fingerprint) == 0)
            found = item;
        free(made_from);
    }
    return found;
}

/* The fingerprint of a version of the list; empty when it is not among them. */
static void find_fingerprint(const struct remote *remote, int64_t number,
                             char fingerprint[static CONFIGURATION_FINGERPRINT_LEN])
{
    size_t i;
    const json_t *item;

    json_array_foreach (remote->versions, i, item) {
        char *made_from;

        if (alias_version_number(json_string_at(item, "Version")) != number)
            continue;
        made_from = configuration_fingerprint(item, remote->function);
        snprintf(fingerprint, CONFIGURATION_FINGERPRINT_LEN, "%s", made_from);
        free(made_from);
    }
}

int version_complete_note(struct session *session, struct remote *remote, struct alias_note *note,
                          struct err *err)
{
    struct alias_target now = alias_now(remote);

    if (*note->fingerprint)
        return 0;
    if (!version_list(session, remote, err))
        return -1;
    find_fingerprint(remote, note->live.version, note->fingerprint);
    if (now.candidate) {
        note->next = alias_version_number(now.candidate);
        find_fingerprint(remote, note->next, note->next_fingerprint);
    }
    return 0;
}

/* What changed from `before` to `after`, as changes_json() has fields. */
static json_t *fields_changed(const struct function *function, const json_t *before,
                              const json_t *after)
{
    json_t *was = configuration_found(before, function), *is = configuration_found(after, function),
           *list, *fields;
    struct changes changes;
    struct change *change;

    changes_init(&changes, false);
    change = changes_add(&changes, CHANGE_UPDATE, "version", "");
    if (strcmp(json_string_at(before, "CodeSha256"), json_string_at(after, "CodeSha256")) != 0)
        change_field(&changes, change, "CodeSha256", json_string_at(before, "CodeSha256"),
                     json_string_at(after, "CodeSha256"));
    configuration_fields(&changes, change, function, was, is);
    list = changes_json(&changes);
    fields = json_incref(json_object_get(json_array_get(list, 0), "fields"));
    json_decref(list);
    json_decref(was);
    json_decref(is);
    changes_release(&changes);
    return fields ? fields : json_array();
}

/* Percent of the calls that the live alias gives to a version. */
static double share(const struct alias_target *now, const char *version)
{
    if (now->candidate && strcmp(now->candidate, version) == 0)
        return now->weight * 100;
    return strcmp(now->version, version) == 0 ? 100 - now->weight * 100 : 0;
}

static json_t *version_json(const struct remote *remote, const json_t *item, const json_t *older,
                            const struct alias_target *now)
{
    const char *version = json_string_at(item, "Version");
    json_t *json =
        json_pack("{s:s, s:b, s:o, s:s, s:I, s:s, s:s, s:s}", "version", version, "live",
                  strcmp(version, now->version) == 0, "weight", json_real(share(now, version)),
                  "modified", json_string_at(item, "LastModified"), "code_size",
                  (json_int_t)json_int_at(item, "CodeSize"), "sha256",
                  json_string_at(item, "CodeSha256"), "runtime", json_string_at(item, "Runtime"),
                  "description", json_string_at(item, "Description"));

    json_object_set_new(json, "changed",
                        older ? fields_changed(remote->function, older, item) : json_array());
    return json;
}

int aws_versions(struct session *session, const struct function *function, json_t **versions,
                 struct err *err)
{
    struct remote *remote = session_remote(session, function);
    const json_t *list;
    struct alias_target now;

    if (!remote->alias && observe_function(session, remote, err) < 0)
        return -1;
    list = version_list(session, remote, err);
    if (!list)
        return -1;
    now = alias_now(remote);
    *versions = json_array();
    for (size_t i = 0; i < json_array_size(list); i++)
        json_array_append_new(*versions, version_json(remote, json_array_get(list, i),
                                                      json_array_get(list, i + 1), &now));
    return 0;
}
