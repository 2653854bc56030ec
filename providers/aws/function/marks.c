#include "providers/aws/function/marks.h"

#include "providers/aws/function/function_state.h"

#include <string.h>

static bool wants_url(const struct function *function)
{
    return function->url.enabled;
}

static bool wants_api(const struct function *function)
{
    return function->routes.count > 0;
}

static bool wants_schedules(const struct function *function)
{
    return function->schedules.count > 0;
}

static bool wants_provisioned(const struct function *function)
{
    return function->provisioned_concurrency > 0;
}

static bool wants_async(const struct function *function)
{
    return settings_async_is_set(&function->retries, &function->destinations);
}

/* Whether the function has triggers that Lambda polls, or that it does not. */
static bool has_triggers(const struct function *function, bool polled)
{
    for (size_t i = 0; i < function->triggers.count; i++)
        if (trigger_is_polled(function_trigger_at(function, i)) == polled)
            return true;
    return false;
}

static bool wants_triggers(const struct function *function)
{
    return has_triggers(function, true);
}

static bool wants_sources(const struct function *function)
{
    return has_triggers(function, false);
}

static bool wants_callers(const struct function *function)
{
    return wants_sources(function) || wants_url(function) || wants_api(function) ||
           function->authorizes;
}

static const struct {
    const char *mark;
    bool (*wanted)(const struct function *function);
} marks[] = {
    {MARK_URL, wants_url},
    {MARK_API, wants_api},
    {MARK_SCHEDULES, wants_schedules},
    {MARK_PROVISIONED, wants_provisioned},
    {MARK_ASYNC, wants_async},
    {MARK_TRIGGERS, wants_triggers},
    {MARK_SOURCES, wants_sources},
    {MARK_CALLERS, wants_callers},
};
enum { MARKS = sizeof(marks) / sizeof(*marks) };

bool mark_wanted(const struct function *function, const char *mark)
{
    for (size_t i = 0; i < MARKS; i++)
        if (strcmp(marks[i].mark, mark) == 0)
            return marks[i].wanted(function);
    return false;
}

bool mark_is_wanted(const struct remote *remote, const char *mark)
{
    return mark_wanted(remote->function, mark);
}

bool mark_stale(const struct remote *remote, const char *mark)
{
    return json_object_get(remote->tags, mark) && !mark_wanted(remote->function, mark);
}

bool marks_any(const struct session *session, const char *mark,
               bool (*is)(const struct remote *remote, const char *mark))
{
    for (size_t i = 0; i < session->count; i++)
        if (is(&session->remotes[i], mark))
            return true;
    return false;
}

void marks_add(const struct function *function, json_t *tags)
{
    for (size_t i = 0; i < MARKS; i++)
        if (marks[i].wanted(function))
            json_object_set_new(tags, marks[i].mark, json_string("true"));
}

int mark_drop(struct session *session, struct remote *remote, const char *mark,
              const struct changes *changes, struct err *err)
{
    if (!changes->apply || !mark_stale(remote, mark))
        return 0;
    return function_untag(session, remote, mark, err);
}
