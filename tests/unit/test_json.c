#include "core/json.h"
#include "core/json_scan.h"
#include "core/suggest.h"

// clang-format off
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <string.h>

static void refuses(const char *text, size_t len, const char *message)
{
    struct err err = {0};
    json_t *value = json_parse(text, len, 4, &err);

    assert_null(value);
    assert_int_equal(err.code, ERR_SETTINGS);
    assert_string_equal(err.message, message);
}

static void says_where_and_what_is_wrong(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "line 1, column 1: the text is empty"},
        {" \n\t ", "line 2, column 3: the text is empty"},
        {"\xef\xbb\xbf{}",
         "line 1, column 1: the text starts with a byte order mark: save it as UTF-8 without one"},
        {"{\n  \"a\": 1,\n}", "line 3, column 1: there is a comma before '}', take it out"},
        {"[1,]", "line 1, column 4: there is a comma before ']', take it out"},
        {"[1 2]", "line 1, column 4: expected ',' or ']', but found '2'"},
        {"{\"a\" 1}", "line 1, column 6: expected ':' after the key, but found '1'"},
        {"{a: 1}", "line 1, column 2: expected a key in double quotes, but found 'a'"},
        {"{'a': 1}", "line 1, column 2: expected a key in double quotes, but found ''': strings "
                     "take double quotes"},
        {"{\"a\": 'b'}", "line 1, column 7: expected a value, but found ''': strings take double "
                         "quotes"},
        {"// x\n{}", "line 1, column 1: expected a value, but found '/': JSON has no comments"},
        {"{} x", "line 1, column 4: expected the end of the text, but found 'x'"},
        {"{} \xc3\xa9", "line 1, column 4: expected the end of the text, but found '\xc3\xa9'"},
        {"{\"a\": ", "line 1, column 7: expected a value, but the text ends here"},
        {"{\"a\": tru}", "line 1, column 7: expected a value, but found 't'"},
        {"\"a", "line 1, column 3: the text ends within a string: '\"' is missing"},
        {"[\"a\nb\"]",
         "line 1, column 4: the line ends within a string: '\"' is missing, or write \\n"},
        {"\"\t\"", "line 1, column 2: a string holds the control character 0x09, write it as "
                   "\\u0009"},
        {"\"\\x\"",
         "line 1, column 3: after a backslash only \" \\ / b f n r t and uXXXX may stand"},
        {"\"\\u12g4\"", "line 1, column 4: '\\u' takes four hexadecimal digits"},
        {"\"\\u0000\"", "line 1, column 4: the character '\\u0000' is not allowed"},
        {"\"\\ud800\"", "line 1, column 8: '\\u' with half of a surrogate pair is no character"},
        {"\"\xff\"", "line 1, column 2: the byte 0xff is not UTF-8"},
        {"\"\xc0\x80\"", "line 1, column 2: the byte 0xc0 is not UTF-8"},
        {"\"\xed\xa0\x80\"", "line 1, column 2: the byte 0xed is not UTF-8"},
        {"\x01", "line 1, column 1: expected a value, but found the byte 0x01"},
        {"\xfe", "line 1, column 1: expected a value, but found the byte 0xfe, which is not UTF-8"},
        {"012", "line 1, column 1: a number does not start with 0"},
        {"-", "line 1, column 2: expected a digit, but the text ends here"},
        {"1.", "line 1, column 3: expected a digit after the point, but the text ends here"},
        {"1e+", "line 1, column 4: expected the digits of an exponent, but the text ends here"},
        {"[[[[[1]]]]]", "line 1, column 5: nested deeper than 4 levels"},
        {"{\"a\": 1,\n \"b\": 2, \"a\": 3}", "line 2, column 10: the key \"a\" is there twice"},
        {"{\"a\\\"\": 1, \"a\\\"\": 2}", "line 1, column 12: the key \"a\\\"\" is there twice"},
        {"[123456789012345678901234567890]",
         "line 1, column 32: the number before this is too large"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        refuses(cases[i].text, strlen(cases[i].text), cases[i].message);
    refuses("{\0}", 3,
            "line 1, column 2: expected a key in double quotes, but found the byte 0x00");
}

static void takes_all_of_json(void **state)
{
    const char *text = " {\"a\": [1, -2.5e-3, 0, true, false, null, \"\\u00e9\\ud83d\\ude00\\n\"],"
                       " \"b\": {}, \"c\": []} \n";
    struct err err = {0};
    json_t *value = json_parse(text, strlen(text), 4, &err);

    (void)state;
    assert_non_null(value);
    assert_int_equal(json_array_size(json_at(value, "a")), 7);
    assert_string_equal(json_string_value(json_array_get(json_at(value, "a"), 6)),
                        "\xc3\xa9\xf0\x9f\x98\x80\n");
    json_decref(value);
}

static const char place_text[] = "{\n"
                                 "  \"functions\": {\n"
                                 "    \"b\\u006ft\": { \"x\": \"}\\\"{\",\n"
                                 "      \"\xc3\xa9\": 1, \"list\": [10, {\"k\": [ 1, 2]}, 30]\n"
                                 "    }\n"
                                 "  }\n"
                                 "}";

