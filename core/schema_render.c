/* The table as a JSON Schema, for editors. */
#include "core/field.h"
#include "core/memory.h"
#include "core/schema.h"

#include <stdlib.h>
#include <string.h>

static json_t *object_schema(const struct field *fields);

static void set(json_t *object, const char *key, json_t *value)
{
    json_object_set_new(object, key, value);
}

static json_t *typed(const char *type)
{
    json_t *schema = json_object();

    set(schema, "type", json_string(type));
    return schema;
}

/* A choice or default as the JSON value that one would write. */
static json_t *as_json(const struct field *field, const char *text)
{
    int64_t number = 0;

    if (field->type == FIELD_BOOL)
        return json_boolean(strcmp(text, "true") == 0);
    if (field->type == FIELD_INT && field_parse_int(text, &number) == 0)
        return json_integer(number);
    return json_string(text);
}

static json_t *choices_json(const struct field *field)
{
    json_t *list = json_array();

    for (size_t i = 0; field->choices[i]; i++)
        json_array_append_new(list, as_json(field, field->choices[i]));
    return list;
}

static json_t *scalar_schema(const struct field *field, const char *type, const char *low,
                             const char *high)
{
    json_t *schema = typed(type);

    if (field->min || (field->max && field->type == FIELD_INT))
        set(schema, low, json_integer(field->min));
    if (field->max)
        set(schema, high, json_integer(field->max));
    if (field->choices && !field->open_choices)
        set(schema, "enum", choices_json(field));
    return schema;
}

/* Besides the object form, what bind() takes. */
static json_t *with_other_form(const struct field *field, json_t *object)
{
    json_t *other =
        field->json_schema ? json_loads(field->json_schema, JSON_DECODE_ANY, NULL) : json_object();

    return object ? json_pack("{s:[o,o]}", "anyOf", other, object) : other;
}

static json_t *item_schema(const struct field *field)
{
    json_t *object = field->children ? object_schema(field->children) : NULL;

    return field->bind ? with_other_form(field, object) : object;
}

static json_t *value_schema(const struct field *field)
{
    json_t *schema;

    switch (field->type) {
    case FIELD_BOOL:
        return typed("boolean");
    case FIELD_INT:
        return scalar_schema(field, "integer", "minimum", "maximum");
    case FIELD_STRING:
        return scalar_schema(field, "string", "minLength", "maxLength");
    case FIELD_STRINGS:
        schema = typed("array");
        set(schema, "items", scalar_schema(field, "string", "minLength", "maxLength"));
        return schema;
    case FIELD_MAP:
        schema = typed("object");
        set(schema, "additionalProperties", typed("string"));
        return schema;
    case FIELD_LIST:
        schema = typed("array");
        set(schema, "items", item_schema(field));
        return schema;
    case FIELD_TABLE:
        schema = typed("object");
        set(schema, "additionalProperties", item_schema(field));
        return schema;
    case FIELD_OBJECT:
    case FIELD_EITHER:
        return item_schema(field);
    case FIELD_JSON:
        break;
    }
    return field->children ? object_schema(field->children) : json_object();
}

static json_t *examples_json(const struct field *field)
{
    json_t *examples = field->choices && field->open_choices ? choices_json(field) : json_array();
    json_t *example = field->example ? json_loads(field->example, JSON_DECODE_ANY, NULL) : NULL;

    if (example)
        json_array_append_new(examples, example);
    return examples;
}

static json_t *field_schema(const struct field *field)
{
    json_t *schema = field->later ? json_pack("{s:{}}", "not") : value_schema(field);
    json_t *examples = examples_json(field);

    if (field->later)
        set(schema, "description", json_sprintf("%s (%s)", field->help, field->later));
    else
        set(schema, "description", json_string(field->help));
    if (field->fallback && !field->later)
        set(schema, "default", as_json(field, field->fallback));
    if (json_array_size(examples) && !field->later)
        json_object_set(schema, "examples", examples);
    json_decref(examples);
    return schema;
}

static json_t *object_schema(const struct field *fields)
{
    json_t *schema = typed("object");
    json_t *properties = json_object(), *required = json_array();

    for (const struct field *field = fields; field->name; field++) {
        set(properties, field->name, field_schema(field));
        if (field->required)
            json_array_append_new(required, json_string(field->name));
    }
    set(schema, "properties", properties);
    if (json_array_size(required))
        json_object_set(schema, "required", required);
    json_decref(required);
    set(schema, "additionalProperties", json_false());
    return schema;
}

json_t *schema_json(const struct field *fields)
{
    json_t *schema = json_pack("{s:s}", "$schema", "https://json-schema.org/draft/2020-12/schema");
    json_t *object = object_schema(fields);

    json_object_update(schema, object);
    json_decref(object);
    return schema;
}
