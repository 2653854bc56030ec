#include "cli/import_zappa_events.h"

#include "cli/import_zappa_source.h"
#include "core/json.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

/* One stage under conversion. */
struct stage {
    struct import *import;
    const json_t *function; /* what all functions of the stage have */
    json_t *functions;      /* ours */
};

static void note(const struct stage *stage, const char *words)
{
    import_note(stage->import, "events", "%s", words);
}

/* Each expression as a schedule. */
static void add_schedules(const struct stage *stage, const json_t *event, json_t *schedules)
{
    const json_t *given = json_object_get(event, "expressions");
    json_t *expressions = import_list(given ? given : json_object_get(event, "expression")), *item;
    const json_t *kwargs = json_object_get(event, "kwargs");
    size_t i;

    json_array_foreach (expressions, i, item) {
        const char *text = json_is_string(item) ? json_string_value(item) : "";
        bool rate = strncmp(text, "rate(", 5) == 0;
        json_t *schedule;

        if (!rate && strncmp(text, "cron(", 5) != 0) {
            note(stage, "an expression is neither cron(...) nor rate(...)");
            continue;
        }
        schedule = json_pack("{s:s}", rate ? "rate" : "cron", text);
        if (json_is_object(kwargs))
            json_object_set_new(schedule, "input",
                                json_pack("{s:o}", "kwargs", import_literal(kwargs)));
        if (json_is_false(json_object_get(event, "enabled")))
            json_object_set_new(schedule, "enabled", json_false());
        json_array_append_new(schedules, schedule);
    }
    json_decref(expressions);
}

/* The function of ours that calls `handler`, made when there is none. */
static json_t *event_function(const struct stage *stage, const json_t *event, const char *handler)
{
    const char *last = strrchr(handler, '.');
    json_t *function;
    const char *name;
    char *made;

    json_object_foreach (stage->functions, name, function)
        if (strcmp(json_string_at(function, "handler"), handler) == 0)
            return function;
    made = import_name(*json_string_at(event, "name") ? json_string_at(event, "name")
                       : last                         ? last + 1
                                                      : handler,
                       "event", stage->functions);
    function = json_deep_copy(stage->function);
    json_object_set_new(function, "handler", json_string(handler));
    if (*json_string_at(event, "description"))
        json_object_set_new(function, "description",
                            import_literal(json_object_get(event, "description")));
    json_object_set_new(stage->functions, made, function);
    free(made);
    return function;
}

static void add_event(const struct stage *stage, const json_t *event)
{
    const char *handler = json_string_at(event, "function");
    json_t *schedules = json_array(), *function, *have;

    if (!strchr(handler, '.')) {
        note(stage, "an event names no function as MODULE.FUNCTION");
        json_decref(schedules);
        return;
    }
    function = event_function(stage, event, handler);
    if (json_object_get(event, "expression") || json_object_get(event, "expressions"))
        add_schedules(stage, event, schedules);
    have = json_object_get(function, "schedules");
    if (have)
        json_array_extend(have, schedules);
    else if (json_array_size(schedules))
        json_object_set(function, "schedules", schedules);
    json_decref(schedules);
    if (json_object_get(event, "event_source"))
        zappa_source_convert(stage->import, event, function);
}

void zappa_events_convert(struct import *import, const json_t *zappa, const json_t *function,
                          json_t *functions)
{
    const struct stage stage = {import, function, functions};
    json_t *event;
    size_t i;

    json_array_foreach (json_object_get(zappa, "events"), i, event)
        add_event(&stage, event);
}
