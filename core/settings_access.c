/* What others ask of loaded settings. */
#include "core/buf.h"
#include "core/memory.h"
#include "core/settings.h"
#include "core/suggest.h"

#include <stdlib.h>
#include <string.h>

struct schema_source settings_source(const struct settings *settings)
{
    return (struct schema_source){.file = settings->file,
                                  .text = settings->text,
                                  .len = settings->text_len,
                                  .stage = settings->stage,
                                  .unknown = settings->unknown};
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

const struct trigger *function_trigger_at(const struct function *function, size_t index)
{
    return (const struct trigger *)function->triggers.items + index;
}

const char *settings_route_authorizer(const struct settings *settings, const struct route *route)
{
    const char *name = route->authorizer ? route->authorizer : settings->api.authorizer;

    return name ? name : "none";
}

const struct authorizer *settings_authorizer(const struct settings *settings, const char *name)
{
    const struct authorizer *authorizers = settings->api.authorizers.items;

    for (size_t i = 0; i < settings->api.authorizers.count; i++)
        if (strcmp(authorizers[i].name, name) == 0)
            return &authorizers[i];
    return NULL;
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

bool function_hides(const struct function *function, const char *name, const char *value)
{
    return json_object_get(function->secrets, name) || settings_looks_secret(name, value);
}

/* Masks strings that came from where secrets are kept, and variables whose names tell of one. */
static void mask(const struct settings *settings, json_t *value, const struct json_path *path)
{
    bool environment = path->key && path->parent && path->parent->key &&
                       strcmp(path->parent->key, "environment") == 0;
    const char *text = json_string_value(value), *key;
    char *place = text ? json_path_text(path) : NULL;
    json_t *member;
    size_t i;

    if (text && !json_object_get(settings->unknown, place) &&
        (json_object_get(settings->secret, place) ||
         (environment && settings_looks_secret(path->key, text))))
        json_string_set(value, "******");
    free(place);
    json_array_foreach (value, i, member) {
        const struct json_path step = {.parent = path, .index = i};

        mask(settings, member, &step);
    }
    json_object_foreach (value, key, member) {
        const struct json_path step = {.parent = path, .key = key};

        mask(settings, member, &step);
    }
}

json_t *settings_render(const struct settings *settings)
{
    const struct json_path root = {.parent = NULL};
    json_t *copy = json_deep_copy(settings->resolved);

    mask(settings, copy, &root);
    json_object_del(copy, "$schema");
    json_object_del(copy, "default_stage");
    if (!json_object_get(copy, "provider"))
        json_object_set_new(copy, "provider", json_string(settings->provider));
    return copy;
}
