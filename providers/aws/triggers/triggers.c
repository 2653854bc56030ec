#include "providers/aws/triggers/triggers.h"

#include "providers/aws/function/marks.h"
#include "providers/aws/function/policy.h"
#include "providers/aws/triggers/event_invoke.h"
#include "providers/aws/triggers/mappings.h"
#include "providers/aws/triggers/notifications.h"
#include "providers/aws/triggers/tables.h"

static int take_mappings(struct session *session, const struct read *read,
                         const struct aws_call *call, struct err *err)
{
    struct remote *remote = read->remote;

    json_replace(&remote->mappings, mappings_take(session, remote->name, call, err));
    return remote->mappings ? 0 : -1;
}

void triggers_add(struct session *session, struct reads *reads, struct remote *remote)
{
    const struct read read = {.remote = remote, .take = take_mappings};

    mappings_call(remote->name, reads_add(reads, &read));
    tables_add(session, reads, remote);
}

/* Whether there are such triggers, or shall be. */
static bool has(const struct remote *remote, const char *mark)
{
    return mark_is_wanted(remote, mark) || mark_stale(remote, mark);
}

int aws_put_triggers(struct session *session, const struct function *function,
                     struct changes *changes, struct err *err)
{
    struct remote *remote = session_remote(session, function);

    if (event_invoke_put(session, remote, changes, err) < 0)
        return -1;
    if (has(remote, MARK_TRIGGERS) && mappings_put(session, remote, changes, err) < 0)
        return -1;
    if (has(remote, MARK_SOURCES) && notifications_put(session, remote, changes, err) < 0)
        return -1;
    if (mark_drop(session, remote, MARK_TRIGGERS, changes, err) < 0)
        return -1;
    return mark_drop(session, remote, MARK_SOURCES, changes, err);
}

/* The mappings of a function that need not be one of the settings, the caller's; NULL on failure.
 */
static json_t *read_mappings(struct session *session, const char *name, struct err *err)
{
    struct aws_call call;
    json_t *mappings = NULL;
    int result;

    mappings_call(name, &call);
    result = session_call(session, &call, "ResourceNotFoundException", name, err);
    if (result == 0)
        mappings = mappings_take(session, name, &call, err);
    aws_call_release(&call);
    return mappings;
}

static json_t *read_statements(struct session *session, const char *name, struct err *err)
{
    struct aws_call call;
    json_t *statements = NULL;

    aws_call_rest(&call, &aws_lambda, "GetPolicy", "GET", NULL,
                  "/2015-03-31/functions/%s/policy?Qualifier=" LIVE_ALIAS, name);
    if (session_call(session, &call, "ResourceNotFoundException", name, err) == 0)
        statements = policy_statements(&call);
    aws_call_release(&call);
    return statements;
}

static int remove_polled(struct session *session, const char *name, struct changes *changes,
                         struct err *err)
{
    json_t *mappings = read_mappings(session, name, err);
    int result = mappings ? mappings_remove(session, name, mappings, changes, err) : -1;

    json_decref(mappings);
    return result;
}

static int remove_sources(struct session *session, const char *name, struct changes *changes,
                          struct err *err)
{
    json_t *statements = read_statements(session, name, err);
    int result = statements ? notifications_remove(session, name, statements, changes, err) : -1;

    json_decref(statements);
    return result;
}

int triggers_remove(struct session *session, const char *name, const json_t *tags,
                    struct changes *changes, struct err *err)
{
    if (json_object_get(tags, MARK_TRIGGERS) && remove_polled(session, name, changes, err) < 0)
        return -1;
    if (json_object_get(tags, MARK_SOURCES))
        return remove_sources(session, name, changes, err);
    return 0;
}