static void finds_line_and_column(void **state)
{
    const struct json_path root = {.parent = NULL};
    const struct json_path functions = {&root, "functions", 0}, bot = {&functions, "bot", 0};
    const struct json_path list = {&bot, "list", 0}, second = {&list, NULL, 1};
    const struct json_path k = {&second, "k", 0}, inner = {&k, NULL, 1}, none = {&list, NULL, 3};
    const struct json_path missing = {&bot, "lists", 0}, wrong = {&list, "x", 0};
    const struct {
        const struct json_path *path;
        bool at_key;
        int line, column;
    } cases[] = {
        {&root, false, 1, 1},    {&functions, true, 2, 3}, {&functions, false, 2, 16},
        {&bot, true, 3, 5},      {&list, true, 4, 15},     {&list, false, 4, 23},
        {&second, false, 4, 28}, {&second, true, 4, 28},   {&inner, false, 4, 39},
    };
    int line, column;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(json_locate(place_text, sizeof(place_text) - 1, cases[i].path,
                                     cases[i].at_key, &line, &column),
                         0);
        assert_int_equal(line, cases[i].line);
        assert_int_equal(column, cases[i].column);
    }
    assert_int_equal(json_locate(place_text, sizeof(place_text) - 1, &none, false, &line, &column),
                     -1);
    assert_int_equal(
        json_locate(place_text, sizeof(place_text) - 1, &missing, false, &line, &column), -1);
    assert_int_equal(json_locate(place_text, sizeof(place_text) - 1, &wrong, false, &line, &column),
                     -1);
    assert_int_equal(json_locate("", 0, &root, false, &line, &column), -1);
}

static void writes_paths(void **state)
{
    const struct json_path root = {.parent = NULL};
    const struct json_path functions = {&root, "functions", 0}, bot = {&functions, "bot", 0};
    const struct json_path list = {&bot, "schedules", 0}, item = {&list, NULL, 3};
    const struct json_path cron = {&item, "cron", 0};
    char *text = json_path_text(&cron), *empty = json_path_text(&root);

    (void)state;
    assert_string_equal(text, "functions.bot.schedules[3].cron");
    assert_string_equal(empty, "");
    free(text);
    free(empty);
}

/* The examples of RFC 7396, appendix A, that have objects on both sides. */
static void merges_as_the_rfc_says(void **state)
{
    static const char *const cases[][3] = {
        {"{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}"},
        {"{\"a\":\"b\"}", "{\"b\":\"c\"}", "{\"a\":\"b\",\"b\":\"c\"}"},
        {"{\"a\":\"b\"}", "{\"a\":null}", "{}"},
        {"{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}", "{\"b\":\"c\"}"},
        {"{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}"},
        {"{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}"},
        {"{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}", "{\"a\":{\"b\":\"d\"}}"},
        {"{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}"},
        {"{\"e\":null}", "{\"a\":1}", "{\"a\":1,\"e\":null}"},
        {"{\"a\":\"foo\"}", "{\"a\":{\"bb\":{\"ccc\":null}}}", "{\"a\":{\"bb\":{}}}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        json_t *target = json_loads(cases[i][0], 0, NULL),
               *patch = json_loads(cases[i][1], 0, NULL);
        char *text;

        json_merge_patch(target, patch);
        text = json_canonical(target);
        assert_string_equal(text, cases[i][2]);
        free(text);
        json_decref(target);
        json_decref(patch);
    }
}

static void reads_replies(void **state)
{
    json_t *root =
        json_loads("{\"a\": {\"s\": \"x\", \"n\": 7, \"r\": 1.5e3, \"t\": true}}", 0, NULL);

    (void)state;
    assert_string_equal(json_string_at(root, "a.s"), "x");
    assert_string_equal(json_string_at(root, "a.n"), "");
    assert_string_equal(json_string_at(root, "b.c.d"), "");
    assert_int_equal(json_int_at(root, "a.n"), 7);
    assert_int_equal(json_int_at(root, "a.r"), 1500);
    assert_int_equal(json_int_at(root, "a.s"), 0);
    assert_true(json_bool_at(root, "a.t"));
    assert_false(json_bool_at(root, "a.n"));
    assert_null(json_at(root, "a.x"));
    json_decref(root);
}

static const char *nearest(const char *word)
{
    static const char *const words[] = {"memory", "timeout", "routes", "tail", "rm"};
    struct suggest near = {.word = word};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        suggest_offer(&near, words[i]);
    return near.best;
}

static void suggests_near_words_only(void **state)
{
    (void)state;
    assert_string_equal(nearest("memroy"), "memory");
    assert_string_equal(nearest("memory"), "memory");
    assert_string_equal(nearest("Memory"), "memory");
    assert_string_equal(nearest("time_out"), "timeout");
    assert_string_equal(nearest("tial"), "tail");
    assert_string_equal(nearest("RM"), "rm");
    assert_null(nearest("memxyz"));
    assert_null(nearest("ls"));
    assert_null(nearest("schedule"));
    assert_null(nearest(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_where_and_what_is_wrong), cmocka_unit_test(takes_all_of_json),
        cmocka_unit_test(finds_line_and_column),        cmocka_unit_test(writes_paths),
        cmocka_unit_test(merges_as_the_rfc_says),       cmocka_unit_test(reads_replies),
        cmocka_unit_test(suggests_near_words_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
