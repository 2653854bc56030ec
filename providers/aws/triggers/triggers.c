#include "providers/aws/triggers/triggers.h"

#include "providers/aws/function/marks.h"
#include "providers/aws/triggers/mappings.h"

static int take_mappings(struct session *session, const struct read *read,
                         const struct aws_call *call, struct err *err)
{
    struct remote *remote = read->remote;

    json_replace(&remote->mappings, mappings_take(session, remote->name, call, err));
    return remote->mappings ? 0 : -1;
}

void triggers_add(struct reads *reads, struct remote *remote)
{
    const struct read read = {.remote = remote, .take = take_mappings};

    mappings_call(remote->name, reads_add(reads, &read));
}

int aws_put_triggers(struct session *session, const struct function *function,
                     struct changes *changes, struct err *err)
{
    struct remote *remote = session_remote(session, function);

    if (!function->triggers.count && !remote->mappings)
        return 0;
    if (mappings_put(session, remote, changes, err) < 0)
        return -1;
    return mark_drop(session, remote, MARK_TRIGGERS, changes, err);
}

int triggers_remove(struct session *session, const char *name, struct changes *changes,
                    struct err *err)
{
    struct aws_call call;
    json_t *mappings = NULL;
    int result;

    mappings_call(name, &call);
    result = session_call(session, &call, "ResourceNotFoundException", name, err);
    if (result == 0)
        mappings = mappings_take(session, name, &call, err);
    aws_call_release(&call);
    result = mappings ? mappings_remove(session, name, mappings, changes, err) : -1;
    json_decref(mappings);
    return result;
}
