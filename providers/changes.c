#include "providers/changes.h"

#include "core/json.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

static const char *const kind_names[] = {
    [CHANGE_CREATE] = "create",
    [CHANGE_UPDATE] = "update",
    [CHANGE_REMOVE] = "remove",
};

void changes_init(struct changes *changes, bool apply)
{
    *changes = (struct changes){.apply = apply};
    pthread_mutex_init(&changes->lock, NULL);
}

static void change_free(struct change *change)
{
    for (size_t i = 0; i < change->field_count; i++) {
        free(change->fields[i].name);
        free(change->fields[i].before);
        free(change->fields[i].after);
    }
    free(change->fields);
    free(change->resource);
    free(change->name);
    free(change);
}

void changes_release(struct changes *changes)
{
    for (size_t i = 0; i < changes->count; i++)
        change_free(changes->items[i]);
    free(changes->items);
    pthread_mutex_destroy(&changes->lock);
    *changes = (struct changes){0};
}

struct change *changes_add(struct changes *changes, enum change_kind kind, const char *resource,
                           const char *name)
{
    struct change *change = xcalloc(1, sizeof(*change));

    change->kind = kind;
    change->resource = xstrdup(resource);
    change->name = xstrdup(name);
    pthread_mutex_lock(&changes->lock);
    if (changes->count == changes->capacity) {
        changes->capacity = changes->capacity ? 2 * changes->capacity : 8;
        changes->items = xreallocarray(changes->items, changes->capacity, sizeof(*changes->items));
    }
    changes->items[changes->count++] = change;
    pthread_mutex_unlock(&changes->lock);
    return change;
}

void change_field(struct changes *changes, struct change *change, const char *name,
                  const char *before, const char *after)
{
    struct change_field *field;

    pthread_mutex_lock(&changes->lock);
    change->fields =
        xreallocarray(change->fields, change->field_count + 1, sizeof(*change->fields));
    field = &change->fields[change->field_count++];
    field->name = xstrdup(name);
    field->before = xstrdup(before);
    field->after = xstrdup(after);
    pthread_mutex_unlock(&changes->lock);
}

static void tell(struct changes *changes, const struct change *change)
{
    if (changes->listener)
        changes->listener(changes->context, change);
}

void changes_announce(struct changes *changes, struct change *change)
{
    pthread_mutex_lock(&changes->lock);
    tell(changes, change);
    pthread_mutex_unlock(&changes->lock);
}

void changes_done(struct changes *changes, struct change *change, int64_t elapsed)
{
    pthread_mutex_lock(&changes->lock);
    change->done = true;
    change->elapsed = elapsed;
    tell(changes, change);
    pthread_mutex_unlock(&changes->lock);
}

/* The value as text, to free(); NULL when there is none. */
static char *value_text(const json_t *value)
{
    if (!value || json_is_null(value))
        return NULL;
    return json_is_string(value) ? xstrdup(json_string_value(value)) : json_canonical(value);
}

static size_t field_if_differing(struct changes *changes, struct change *change, const char *key,
                                 const json_t *before, const json_t *after)
{
    char *old_text = value_text(before);
    char *new_text = value_text(after);
    bool equal = old_text && new_text ? strcmp(old_text, new_text) == 0 : old_text == new_text;

    if (!equal)
        change_field(changes, change, key, old_text, new_text);
    free(old_text);
    free(new_text);
    return equal ? 0 : 1;
}

size_t change_fields_differing(struct changes *changes, struct change *change, const json_t *before,
                               const json_t *after)
{
    size_t count = 0;
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *)after, key, value)
        count += field_if_differing(changes, change, key, json_object_get(before, key), value);
    json_object_foreach ((json_t *)before, key, value) {
        if (!json_object_get(after, key))
            count += field_if_differing(changes, change, key, value, NULL);
    }
    return count;
}

static json_t *text_or_null(const char *text)
{
    return text ? json_string(text) : json_null();
}

static json_t *fields_json(const struct change *change)
{
    json_t *fields = json_array();

    for (size_t i = 0; i < change->field_count; i++) {
        const struct change_field *field = &change->fields[i];

        json_array_append_new(fields, json_pack("{s:s, s:o, s:o}", "name", field->name, "before",
                                                text_or_null(field->before), "after",
                                                text_or_null(field->after)));
    }
    return fields;
}

json_t *changes_json(const struct changes *changes)
{
    json_t *list = json_array();

    for (size_t i = 0; i < changes->count; i++) {
        const struct change *change = changes->items[i];

        json_array_append_new(
            list, json_pack("{s:s, s:s, s:s, s:o}", "action", kind_names[change->kind], "resource",
                            change->resource, "name", change->name, "fields", fields_json(change)));
    }
    return list;
}
