#include "providers/local/engine/logs/filter_pattern.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <string.h>

static bool matches(const char *text, const char *message)
{
    struct err err = {0};
    struct filter_pattern *pattern = filter_pattern_new(text, &err);
    bool result;

    if (!pattern)
        fail_msg("%s", err.message);
    result = filter_pattern_matches(pattern, message);
    filter_pattern_free(pattern);
    return result;
}

static void words_must_all_be_there(void **state)
{
    (void)state;
    assert_true(matches("", "anything"));
    assert_true(matches("ERROR", "an ERROR came"));
    assert_false(matches("ERROR", "an error came"));
    assert_true(matches("b a", "a b"));
    assert_false(matches("a c", "a b"));
    assert_true(matches("\"a b\"", "x a b y"));
    assert_false(matches("\"a b\"", "a  b"));
    assert_true(matches("\"say \\\"hi\\\"\"", "they say \"hi\""));
}

static void one_of_the_optional_words_must_be_there(void **state)
{
    (void)state;
    assert_true(matches("?a ?b", "b"));
    assert_false(matches("?a ?b", "c"));
    assert_true(matches("-a", "b"));
    assert_false(matches("b -a", "a b"));
    assert_false(matches("b -\"a c\"", "b a c"));
}

static void json_members_are_compared(void **state)
{
    (void)state;
    assert_true(matches("{ $.level = \"error\" }", "{\"level\": \"error\"}"));
    assert_true(matches("{$.level=error}", "{\"level\": \"error\"}"));
    assert_false(matches("{ $.level = \"error\" }", "{\"level\": \"info\"}"));
    assert_false(matches("{ $.level = \"error\" }", "level = error"));
    assert_true(matches("{ $.a.b = \"x*\" }", "{\"a\": {\"b\": \"xyz\"}}"));
    assert_true(matches("{ $.a = \"*y*\" }", "{\"a\": \"xyz\"}"));
    assert_true(matches("{ $.a = \"*z\" }", "{\"a\": \"xyz\"}"));
    assert_false(matches("{ $.a = \"*y\" }", "{\"a\": \"xyz\"}"));
    assert_true(matches("{ $.n = 3 }", "{\"n\": 3.0}"));
    assert_false(matches("{ $.n = 3 }", "{\"n\": \"3\"}"));
    assert_true(matches("{ $.n != 3 }", "{\"n\": 4}"));
    assert_false(matches("{ $.n != 3 }", "{\"m\": 4}"));
    assert_true(matches("{ $.ok = true }", "{\"ok\": true}"));
}

static void wrong_patterns_are_told(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"\"a", "Invalid filter pattern: a quoted term does not end"},
        {"a-b", "Invalid character(s) in term 'a-b': terms with other characters than letters, "
                "digits and underscores must be in double quotes"},
        {"[a, b]", "Invalid filter pattern: the local engine knows no column patterns"},
        {"%a%", "Invalid filter pattern: the local engine knows no regular expression patterns"},
        {"{ $.a > 3 }", "Invalid filter pattern at '> 3 }': of JSON patterns the local engine "
                        "knows { $.name.name = \"text\" } and { $.name = 1 }, also with !="},
        {"{ $ = 3 }", "Invalid filter pattern at '$ = 3 }': of JSON patterns the local engine "
                      "knows { $.name.name = \"text\" } and { $.name = 1 }, also with !="},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct err err = {0};

        assert_null(filter_pattern_new(cases[i].text, &err));
        assert_int_equal(err.code, ERR_FAILED);
        assert_string_equal(err.message, cases[i].message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_must_all_be_there),
        cmocka_unit_test(one_of_the_optional_words_must_be_there),
        cmocka_unit_test(json_members_are_compared),
        cmocka_unit_test(wrong_patterns_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
