#include "core/memory.h"
#include "core/schema.h"

// clang-format off
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <string.h>

struct inner {
    const char *mode;
    bool on;
};

struct row {
    const char *name;
    int64_t size;
    struct strings tags;
};

struct item {
    const char *text;
    char *owned;
};

struct outer {
    bool flag;
    int64_t number, days;
    const char *text, *kind;
    struct strings words;
    json_t *map, *any, *shape;
    struct inner inner;
    struct list items, rows;
    char *either;
};

static const char *const modes[] = {"fast", "slow", NULL};
static const char *const days[] = {"1", "7", "30", NULL};
static const char *const kinds[] = {"cat", "dog", NULL};

static int check_even(const void *member, struct err *err)
{
    if (*(const int64_t *)member % 2 == 0)
        return 0;
    return err_set(err, ERR_SETTINGS, "must be even");
}

static int check_word(const void *member, struct err *err)
{
    if (strcmp(*(const char *const *)member, "bad") != 0)
        return 0;
    return err_set(err, ERR_SETTINGS, "'bad' is bad");
}

static int bind_inner(void *member, const json_t *value, const struct json_path *path,
                      struct err *err)
{
    (void)path;
    if (!json_is_boolean(value))
        return err_set(err, ERR_SETTINGS, "must be true, false or an object");
    ((struct inner *)member)->on = json_is_true(value);
    return 0;
}

static int bind_item(void *member, const json_t *value, const struct json_path *path,
                     struct err *err)
{
    (void)path;
    if (!json_is_string(value))
        return err_set(err, ERR_SETTINGS, "must be a string or an object");
    ((struct item *)member)->owned = xstrdup(json_string_value(value));
    return 0;
}

static void release_item(void *member)
{
    free(((struct item *)member)->owned);
}

static int bind_either(void *member, const json_t *value, const struct json_path *path,
                       struct err *err)
{
    char *place = json_path_text(path);

    (void)err;
    *(char **)member = xasprintf("%s:%d", place, json_typeof(value));
    free(place);
    return 0;
}

static void release_either(void *member)
{
    free(*(char **)member);
}

static const struct field inner_fields[] = {
    {.name = "mode",
     .type = FIELD_STRING,
     .offset = offsetof(struct inner, mode),
     .help = "the mode",
     .fallback = "slow",
     .choices = modes},
    FIELD_END,
};

static const struct field row_fields[] = {
    {.name = "size",
     .type = FIELD_INT,
     .offset = offsetof(struct row, size),
     .help = "how large",
     .required = true,
     .check = check_even},
    {.name = "tags", .type = FIELD_STRINGS, .offset = offsetof(struct row, tags), .help = "tags"},
    FIELD_END,
};

static const struct field item_fields[] = {
    {.name = "text", .type = FIELD_STRING, .offset = offsetof(struct item, text), .help = "text"},
    FIELD_END,
};

