#include "providers/difference.h"

// clang-format off
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What differs, a line a field: "NAME: BEFORE -> AFTER", "(none)" for what is not there. */
struct example {
    const char *before; /* NULL: none */
    const char *after;
    const char *fields;
};

static const struct example examples[] = {
    {"{'a': 1, 'b': 'x', 'c': {'d': 1, 'e': 2}}", "{'b': 'y', 'a': 1, 'c': {'e': 2, 'd': 1}}",
     "b: x -> y\n"},
    {NULL, "{'list': [1, 2], 'name': ''}", "list: (none) -> [1,2]\nname: (none) -> \n"},
    {"{'gone': true}", NULL, "gone: true -> (none)\n"},
    /* Nothing said and nothing there. */
    {"{'a': null}", "{}", ""},
    {"{'a': {}, 'b': []}", "{'c': {}, 'd': {'e': []}}", ""},
    {"{}", "{}", ""},
    /* Objects are entered, their ends are what is told. */
    {"{'LoggingConfig': {'LogFormat': 'Text', 'LogGroup': 'g'}}",
     "{'LoggingConfig': {'LogFormat': 'JSON', 'LogGroup': 'g'}}",
     "LoggingConfig.LogFormat: Text -> JSON\n"},
    {"{'a': {'b': {'c': 1}}}", "{'a': {'b': {'d': 1}}}",
     "a.b.d: (none) -> 1\na.b.c: 1 -> (none)\n"},
    {"{'a': {'b': 1}}", "{'a': 7}", "a: {\"b\":1} -> 7\n"},
    /* Lists of plain values are told whole, their order counts. */
    {"{'l': ['a', 'b']}", "{'l': ['b', 'a']}", "l: [\"a\",\"b\"] -> [\"b\",\"a\"]\n"},
    /* Lists of objects: by name, or by order after the equal ones. */
    {"{'s': [{'Sid': 'x', 'v': 1}, {'Sid': 'y', 'v': 2}]}",
     "{'s': [{'Sid': 'y', 'v': 3}, {'Sid': 'x', 'v': 1}]}", "s[y].v: 2 -> 3\n"},
    {"{'s': [{'Sid': 'x', 'v': 1}]}", "{'s': [{'Sid': 'y', 'v': 1}]}",
     "s[y].Sid: (none) -> y\ns[y].v: (none) -> 1\ns[x].Sid: x -> (none)\ns[x].v: 1 -> (none)\n"},
    {"{'s': [{'r': 'one'}, {'r': 'two'}, {'r': 'three'}]}",
     "{'s': [{'r': 'one'}, {'r': 'three'}, {'r': 'four'}]}", "s[2].r: two -> four\n"},
    {"{'s': [{'r': 1}, {'r': 2}]}", "{'s': [{'r': 2}]}", "s[0].r: 1 -> (none)\n"},
    {"{'s': []}", "{'s': [{'r': 1}]}", "s[0].r: (none) -> 1\n"},
    {"{'s': [{'r': 1}]}", "{'s': ['r']}", "s: [{\"r\":1}] -> [\"r\"]\n"},
    /* Texts that are JSON objects. */
    {"{'i': '{\\\"city\\\": \\\"Bonn\\\", \\\"n\\\": 1}'}",
     "{'i': '{\\\"city\\\": \\\"Kiel\\\", \\\"n\\\": 1}'}", "i.city: Bonn -> Kiel\n"},
    {"{'i': '{\\\"n\\\": 1}'}", "{'i': '{ \\\"n\\\":1 }'}", "i: {\"n\": 1} -> { \"n\":1 }\n"},
    {"{'i': '{\\\"n\\\": 1}'}", "{'i': '{nonsense'}", "i: {\"n\": 1} -> {nonsense\n"},
    {NULL, "{'i': '{}'}", "i: (none) -> {}\n"},
    /* Secrets, by their names within what the user wrote, and in addresses. */
    {"{'i': '{\\\"api_key\\\": \\\"old\\\"}'}", "{'i': '{\\\"api_key\\\": \\\"new\\\"}'}",
     "i.api_key: ****** -> ******\n"},
    {"{'KeyId': 'old'}", "{'KeyId': 'new'}", "KeyId: old -> new\n"},
    {"{'u': 'https://x/'}", "{'u': 'https://me:pass@x/'}", "u: https://x/ -> ******\n"},
};

/* JSON with ' for ". */
static json_t *parse(const char *text)
{
    char *copy = text ? strdup(text) : NULL;
    json_t *value;

    for (char *at = copy; at && *at; at++)
        if (*at == '\'')
            *at = '"';
    value = copy ? json_loads(copy, 0, NULL) : NULL;
    assert_true(!text || value);
    free(copy);
    return value;
}

static void tells(const struct example *example)
{
    json_t *before = parse(example->before);
    json_t *after = parse(example->after);
    struct changes changes;
    struct change *change;
    size_t count;
    char text[1000] = "";
    size_t len = 0;

    changes_init(&changes, false);
    change = changes_add(&changes, CHANGE_UPDATE, "function", "f");
    count = change_fields_differing(&changes, change, before, after);
    assert_int_equal(count, change->field_count);
    for (size_t i = 0; i < count; i++) {
        const struct change_field *field = &change->fields[i];

        len += (size_t)snprintf(text + len, sizeof(text) - len, "%s: %s -> %s\n", field->name,
                                field->before ? field->before : "(none)",
                                field->after ? field->after : "(none)");
    }
    assert_string_equal(text, example->fields);
    json_decref(before);
    json_decref(after);
    changes_release(&changes);
}

static void tells_each_leaf_that_differs(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(examples) / sizeof(*examples); i++)
        tells(&examples[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_each_leaf_that_differs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
