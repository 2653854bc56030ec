#include "core/clock.h"

// clang-format off
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

/* 2026-11-20T09:15:00.123Z, by GNU date. */
static const int64_t moment = 1795166100123;

static void writes_both_forms(void **state)
{
    char amz[CLOCK_AMZ_LEN], rfc3339[CLOCK_RFC3339_LEN];

    (void)state;
    clock_format_amz(moment, amz);
    clock_format_rfc3339(moment, rfc3339);
    assert_string_equal(amz, "20261120T091500Z");
    assert_string_equal(rfc3339, "2026-11-20T09:15:00.123Z");
    clock_format_rfc3339(-1, rfc3339);
    assert_string_equal(rfc3339, "1969-12-31T23:59:59.999Z");
}

static void reads_each_form(void **state)
{
    static const struct {
        const char *text;
        int64_t value;
    } cases[] = {
        {"20261120T091500Z", 1795166100000},
        {"2026-11-20T09:15:00Z", 1795166100000},
        {"2026-11-20T09:15:00.123Z", 1795166100123},
        {"2026-11-20T09:15:00.1234567Z", 1795166100123},
        {"2026-11-20T10:15:00+01:00", 1795166100000},
        {"2026-11-20T03:45:00-05:30", 1795166100000},
        {"Fri, 20 Nov 2026 09:15:00 GMT", 1795166100000},
    };
    int64_t value;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        assert_int_equal(clock_parse(cases[i].text, &value), 0);
        assert_int_equal(value, cases[i].value);
    }
}

static void refuses_what_is_no_time(void **state)
{
    static const char *const cases[] = {"",
                                        "yesterday",
                                        "2026-11-20",
                                        "2026-11-20T09:15:00",
                                        "2026-11-20T09:15:00Zx",
                                        "2026-13-20T09:15:00Z",
                                        "20261120T091500",
                                        "2026-11-20T09:15:00+0100"};
    int64_t value;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        assert_int_equal(clock_parse(cases[i], &value), -1);
}

static void reads_durations(void **state)
{
    static const struct {
        const char *text;
        int64_t value;
    } cases[] = {{"90", 90000},   {"500ms", 500},  {"90s", 90000},
                 {"10m", 600000}, {"2h", 7200000}, {"1d", 86400000}};
    static const char *const wrong[] = {
        "", "m", "-5m", "10 m", "1w", "5mm", "99999999999999999999s"};
    int64_t value;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        assert_int_equal(clock_parse_duration(cases[i].text, &value), 0);
        assert_int_equal(value, cases[i].value);
    }
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
        assert_int_equal(clock_parse_duration(wrong[i], &value), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_both_forms),
        cmocka_unit_test(reads_each_form),
        cmocka_unit_test(refuses_what_is_no_time),
        cmocka_unit_test(reads_durations),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
