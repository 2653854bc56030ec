#include "core/schema.h"

#include "core/field.h"
#include "core/memory.h"
#include "core/suggest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What binding carries along. */
struct binding {
    const struct schema_source *source;
    struct err *err;
};

const struct field *schema_find(const struct field *fields, const char *name)
{
    for (const struct field *field = fields; field->name; field++)
        if (strcmp(field->name, name) == 0)
            return field;
    return NULL;
}

const char *schema_suggest(const struct field *fields, const char *name)
{
    struct suggest near = {.word = name};

    for (const struct field *field = fields; field->name; field++)
        if (!field->later)
            suggest_offer(&near, field->name);
    return near.best;
}

/* Finds the place of `path`, of the same path in the stage's overlay when `stage` is set. */
static int locate(const struct schema_source *source, const struct json_path *path, bool stage,
                  bool at_key, int *line, int *column)
{
    struct json_path *steps;
    size_t count = 0, first = stage ? 3 : 1;
    int result;

    for (const struct json_path *step = path; step && step->parent; step = step->parent)
        count++;
    steps = xcalloc(count + first, sizeof(*steps));
    if (stage) {
        steps[1] = (struct json_path){.parent = &steps[0], .key = "stages"};
        steps[2] = (struct json_path){.parent = &steps[1], .key = source->stage};
    }
    for (size_t i = count + first; i > first; i--, path = path->parent) {
        steps[i - 1] = *path;
        steps[i - 1].parent = &steps[i - 2];
    }
    result =
        json_locate(source->text, source->len, &steps[count + first - 1], at_key, line, column);
    free(steps);
    return result;
}

/* The value as written, in the overlay or above it; where there is none, what should hold it. */
static void find_place(const struct schema_source *source, const struct json_path *path,
                       bool at_key, int *line, int *column)
{
    *line = 1;
    *column = 1;
    if (source->stage && locate(source, path, true, at_key, line, column) == 0)
        return;
    while (path && locate(source, path, false, at_key, line, column) < 0) {
        path = path->parent;
        at_key = true;
        if (path && path->parent && source->stage &&
            locate(source, path, false, at_key, line, column) < 0 &&
            locate(source, path, true, at_key, line, column) == 0)
            return;
    }
}

int schema_error(const struct schema_source *source, const struct json_path *path, bool at_key,
                 struct err *err, const char *format, ...)
{
    char message[2048];
    char *text = json_path_text(path);
    va_list arguments;
    int line, column;

    va_start(arguments, format);
    vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    err_set(err, ERR_SETTINGS, "%s", message);
    if (*text)
        err_context(err, "%s", text);
    if (source && source->text) {
        find_place(source, path, at_key, &line, &column);
        err_context(err, "line %d, column %d", line, column);
    }
    if (source && source->file)
        err_context(err, "'%s'", source->file);
    free(text);
    return -1;
}

/* Puts the place in front of a message that a rule wrote. */
static int placed(const struct binding *binding, const struct json_path *path,
                  const struct err *rule)
{
    return schema_error(binding->source, path, false, binding->err, "%s", rule->message);
}

static bool is_unknown(const struct binding *binding, const struct json_path *path)
{
    const json_t *unknown = binding->source ? binding->source->unknown : NULL;
    char *text = json_object_size(unknown) ? json_path_text(path) : NULL;
    bool result = text && json_object_get(unknown, text);

    free(text);
    return result;
}

/* What a value is, for "must be ..., not ...". */
static void describe(const json_t *value, char *text, size_t size)
{
    static const char *const words[] = {
        [JSON_OBJECT] = "an object", [JSON_ARRAY] = "a list",  [JSON_STRING] = "a string",
        [JSON_INTEGER] = "a number", [JSON_REAL] = "a number", [JSON_TRUE] = "true",
        [JSON_FALSE] = "false",      [JSON_NULL] = "null",
    };

    if (json_is_string(value))
        snprintf(text, size, "the string '%.40s'", json_string_value(value));
    else if (json_is_integer(value))
        snprintf(text, size, "the number %" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_real(value))
        snprintf(text, size, "the number %g", json_real_value(value));
    else
        snprintf(text, size, "%s", words[json_typeof(value)]);
}

static int wrong_type(const struct binding *binding, const struct field *field, const json_t *value,
                      const struct json_path *path)
{
    struct err rule;
    char found[80];

    describe(value, found, sizeof(found));
    field_type_error(field, found, &rule);
    return placed(binding, path, &rule);
}