static const struct field fields[] = {
    {.name = "flag",
     .type = FIELD_BOOL,
     .offset = offsetof(struct outer, flag),
     .help = "a flag",
     .fallback = "true"},
    {.name = "number",
     .type = FIELD_INT,
     .offset = offsetof(struct outer, number),
     .help = "a number",
     .fallback = "5",
     .min = 1,
     .max = 10,
     .example = "3"},
    {.name = "days",
     .type = FIELD_INT,
     .offset = offsetof(struct outer, days),
     .help = "some days",
     .choices = days},
    {.name = "text",
     .type = FIELD_STRING,
     .offset = offsetof(struct outer, text),
     .help = "a text",
     .min = 1,
     .max = 5},
    {.name = "kind",
     .type = FIELD_STRING,
     .offset = offsetof(struct outer, kind),
     .help = "a kind",
     .choices = kinds,
     .open_choices = true},
    {.name = "words",
     .type = FIELD_STRINGS,
     .offset = offsetof(struct outer, words),
     .help = "words",
     .max = 5,
     .check = check_word},
    {.name = "map", .type = FIELD_MAP, .offset = offsetof(struct outer, map), .help = "a map"},
    {.name = "any", .type = FIELD_JSON, .offset = offsetof(struct outer, any), .help = "anything"},
    {.name = "shape",
     .type = FIELD_JSON,
     .offset = offsetof(struct outer, shape),
     .help = "JSON of a shape",
     .children = inner_fields,
     .size = sizeof(struct inner)},
    {.name = "inner",
     .type = FIELD_OBJECT,
     .offset = offsetof(struct outer, inner),
     .help = "inside",
     .children = inner_fields,
     .bind = bind_inner,
     .json_schema = "{\"type\": \"boolean\"}"},
    {.name = "items",
     .type = FIELD_LIST,
     .offset = offsetof(struct outer, items),
     .help = "items",
     .children = item_fields,
     .size = sizeof(struct item),
     .bind = bind_item,
     .release = release_item,
     .json_schema = "{\"type\": \"string\"}"},
    {.name = "rows",
     .type = FIELD_TABLE,
     .offset = offsetof(struct outer, rows),
     .help = "rows",
     .children = row_fields,
     .size = sizeof(struct row)},
    {.name = "either",
     .type = FIELD_EITHER,
     .offset = offsetof(struct outer, either),
     .help = "either",
     .bind = bind_either,
     .release = release_either,
     .json_schema = "{}"},
    {.name = "tomorrow", .help = "not yet", .later = "is not supported by this version"},
    FIELD_END,
};

static const struct field strict_fields[] = {
    {.name = "text",
     .type = FIELD_STRING,
     .offset = offsetof(struct outer, text),
     .help = "the text that must be there",
     .required = true},
    FIELD_END,
};

static void binds_each_type(void **state)
{
    json_t *object = json_loads(
        "{\"flag\": false, \"number\": 7, \"days\": 30, \"text\": \"abc\", \"kind\": \"bird\","
        " \"words\": [\"a\", \"b\"], \"map\": {\"k\": \"v\"}, \"any\": [1],"
        " \"shape\": {\"mode\": \"fast\"}, \"inner\": {\"mode\": \"fast\"},"
        " \"items\": [\"one\", {\"text\": \"two\"}],"
        " \"rows\": {\"z\": {\"size\": 2, \"tags\": [\"t\"]}, \"a\": {\"size\": 4}},"
        " \"either\": 1}",
        0, NULL);
    struct outer outer = {0};
    struct err err = {0};

    (void)state;
    assert_int_equal(schema_bind(fields, object, &outer, NULL, NULL, &err), 0);
    assert_false(outer.flag);
    assert_int_equal(outer.number, 7);
    assert_int_equal(outer.days, 30);
    assert_string_equal(outer.text, "abc");
    assert_string_equal(outer.kind, "bird");
    assert_int_equal(outer.words.count, 2);
    assert_string_equal(outer.words.items[1], "b");
    assert_ptr_equal(outer.map, json_object_get(object, "map"));
    assert_ptr_equal(outer.any, json_object_get(object, "any"));
    assert_ptr_equal(outer.shape, json_object_get(object, "shape"));
    assert_string_equal(outer.inner.mode, "fast");
    assert_int_equal(outer.items.count, 2);
    assert_string_equal(((struct item *)outer.items.items)[0].owned, "one");
    assert_string_equal(((struct item *)outer.items.items)[1].text, "two");
    assert_string_equal(((struct row *)outer.rows.items)[0].name, "z");
    assert_string_equal(((struct row *)outer.rows.items)[0].tags.items[0], "t");
    assert_int_equal(((struct row *)outer.rows.items)[1].size, 4);
    assert_string_equal(outer.either, "either:3");
    schema_release(fields, &outer);
    assert_null(outer.rows.items);
    json_decref(object);
}

static void gives_defaults(void **state)
{
    json_t *object = json_loads("{\"inner\": true}", 0, NULL);
    struct outer outer = {0};
    struct err err = {0};

    (void)state;
    assert_int_equal(schema_bind(fields, object, &outer, NULL, NULL, &err), 0);
    assert_true(outer.flag);
    assert_int_equal(outer.number, 5);
    assert_null(outer.text);
    assert_true(outer.inner.on);
    assert_string_equal(outer.inner.mode, "slow");
    schema_release(fields, &outer);
    json_decref(object);
}

