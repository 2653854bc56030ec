#include "providers/changes.h"

#include "core/buf.h"
#include "core/memory.h"

#include <stdarg.h>
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
    strlist_release(&changes->left);
    pthread_mutex_destroy(&changes->lock);
    *changes = (struct changes){0};
}

/* Under the lock. */
static void keep(struct changes *changes, struct change *change)
{
    if (changes->count == changes->capacity) {
        changes->capacity = changes->capacity ? 2 * changes->capacity : 8;
        changes->items = xreallocarray(changes->items, changes->capacity, sizeof(*changes->items));
    }
    changes->items[changes->count++] = change;
}

struct change *changes_add(struct changes *changes, enum change_kind kind, const char *resource,
                           const char *name)
{
    struct change *change = xcalloc(1, sizeof(*change));

    change->kind = kind;
    change->resource = xstrdup(resource);
    change->name = xstrdup(name);
    pthread_mutex_lock(&changes->lock);
    keep(changes, change);
    pthread_mutex_unlock(&changes->lock);
    return change;
}

void changes_leave(struct changes *changes, const char *format, ...)
{
    va_list arguments;
    struct buf text;

    buf_init(&text, 0);
    va_start(arguments, format);
    buf_vprintf(&text, format, arguments);
    va_end(arguments);
    pthread_mutex_lock(&changes->lock);
    strlist_take(&changes->left, buf_take(&text));
    pthread_mutex_unlock(&changes->lock);
}

void changes_append(struct changes *changes, struct changes *from)
{
    pthread_mutex_lock(&changes->lock);
    for (size_t i = 0; i < from->count; i++)
        keep(changes, from->items[i]);
    for (size_t i = 0; i < from->left.count; i++)
        strlist_add(&changes->left, from->left.items[i]);
    pthread_mutex_unlock(&changes->lock);
    from->count = 0;
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