static int bind_struct(const struct binding *binding, const struct field *fields,
                       const json_t *object, void *target, const struct json_path *path);

static int bind_scalar(const struct binding *binding, const struct field *field,
                       const json_t *value, void *member, const struct json_path *path)
{
    struct err rule;

    if (field->type == FIELD_BOOL && json_is_boolean(value)) {
        *(bool *)member = json_is_true(value);
        return 0;
    }
    if (field->type == FIELD_INT && json_is_integer(value)) {
        *(int64_t *)member = json_integer_value(value);
        return field_check_int(field, json_integer_value(value), &rule) < 0
                   ? placed(binding, path, &rule)
                   : 0;
    }
    if (field->type == FIELD_STRING && json_is_string(value)) {
        *(const char **)member = json_string_value(value);
        return !is_unknown(binding, path) &&
                       field_check_string(field, json_string_value(value), &rule) < 0
                   ? placed(binding, path, &rule)
                   : 0;
    }
    return wrong_type(binding, field, value, path);
}

static int bind_strings(const struct binding *binding, const struct field *field,
                        const json_t *value, struct strings *strings, const struct json_path *path)
{
    const struct field item = {.type = FIELD_STRING,
                               .min = field->min,
                               .max = field->max,
                               .choices = field->choices,
                               .open_choices = field->open_choices};
    size_t i;
    json_t *text;
    struct err rule;

    if (!json_is_array(value))
        return wrong_type(binding, field, value, path);
    strings->items = xcalloc(json_array_size(value), sizeof(*strings->items));
    json_array_foreach (value, i, text) {
        struct json_path step = {.parent = path, .index = i};
        const char **member = &strings->items[strings->count++];

        if (bind_scalar(binding, &item, text, member, &step) < 0)
            return -1;
        if (field->check && !is_unknown(binding, &step) && field->check(member, &rule) < 0)
            return placed(binding, &step, &rule);
    }
    return 0;
}

static int check_map(const struct binding *binding, const json_t *value,
                     const struct json_path *path)
{
    const struct field item = {.type = FIELD_STRING};
    const char *key;
    json_t *text;

    json_object_foreach ((json_t *)(uintptr_t)value, key, text) {
        struct json_path step = {.parent = path, .key = key};

        if (!json_is_string(text))
            return wrong_type(binding, &item, text, &step);
    }
    return 0;
}

/* An object by its children; any other value by bind(), where the field has one. */
static int bind_item(const struct binding *binding, const struct field *field, json_t *value,
                     void *member, const struct json_path *path)
{
    const struct field object = {.type = FIELD_OBJECT};
    struct err rule;

    if (json_is_object(value) && field->children)
        return bind_struct(binding, field->children, value, member, path);
    if (!field->bind)
        return wrong_type(binding, &object, value, path);
    if (field->bind(member, value, path, &rule) < 0)
        return placed(binding, path, &rule);
    return 0;
}

static int bind_list(const struct binding *binding, const struct field *field, json_t *value,
                     struct list *list, const struct json_path *path)
{
    size_t i;
    json_t *item;

    if (!json_is_array(value))
        return wrong_type(binding, field, value, path);
    list->items = xcalloc(json_array_size(value), field->size);
    json_array_foreach (value, i, item) {
        struct json_path step = {.parent = path, .index = i};

        if (bind_item(binding, field, item, (char *)list->items + list->count++ * field->size,
                      &step) < 0)
            return -1;
    }
    return 0;
}

static int bind_table(const struct binding *binding, const struct field *field, json_t *value,
                      struct list *list, const struct json_path *path)
{
    const char *key;
    json_t *item;

    if (!json_is_object(value))
        return wrong_type(binding, field, value, path);
    list->items = xcalloc(json_object_size(value), field->size);
    json_object_foreach (value, key, item) {
        struct json_path step = {.parent = path, .key = key};
        void *member = (char *)list->items + list->count++ * field->size;

        *(const char **)member = key;
        if (bind_item(binding, field, item, member, &step) < 0)
            return -1;
    }
    return 0;
}

/* Binds to a struct that nobody keeps, for the checks alone. */
static int check_object(const struct binding *binding, const struct field *field, json_t *value,
                        const struct json_path *path)
{
    void *scratch;
    int result;

    if (!json_is_object(value))
        return wrong_type(binding, &(const struct field){.type = FIELD_OBJECT}, value, path);
    scratch = xcalloc(1, field->size);
    result = bind_struct(binding, field->children, value, scratch, path);
    schema_release(field->children, scratch);
    free(scratch);
    return result;
}