static void refuse(const struct field *table, const char *text, const char *message)
{
    const struct schema_source source = {"f.json", text, strlen(text), NULL, NULL};
    json_t *object = json_loads(text, JSON_DECODE_ANY, NULL);
    struct outer outer = {0};
    struct err err = {0};

    assert_int_equal(schema_bind(table, object, &outer, &source, NULL, &err), -1);
    assert_int_equal(err.code, ERR_SETTINGS);
    assert_string_equal(err.message, message);
    schema_release(table, &outer);
    json_decref(object);
}

static void refuses_with_place_and_reason(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"[]", "'f.json': line 1, column 1: must be an object, not a list"},
        {"{\"flag\": 1}",
         "'f.json': line 1, column 10: flag: must be true or false, not the number 1"},
        {"{\n \"number\": 11}",
         "'f.json': line 2, column 12: number: must be a whole number from 1 "
         "to 10, not 11"},
        {"{\"number\": 1.5}", "'f.json': line 1, column 12: number: must be a whole number from 1 "
                              "to 10, not the number 1.5"},
        {"{\"number\": \"7\"}", "'f.json': line 1, column 12: number: must be a whole number from "
                                "1 to 10, not the string '7'"},
        {"{\"days\": 8}", "'f.json': line 1, column 10: days: must be 1, 7 or 30, not 8"},
        {"{\"text\": null}", "'f.json': line 1, column 10: text: must be a string, not null"},
        {"{\"text\": \"\"}", "'f.json': line 1, column 10: text: must not be empty"},
        {"{\"text\": \"abcdef\"}",
         "'f.json': line 1, column 10: text: must have at most 5 bytes, not 6"},
        {"{\"words\": \"a\"}", "'f.json': line 1, column 11: words: must be a list of strings, not "
                               "the string 'a'"},
        {"{\"words\": [\"a\", 2]}",
         "'f.json': line 1, column 17: words[1]: must be a string, not the number 2"},
        {"{\"words\": [\"a\", \"bad\"]}", "'f.json': line 1, column 17: words[1]: 'bad' is bad"},
        {"{\"words\": [\"abcdef\"]}",
         "'f.json': line 1, column 12: words[0]: must have at most 5 bytes, not 6"},
        {"{\"map\": []}", "'f.json': line 1, column 9: map: must be an object whose values are "
                          "strings, not a list"},
        {"{\"map\": {\"a\": true}}",
         "'f.json': line 1, column 15: map.a: must be a string, not true"},
        {"{\"shape\": 1}", "'f.json': line 1, column 11: shape: must be an object, not the number "
                           "1"},
        {"{\"shape\": {\"mod\": 1}}",
         "'f.json': line 1, column 12: shape.mod: unknown key; did you mean 'mode'?"},
        {"{\"inner\": {\"mode\": \"fats\"}}", "'f.json': line 1, column 20: inner.mode: must be "
                                              "'fast' or 'slow', not 'fats'; did you mean 'fast'?"},
        {"{\"inner\": 3}", "'f.json': line 1, column 11: inner: must be true, false or an object"},
        {"{\"items\": {}}", "'f.json': line 1, column 11: items: must be a list, not an object"},
        {"{\"items\": [\"a\", 1]}",
         "'f.json': line 1, column 17: items[1]: must be a string or an object"},
        {"{\"rows\": []}", "'f.json': line 1, column 10: rows: must be an object, not a list"},
        {"{\"rows\": {\"r\": 1}}",
         "'f.json': line 1, column 16: rows.r: must be an object, not the number 1"},
        {"{\"rows\": {\"r\": {}}}",
         "'f.json': line 1, column 11: rows.r.size: this key is missing: how large"},
        {"{\"rows\": {\"r\": {\"size\": 3}}}",
         "'f.json': line 1, column 25: rows.r.size: must be even"},
        {"{\"flga\": true}", "'f.json': line 1, column 2: flga: unknown key; did you mean 'flag'?"},
        {"{\"inner\": {\"x\": 1}}", "'f.json': line 1, column 12: inner.x: unknown key; there are: "
                                    "mode"},
        {"{\"tomorrow\": 1}",
         "'f.json': line 1, column 2: tomorrow: 'tomorrow' is not supported by this version"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        refuse(fields, cases[i].text, cases[i].message);
    refuse(strict_fields, "\n{}",
           "'f.json': line 2, column 1: text: this key is missing: the text that must be there");
}

