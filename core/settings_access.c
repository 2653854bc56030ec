/* What others ask of loaded settings. */
#include "core/buf.h"
#include "core/memory.h"
#include "core/settings.h"
#include "core/suggest.h"

#include <string.h>

struct schema_source settings_source(const struct settings *settings)
{
    return (struct schema_source){.file = settings->file,
                                  .text = settings->text,
                                  .len = settings->text_len,
                                  .stage = settings->stage};
}

size_t settings_function_count(const struct settings *settings)
{
    return settings->functions.count;
}

const struct function *settings_function_at(const struct settings *settings, size_t index)
{
    return (const struct function *)settings->functions.items + index;
}

const struct schedule *function_schedule_at(const struct function *function, size_t index)
{
    return (const struct schedule *)function->schedules.items + index;
}

const struct route *function_route_at(const struct function *function, size_t index)
{
    return (const struct route *)function->routes.items + index;
}

const struct function *settings_function(const struct settings *settings, const char *name,
                                         struct err *err)
{
    struct suggest near = {.word = name};
    struct buf list;

    buf_init(&list, 0);
    for (size_t i = 0; i < settings->functions.count; i++) {
        const struct function *function = settings_function_at(settings, i);

        if (strcmp(function->name, name) == 0) {
            buf_release(&list);
            return function;
        }
        suggest_offer(&near, function->name);
        buf_printf(&list, "%s%s", list.len ? ", " : "", function->name);
    }
    err_set(err, ERR_USAGE, "there is no function '%s'", name);
    if (near.best)
        err_append(err, "; did you mean '%s'?", near.best);
    else
        err_append(err, "; there %s: %s", settings->functions.count > 1 ? "are" : "is",
                   buf_string(&list));
    buf_release(&list);
    return NULL;
}

char *settings_remote_name(const struct settings *settings, const struct function *function)
{
    return xasprintf("%s-%s-%s", settings->project, settings->stage, function->name);
}

char *settings_schedule_name(const struct function *function, const struct schedule *schedule,
                             size_t index)
{
    if (schedule->name)
        return xstrdup(schedule->name);
    return xasprintf("%s-%zu", function->name, index);
}

bool settings_looks_secret(const char *name, const char *value)
{
    static const char *const words[] = {"KEY",    "TOKEN",      "SECRET", "PASSWORD",
                                        "PASSWD", "CREDENTIAL", "DSN",    NULL};
    const char *authority = value ? strstr(value, "://") : NULL;

    for (size_t i = 0; words[i]; i++)
        if (strcasestr(name, words[i]))
            return true;
    /* scheme://user:password@host */
    return authority && authority[3 + strcspn(authority + 3, "/@")] == '@';
}

static void mask_environment(json_t *function)
{
    json_t *environment = json_object_get(function, "environment"), *value;
    const char *name;

    json_object_foreach (environment, name, value)
        if (settings_looks_secret(name, json_string_value(value)))
            json_string_set(value, "******");
}

json_t *settings_render(const struct settings *settings)
{
    json_t *copy = json_deep_copy(settings->resolved), *function;
    const char *name;

    json_object_foreach (json_object_get(copy, "functions"), name, function) {
        (void)name;
        mask_environment(function);
    }

    json_object_del(copy, "$schema");
    json_object_del(copy, "default_stage");
    if (!json_object_get(copy, "provider"))
        json_object_set_new(copy, "provider", json_string(settings->provider));
    return copy;
}