static int bind_value(const struct binding *binding, const struct field *field, json_t *value,
                      void *member, const struct json_path *path)
{
    switch (field->type) {
    case FIELD_BOOL:
    case FIELD_INT:
    case FIELD_STRING:
        return bind_scalar(binding, field, value, member, path);
    case FIELD_STRINGS:
        return bind_strings(binding, field, value, member, path);
    case FIELD_MAP:
        *(json_t **)member = value;
        return json_is_object(value) ? check_map(binding, value, path)
                                     : wrong_type(binding, field, value, path);
    case FIELD_JSON:
        *(json_t **)member = value;
        return field->children ? check_object(binding, field, value, path) : 0;
    case FIELD_LIST:
        return bind_list(binding, field, value, member, path);
    case FIELD_TABLE:
        return bind_table(binding, field, value, member, path);
    case FIELD_OBJECT:
    case FIELD_EITHER:
        return bind_item(binding, field, value, member, path);
    }
    return 0;
}

static int bind_field(const struct binding *binding, const struct field *field, json_t *value,
                      void *target, const struct json_path *path)
{
    void *member = field_member(field, target);
    struct err rule;

    if (field->later)
        return schema_error(binding->source, path, true, binding->err, "'%s' %s", field->name,
                            field->later);
    if (bind_value(binding, field, value, member, path) < 0)
        return -1;
    if (field->check && field->type != FIELD_STRINGS && !is_unknown(binding, path) &&
        field->check(member, &rule) < 0)
        return placed(binding, path, &rule);
    return 0;
}

static int unknown_key(const struct binding *binding, const struct field *fields, const char *key,
                       const struct json_path *path)
{
    const char *near = schema_suggest(fields, key);
    struct buf known;

    if (near)
        return schema_error(binding->source, path, true, binding->err,
                            "unknown key; did you mean '%s'?", near);
    buf_init(&known, 0);
    for (const struct field *field = fields; field->name; field++)
        if (!field->later)
            buf_printf(&known, "%s%s", known.len ? ", " : "", field->name);
    schema_error(binding->source, path, true, binding->err, "unknown key; there are: %s",
                 buf_string(&known));
    buf_release(&known);
    return -1;
}

static int bind_struct(const struct binding *binding, const struct field *fields,
                       const json_t *object, void *target, const struct json_path *path)
{
    const char *key;
    json_t *value;

    field_set_defaults(fields, target);
    json_object_foreach ((json_t *)(uintptr_t)object, key, value) {
        const struct field *field = schema_find(fields, key);
        struct json_path step = {.parent = path, .key = key};

        if (!field)
            return unknown_key(binding, fields, key, &step);
        if (bind_field(binding, field, value, target, &step) < 0)
            return -1;
    }
    for (const struct field *field = fields; field->name; field++) {
        struct json_path step = {.parent = path, .key = field->name};

        if (field->required && !json_object_get(object, field->name))
            return schema_error(binding->source, &step, true, binding->err,
                                "this key is missing: %s", field->help);
    }
    return 0;
}

int schema_bind(const struct field *fields, const json_t *object, void *target,
                const struct schema_source *source, const struct json_path *path, struct err *err)
{
    const struct binding binding = {source, err};
    const struct field whole = {.type = FIELD_OBJECT};
    const struct json_path root = {.parent = NULL};

    path = path ? path : &root;
    if (!json_is_object(object))
        return wrong_type(&binding, &whole, object, path);
    return bind_struct(&binding, fields, object, target, path);
}

static void release_list(const struct field *field, struct list *list)
{
    for (size_t i = 0; field->children && i < list->count; i++)
        schema_release(field->children, (char *)list->items + i * field->size);
    for (size_t i = 0; field->release && i < list->count; i++)
        field->release((char *)list->items + i * field->size);
    free(list->items);
    *list = (struct list){NULL, 0};
}

void schema_release(const struct field *fields, void *target)
{
    for (const struct field *field = fields; field->name; field++) {
        void *member = field_member(field, target);

        if (field->later)
            continue;
        if (field->type == FIELD_STRINGS) {
            struct strings *strings = member;

            free(strings->items);
            *strings = (struct strings){NULL, 0};
        } else if (field->type == FIELD_LIST || field->type == FIELD_TABLE) {
            release_list(field, member);
        } else if (field->type == FIELD_OBJECT) {
            schema_release(field->children, member);
        } else if (field->release) {
            field->release(member);
        }
    }
}