static void looks_into_the_stage_first(void **state)
{
    static const char text[] = "{\"number\": 1,\n \"text\": \"\",\n"
                               " \"stages\": {\"prod\": {\n  \"number\": 99}}}";
    const struct schema_source source = {"f.json", text, sizeof(text) - 1, "prod", NULL};
    const struct json_path root = {.parent = NULL};
    const struct json_path number = {&root, "number", 0}, string = {&root, "text", 0};
    struct err err = {0};

    (void)state;
    schema_error(&source, &number, false, &err, "is %d", 99);
    assert_string_equal(err.message, "'f.json': line 4, column 13: number: is 99");
    schema_error(&source, &string, true, &err, "x");
    assert_string_equal(err.message, "'f.json': line 2, column 2: text: x");
    schema_error(NULL, &string, true, &err, "x");
    assert_string_equal(err.message, "text: x");
}

/* Each part of the schema as text, which says it in one line. */
static void renders_json_schema(void **state)
{
    static const struct {
        const char *path, *schema;
    } cases[] = {
        {"flag", "{\"default\":true,\"description\":\"a flag\",\"type\":\"boolean\"}"},
        {"number", "{\"default\":5,\"description\":\"a number\",\"examples\":[3],\"maximum\":10,"
                   "\"minimum\":1,\"type\":\"integer\"}"},
        {"days", "{\"description\":\"some days\",\"enum\":[1,7,30],\"type\":\"integer\"}"},
        {"text", "{\"description\":\"a text\",\"maxLength\":5,\"minLength\":1,"
                 "\"type\":\"string\"}"},
        {"kind", "{\"description\":\"a kind\",\"examples\":[\"cat\",\"dog\"],\"type\":\"string\"}"},
        {"words", "{\"description\":\"words\",\"items\":{\"maxLength\":5,\"type\":\"string\"},"
                  "\"type\":\"array\"}"},
        {"map", "{\"additionalProperties\":{\"type\":\"string\"},\"description\":\"a map\","
                "\"type\":\"object\"}"},
        {"any", "{\"description\":\"anything\"}"},
        {"tomorrow", "{\"description\":\"not yet (is not supported by this version)\",\"not\":{}}"},
    };
    json_t *schema = schema_json(fields), *strict = schema_json(strict_fields);
    const json_t *properties = json_object_get(schema, "properties");

    (void)state;
    assert_string_equal(json_string_at(schema, "$schema"),
                        "https://json-schema.org/draft/2020-12/schema");
    assert_string_equal(json_string_at(schema, "type"), "object");
    assert_true(json_is_false(json_at(schema, "additionalProperties")));
    assert_int_equal(json_object_size(properties), 14);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *text = json_canonical(json_object_get(properties, cases[i].path));

        assert_string_equal(text, cases[i].schema);
        free(text);
    }
    assert_string_equal(json_string_value(json_array_get(
                            json_at(properties, "rows.additionalProperties.required"), 0)),
                        "size");
    assert_int_equal(json_array_size(json_at(properties, "items.items.anyOf")), 2);
    assert_string_equal(json_string_value(json_array_get(json_object_get(strict, "required"), 0)),
                        "text");
    json_decref(schema);
    json_decref(strict);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(binds_each_type),
        cmocka_unit_test(gives_defaults),
        cmocka_unit_test(refuses_with_place_and_reason),
        cmocka_unit_test(looks_into_the_stage_first),
        cmocka_unit_test(renders_json_schema),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
