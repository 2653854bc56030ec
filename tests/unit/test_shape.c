#include "providers/local/engine/services/input.h"
#include "providers/local/engine/services/shape.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <string.h>

static const char *const colours[] = {"red", "blue", NULL};
static const struct shape inner[] = {
    {.name = "Size", .type = SHAPE_INTEGER, .required = true, .min = 512, .max = 10240}, SHAPE_END};
static const struct shape table[] = {
    {.name = "Name",
     .type = SHAPE_STRING,
     .required = true,
     .min = 1,
     .max = 8,
     .pattern = "[a-z]+"},
    {.name = "Colour", .type = SHAPE_STRING, .choices = colours},
    {.name = "Colours", .type = SHAPE_STRINGS, .max = 2, .choices = colours},
    {.name = "Max", .type = SHAPE_NUMERAL, .min = 1, .max = 50},
    {.name = "Force", .type = SHAPE_BOOLEAN},
    {.name = "Tags", .type = SHAPE_MAP, .pattern = "[A-Z]+"},
    {.name = "Storage", .type = SHAPE_OBJECT, .members = inner},
    SHAPE_END};

static void check(const char *text, enum shape_problem wanted, const char *message)
{
    json_t *input = json_loads(text, 0, NULL);
    struct err err = {0};

    assert_non_null(input);
    assert_int_equal(shape_check(table, input, &err), wanted);
    assert_string_equal(err.message, message);
    json_decref(input);
}

static void what_breaks_a_constraint_is_told_in_the_words_of_aws(void **state)
{
#define FAILED(WHAT) "1 validation error detected: Value " WHAT
    (void)state;
    check("{\"Name\": \"abc\", \"Other\": 1, \"Colour\": null}", SHAPE_FINE, "");
    check("{}", SHAPE_CONSTRAINT,
          FAILED("null at 'name' failed to satisfy constraint: Member must not be null"));
    check("{\"Name\": \"abcdefghi\"}", SHAPE_CONSTRAINT,
          FAILED("'abcdefghi' at 'name' failed to satisfy constraint: Member must have length less "
                 "than or equal to 8"));
    check("{\"Name\": \"a1\"}", SHAPE_CONSTRAINT,
          FAILED("'a1' at 'name' failed to satisfy constraint: Member must satisfy regular "
                 "expression pattern: [a-z]+"));
    check("{\"Name\": \"a\", \"Colour\": \"green\"}", SHAPE_CONSTRAINT,
          FAILED("'green' at 'colour' failed to satisfy constraint: Member must satisfy enum value "
                 "set: [red, blue]"));
    check("{\"Name\": \"a\", \"Max\": \"51\"}", SHAPE_CONSTRAINT,
          FAILED("'51' at 'max' failed to satisfy constraint: Member must have value less than or "
                 "equal to 50"));
    check("{\"Name\": \"a\", \"Storage\": {\"Size\": 1}}", SHAPE_CONSTRAINT,
          FAILED("'1' at 'storage.size' failed to satisfy constraint: Member must have value "
                 "greater than or equal to 512"));
    check("{\"Name\": \"a\", \"Colours\": [\"red\", \"red\", \"red\"]}", SHAPE_CONSTRAINT,
          FAILED("'[...]' at 'colours' failed to satisfy constraint: Member must have length less "
                 "than or equal to 2"));
    check("{\"Name\": \"a\", \"Tags\": {\"k\": \"v\"}}", SHAPE_CONSTRAINT,
          FAILED("'k' at 'tags' failed to satisfy constraint: Member must satisfy regular "
                 "expression pattern: [A-Z]+"));
}

static void wrong_types_are_told(void **state)
{
    (void)state;
    check("{\"Name\": 1}", SHAPE_TYPE, "'name' must be a string");
    check("{\"Name\": \"a\", \"Max\": \"x\"}", SHAPE_TYPE, "'max' must be an integer");
    check("{\"Name\": \"a\", \"Force\": 1}", SHAPE_TYPE, "'force' must be a boolean");
    check("{\"Name\": \"a\", \"Colours\": [1]}", SHAPE_TYPE, "'colours' must be a list of strings");
    check("{\"Name\": \"a\", \"Tags\": {\"K\": 1}}", SHAPE_TYPE, "'tags.k' must be a string");
    check("{\"Name\": \"a\", \"Storage\": []}", SHAPE_TYPE, "'storage' must be an object");
}

static void text_of_queries_becomes_what_it_means(void **state)
{
    json_t *input = json_pack("{s:s, s:s, s:s, s:s}", "Name", "a", "Max", "7", "Force", "true",
                              "Colours", "red");
    json_t *wanted =
        json_pack("{s:s, s:i, s:b, s:[s]}", "Name", "a", "Max", 7, "Force", true, "Colours", "red");
    struct err err = {0};

    (void)state;
    assert_int_equal(shape_check(table, input, &err), SHAPE_FINE);
    assert_true(json_equal(input, wanted));
    json_decref(input);
    json_decref(wanted);
}

static void paths_are_matched_and_decoded(void **state)
{
    json_t *input = json_object();

    (void)state;
    assert_true(input_match("/f/{Name}/url", "/f/a%3Ab/url", input));
    assert_string_equal(json_string_value(json_object_get(input, "Name")), "a:b");
    assert_true(input_match("/tags/{Arn+}", "/tags/arn:a/b%2Fc", input));
    assert_string_equal(json_string_value(json_object_get(input, "Arn")), "arn:a/b/c");
    assert_true(input_match("/f", "/f/", NULL));
    assert_false(input_match("/f/{Name}", "/f/", NULL));
    assert_false(input_match("/f/{Name}", "/f/a/b", NULL));
    assert_false(input_match("/f/{Name}/x", "/f/a", NULL));
    json_decref(input);
}

static void forms_are_unfolded(void **state)
{
    const char *text = "Action=TagRole&Tags.member.1.Key=a+b&Tags.member.1.Value=%26&"
                       "Tags.member.2.Key=c&Keys.member.1=x&Empty=&&=";
    json_t *form = input_form(text, strlen(text));
    json_t *wanted =
        json_pack("{s:s, s:[{s:s, s:s}, {s:s}], s:[s], s:s, s:s}", "Action", "TagRole", "Tags",
                  "Key", "a b", "Value", "&", "Key", "c", "Keys", "x", "Empty", "", "", "");

    (void)state;
    assert_true(json_equal(form, wanted));
    json_decref(form);
    json_decref(wanted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_breaks_a_constraint_is_told_in_the_words_of_aws),
        cmocka_unit_test(wrong_types_are_told),
        cmocka_unit_test(text_of_queries_becomes_what_it_means),
        cmocka_unit_test(paths_are_matched_and_decoded),
        cmocka_unit_test(forms_are_unfolded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
