#include "core/settings_bind.h"

#include "core/memory.h"
#include "core/settings_environment.h"
#include "core/settings_rules.h"
#include "core/variables.h"

#include <stdlib.h>

/* The members of `common` become those of `holder`'s object `key`, which may say otherwise. */
static void spread(const json_t *common, json_t *holder, const char *key)
{
    json_t *own = json_object_get(holder, key);

    if (json_is_object(holder) && !own)
        json_object_set_new(holder, key, json_deep_copy(common));
    else if (json_is_object(own))
        json_object_update_missing(own, (json_t *)(uintptr_t)common);
}

/* What the project says of every function becomes part of each one. */
static void spread_common(json_t *root)
{
    const json_t *tags = json_object_get(root, "tags");
    json_t *members = json_object_get(json_object_get(root, "aws"), "function");
    struct err ignored;
    json_t *function;
    const char *name;

    /* What is wrong with them is told where they stand. */
    if (settings_check_pass_through(&members, &ignored) < 0)
        members = NULL;
    json_object_foreach (json_object_get(root, "functions"), name, function) {
        if (json_is_object(tags))
            spread(tags, function, "tags");
        if (!members || !json_is_object(function))
            continue;
        if (!json_object_get(function, "aws"))
            json_object_set_new(function, "aws", json_object());
        spread(members, json_object_get(function, "aws"), "function");
    }
}

/* Names the environment variables of each function whose values are secret by where they are from;
 * or may be, while they are not known. */
static void spread_secrets(struct settings *settings)
{
    json_decref(settings->secrets);
    settings->secrets = json_object();
    for (size_t i = 0; i < settings->functions.count; i++) {
        struct function *function = (struct function *)settings->functions.items + i;
        json_t *names = json_object(), *value;
        const char *name;

        json_object_foreach (function->environment, name, value) {
            char *path = xasprintf("functions.%s.environment.%s", function->name, name);

            if (json_object_get(settings->secret, path) || json_object_get(settings->unknown, path))
                json_object_set_new(names, name, json_true());
            free(path);
        }
        json_object_set_new(settings->secrets, function->name, names);
        function->secrets = names;
    }
}

int settings_bind(struct settings *settings, const struct settings_context *context,
                  struct err *err)
{
    const struct variables variables = {.stage = settings->stage,
                                        .folder = settings->folder,
                                        .references = &settings->references,
                                        .unknown = settings->unknown,
                                        .secret = settings->secret,
                                        .account = context->account,
                                        .known_account = &settings->account,
                                        .context = context->context};
    const struct schema_source source = settings_source(settings);

    if (variables_replace(&variables, settings->resolved, &source, err) < 0)
        return -1;
    spread_common(settings->resolved);
    if (schema_bind(settings_fields, settings->resolved, settings, &source, NULL, err) < 0)
        return -1;
    if (settings_apply_rules(settings, &source, err) < 0)
        return -1;
    spread_secrets(settings);
    return 0;
}

/* What binding starts from, without what it fills in. */
static struct settings unbound(const struct settings *settings)
{
    return (struct settings){.file = settings->file,
                             .folder = settings->folder,
                             .stage = settings->stage,
                             .stage_name = settings->stage_name,
                             .text = settings->text,
                             .text_len = settings->text_len,
                             .merged = settings->merged,
                             .resolved = json_deep_copy(settings->merged),
                             .references = settings->references,
                             .unknown = settings->unknown,
                             .secret = settings->secret,
                             .account = settings->account};
}

/* Exchanges the functions of the two where they are: sessions point to them. */
static void swap_functions(struct settings *settings, struct settings *fresh)
{
    struct function *kept = settings->functions.items, *bound = fresh->functions.items;
    void *items = kept;

    for (size_t i = 0; i < fresh->functions.count; i++) {
        const struct function old = kept[i];

        kept[i] = bound[i];
        bound[i] = old;
    }
    settings->functions.items = bound;
    fresh->functions.items = items;
}

int settings_resolve(struct settings *settings, const struct settings_context *context,
                     int (*fetch)(void *context, struct references *references, struct err *err),
                     void *fetch_context, struct err *err)
{
    struct settings fresh;

    if (!settings->references.count)
        return 0;
    if (fetch(fetch_context, &settings->references, err) < 0)
        return -1;
    json_object_clear(settings->unknown);
    fresh = unbound(settings);
    if (settings_bind(&fresh, context, err) < 0) {
        schema_release(settings_fields, &fresh);
        json_decref(fresh.resolved);
        json_decref(fresh.secrets);
        settings->account = fresh.account;
        return -1;
    }
    swap_functions(settings, &fresh);
    schema_release(settings_fields, settings);
    json_decref(settings->secrets);
    fresh.replaced = settings->resolved;
    *settings = fresh;
    return 0;
}
