#include "cli/log_time.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <time.h>

#define NOW ((int64_t)1795165200 * 1000) /* 2026-11-20T09:00:00Z, 10:00 in Berlin */
#define HOUR ((int64_t)3600 * 1000)
#define MIDNIGHT (NOW - 10 * HOUR) /* of Berlin */

static void every_form_is_read(void **state)
{
    static const struct {
        const char *text;
        int64_t time;
    } forms[] = {
        {"90", NOW - 90000},
        {"90s", NOW - 90000},
        {"10m", NOW - 600000},
        {"1h30m", NOW - HOUR - HOUR / 2},
        {"1d2h3m4s", NOW - 26 * HOUR - 184000},
        {"2w", NOW - 14 * 24 * HOUR},
        {"0", NOW},
        {"now", NOW},
        {"today", MIDNIGHT},
        {"yesterday", MIDNIGHT - 24 * HOUR},
        {"09:15", MIDNIGHT + 9 * HOUR + 900000},
        {"9:15:30", MIDNIGHT + 9 * HOUR + 930000},
        {"23:00", MIDNIGHT - HOUR},
        {"2026-11-19", MIDNIGHT - 24 * HOUR},
        {"2026-11-19 12:00", MIDNIGHT - 12 * HOUR},
        {"2026-11-19T12:00:01", MIDNIGHT - 12 * HOUR + 1000},
        {"2026-07-01", (int64_t)1782856800 * 1000},
        {"2026-11-20T08:00:00Z", NOW - HOUR},
        {"2026-11-20T08:00:00.250Z", NOW - HOUR + 250},
        {"2026-11-20T08:00:00+01:00", NOW - 2 * HOUR},
        {"1795165200", NOW},
        {"1795165200123", NOW + 123},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
        int64_t time = -1;

        if (log_time_read(forms[i].text, NOW, &time) < 0 || time != forms[i].time)
            fail_msg("'%s' is %lld, not %lld", forms[i].text, (long long)time,
                     (long long)forms[i].time);
    }
}

static void what_is_unreadable_is_refused(void **state)
{
    static const char *const texts[] = {"",
                                        "x",
                                        "10x",
                                        "m",
                                        "-5m",
                                        "1h30",
                                        "h1",
                                        "25:00",
                                        "12:60",
                                        "2026-13-01",
                                        "yesterdayx",
                                        "tomorrow",
                                        "10m ago",
                                        "99999999999999999999d",
                                        "999999d",
                                        "2026-11-20T08:00:00+1",
                                        "1h99999999999999999m"};
    int64_t time;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        if (log_time_read(texts[i], NOW, &time) == 0)
            fail_msg("'%s' was read", texts[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_is_read),
        cmocka_unit_test(what_is_unreadable_is_refused),
    };

    setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    tzset();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
