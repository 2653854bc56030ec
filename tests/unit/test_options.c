#include "core/options.h"

// clang-format off
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <string.h>

struct common {
    bool json, yes;
    const char *region;
};

struct own {
    bool no_follow;
    int64_t count;
    const char *format;
    struct strings headers;
};

static const char *const formats[] = {"text", "json", NULL};

static int check_header(const void *member, struct err *err)
{
    if (strchr(*(const char *const *)member, ':'))
        return 0;
    return err_set(err, ERR_SETTINGS, "must have a colon");
}

static const struct field common_fields[] = {
    {.name = "json", .type = FIELD_BOOL, .offset = offsetof(struct common, json), .letter = 'j'},
    {.name = "yes", .type = FIELD_BOOL, .offset = offsetof(struct common, yes), .letter = 'y'},
    {.name = "region",
     .type = FIELD_STRING,
     .offset = offsetof(struct common, region),
     .letter = 'r',
     .value = "REGION"},
    FIELD_END,
};

static const struct field own_fields[] = {
    {.name = "no-follow", .type = FIELD_BOOL, .offset = offsetof(struct own, no_follow)},
    {.name = "count",
     .type = FIELD_INT,
     .offset = offsetof(struct own, count),
     .letter = 'n',
     .fallback = "10",
     .min = -5,
     .max = 100},
    {.name = "format",
     .type = FIELD_STRING,
     .offset = offsetof(struct own, format),
     .fallback = "text",
     .choices = formats},
    {.name = "header",
     .type = FIELD_STRINGS,
     .offset = offsetof(struct own, headers),
     .letter = 'H',
     .check = check_header},
    {.name = "weight", .later = "comes with a later version"},
    FIELD_END,
};

struct parsed {
    struct common common;
    struct own own;
    struct strings arguments;
    struct err err;
};

/* Splits the line at spaces and parses it. */
static int parse(struct parsed *parsed, const char *line)
{
    static char copy[256];
    char *argv[16], *rest = NULL;
    int argc = 0;
    const struct options_group groups[] = {{common_fields, &parsed->common},
                                           {own_fields, &parsed->own}};

    memset(parsed, 0, sizeof(*parsed));
    strcpy(copy, line);
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        argv[argc++] = word;
    return options_parse(argc, argv, groups, 2, &parsed->arguments, &parsed->err);
}

static void release(struct parsed *parsed)
{
    const struct options_group groups[] = {{common_fields, &parsed->common},
                                           {own_fields, &parsed->own}};

    options_release(groups, 2);
    free(parsed->arguments.items);
}

static void gives_defaults(void **state)
{
    struct parsed parsed;

    (void)state;
    assert_int_equal(parse(&parsed, ""), 0);
    assert_int_equal(parsed.own.count, 10);
    assert_string_equal(parsed.own.format, "text");
    assert_null(parsed.common.region);
    assert_false(parsed.common.json);
    assert_int_equal(parsed.arguments.count, 0);
    release(&parsed);
}

static void takes_every_form(void **state)
{
    struct parsed parsed;

    (void)state;
    assert_int_equal(parse(&parsed, "prod --json -r eu-west-1 api -n7 --no-follow --format=json "
                                    "-H a:1 --header b:2 - -- --yes"),
                     0);
    assert_true(parsed.common.json);
    assert_false(parsed.common.yes);
    assert_true(parsed.own.no_follow);
    assert_string_equal(parsed.common.region, "eu-west-1");
    assert_int_equal(parsed.own.count, 7);
    assert_string_equal(parsed.own.format, "json");
    assert_int_equal(parsed.own.headers.count, 2);
    assert_string_equal(parsed.own.headers.items[1], "b:2");
    assert_int_equal(parsed.arguments.count, 4);
    assert_string_equal(parsed.arguments.items[0], "prod");
    assert_string_equal(parsed.arguments.items[1], "api");
    assert_string_equal(parsed.arguments.items[2], "-");
    assert_string_equal(parsed.arguments.items[3], "--yes");
    release(&parsed);
}

static void joins_letters_and_takes_negative_numbers(void **state)
{
    struct parsed parsed;

    (void)state;
    assert_int_equal(parse(&parsed, "-jyn -3 --region="), 0);
    assert_true(parsed.common.json);
    assert_true(parsed.common.yes);
    assert_int_equal(parsed.own.count, -3);
    assert_string_equal(parsed.common.region, "");
    release(&parsed);
}

static void refuses_with_a_reason(void **state)
{
    static const struct {
        const char *line, *message;
    } cases[] = {
        {"--regoin x", "unknown option '--regoin'; did you mean '--region'?"},
        {"--zzz", "unknown option '--zzz'"},
        {"--wieght", "unknown option '--wieght'"},
        {"-x", "unknown option '-x'"},
        {"-jx", "unknown option '-x'"},
        {"--region", "option '--region' needs a value: --region REGION"},
        {"--format", "option '--format' needs a value: --format VALUE"},
        {"-r", "option '--region' needs a value: --region REGION"},
        {"--json=1", "option '--json' takes no value, but got '1'"},
        {"--count ten", "option '--count' must be a whole number from -5 to 100, not 'ten'"},
        {"--count 1x", "option '--count' must be a whole number from -5 to 100, not '1x'"},
        {"--count 101", "option '--count' must be a whole number from -5 to 100, not 101"},
        {"-n99999999999999999999",
         "option '--count' must be a whole number from -5 to 100, not '99999999999999999999'"},
        {"--format jsno",
         "option '--format' must be 'text' or 'json', not 'jsno'; did you mean 'json'?"},
        {"-H a", "option '--header' must have a colon"},
        {"--weight 3", "option '--weight' comes with a later version"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct parsed parsed;

        assert_int_equal(parse(&parsed, cases[i].line), -1);
        assert_int_equal(parsed.err.code, ERR_USAGE);
        assert_string_equal(parsed.err.message, cases[i].message);
        release(&parsed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_defaults),
        cmocka_unit_test(takes_every_form),
        cmocka_unit_test(joins_letters_and_takes_negative_numbers),
        cmocka_unit_test(refuses_with_a_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
