#include "core/calendar.h"
#include "core/cron.h"
#include "core/zone.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* UTC in ms of "2026-11-20 09:15", by the C library. */
static int64_t utc(const char *text)
{
    struct tm tm = {0};

    assert_int_equal(sscanf(text, "%d-%d-%d %d:%d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
                            &tm.tm_hour, &tm.tm_min),
                     5);
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    return (int64_t)timegm(&tm) * 1000;
}

static void show(int64_t ms, char text[static 32])
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm tm;

    if (ms < 0)
        strcpy(text, "never");
    else
        strftime(text, 32, "%Y-%m-%d %H:%M", gmtime_r(&seconds, &tm));
}

static struct cron parsed(const char *text)
{
    struct cron cron;
    struct err err = {0};
    int result =
        strchr(text, '(') ? cron_parse_aws(text, &cron, &err) : cron_parse(text, &cron, &err);

    assert_string_equal(err.message, "");
    assert_int_equal(result, 0);
    return cron;
}

static void writes_aws_form(void **state)
{
    static const char *const cases[][2] = {
        {"* * * * *", "cron(* * * * ? *)"},
        {"0 9 * * *", "cron(0 9 * * ? *)"},
        {"*/5 * * * *", "cron(0/5 * * * ? *)"},
        {"0-30/10 8-18 * * *", "cron(0,10,20,30 8-18 * * ? *)"},
        {"5-59/15 0 * * *", "cron(5/15 0 * * ? *)"},
        {"0 0 1,15 * *", "cron(0 0 1,15 * ? *)"},
        {"0 0 1-31 * *", "cron(0 0 * * ? *)"},
        {"0 0 * jan,JUL *", "cron(0 0 * 1,7 ? *)"},
        {"0 9 * * mon-fri", "cron(0 9 ? * 2-6 *)"},
        {"0 9 * * 0", "cron(0 9 ? * 1 *)"},
        {"0 9 * * 7", "cron(0 9 ? * 1 *)"},
        {"0 9 * * 5-7", "cron(0 9 ? * 1,6-7 *)"},
        {"0 9 * * sat-sun", "cron(0 9 ? * 1,7 *)"},
        {"0 9 * * sun-sun", "cron(0 9 ? * 1 *)"},
        {"0 9 ? * tue", "cron(0 9 ? * 3 *)"},
        {"0 9 * * 0-7", "cron(0 9 * * ? *)"},
        {"  0\t9  * * *  ", "cron(0 9 * * ? *)"},
        {"@hourly", "cron(0 * * * ? *)"},
        {"@daily", "cron(0 0 * * ? *)"},
        {"@midnight", "cron(0 0 * * ? *)"},
        {"@weekly", "cron(0 0 ? * 1 *)"},
        {"@monthly", "cron(0 0 1 * ? *)"},
        {"@Yearly", "cron(0 0 1 1 ? *)"},
        {"cron(0/15 12 ? * MON-FRI 2027-2029)", "cron(0/15 12 ? * 2-6 2027-2029)"},
        {"cron(5/20 * L * ? *)", "cron(5/20 * L * ? *)"},
        {"cron(0 0 LW 2 ? 2028)", "cron(0 0 LW 2 ? 2028)"},
        {"cron(0 0 15W * ? *)", "cron(0 0 15W * ? *)"},
        {"cron(0 0 ? * 6L *)", "cron(0 0 ? * 6L *)"},
        {"cron(0 0 ? * FRIL *)", "cron(0 0 ? * 6L *)"},
        {"cron(0 0 ? * MON#2 *)", "cron(0 0 ? * 2#2 *)"},
        {"cron(0 0 ? * L *)", "cron(0 0 ? * 7 *)"},
        {"cron(0 0 ? * * *)", "cron(0 0 * * ? *)"},
        {"rate(1 minute)", "rate(1 minute)"},
        {"rate(5 minute)", "rate(5 minutes)"},
        {"rate(120 minutes)", "rate(2 hours)"},
        {"rate(1 days)", "rate(1 day)"},
        {"at(2027-02-28T23:59:59)", "at(2027-02-28T23:59:59)"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct cron cron = parsed(cases[i][0]), again;
        char *text = cron_to_aws(&cron);

        assert_string_equal(text, cases[i][1]);
        again = parsed(text);
        free(text);
        text = cron_to_aws(&again);
        assert_string_equal(text, cases[i][1]);
        free(text);
    }
}

static void refuses_with_a_reason(void **state)
{
    static const char *const cases[][2] = {
        {"", "has 0 fields, must have five: minute hour day-of-month month day-of-week"},
        {"5", "has 1 field, must have five: minute hour day-of-month month day-of-week"},
        {"* * * * * *", "has 6 fields, must have five: minute hour day-of-month month day-of-week; "
                        "AWS's six are written as cron(...)"},
        {"60 * * * *", "minute '60': must be 0 to 59, a range, a list or a step of them"},
        {"-1 * * * *", "minute '-1': must be 0 to 59, a range, a list or a step of them"},
        {"0 24 * * *", "hour '24': must be 0 to 23, a range, a list or a step of them"},
        {"0 0 0 * *", "day-of-month '0': must be 1 to 31, a range, a list or a step of them"},
        {"0 0 * 13 *",
         "month '13': must be 1 to 12 or jan to dec, a range, a list or a step of them"},
        {"0 0 * * 8",
         "day-of-week '8': must be 0 to 7 or sun to sat, a range, a list or a step of them"},
        {"0 0 * * funday",
         "day-of-week 'funday': must be 0 to 7 or sun to sat, a range, a list or a step of them"},
        {"0 ? * * *", "hour '?': must be 0 to 23, a range, a list or a step of them"},
        {"1-x * * * *", "minute '1-x': must be 0 to 59, a range, a list or a step of them"},
        {"5x * * * *", "minute '5x': must be 0 to 59, a range, a list or a step of them"},
        {"30-10 * * * *", "minute '30-10': the range runs backwards"},
        {"*/0 * * * *", "minute '*/0': the step must be 1 to 59"},
        {"*/x * * * *", "minute '*/x': the step must be 1 to 59"},
        {"5/15 * * * *", "minute '5/15': a step needs a range, as in '5-59/15'"},
        {"1,,2 * * * *", "minute ',2': an item of the list is empty"},
        {"1, * * * *", "minute '': an item of the list is empty"},
        {"0 0 L * *", "day-of-month 'L': must be 1 to 31, a range, a list or a step of them"},
        {"0 9 1 * mon", "day-of-month '1' and day-of-week 'mon': only one of them may be set; "
                        "write two schedules"},
        {"@reboot", "'@reboot': must be @hourly, @daily, @weekly, @monthly or @yearly"},
        {"cron(0 9 * * *)", "cron(...) has 5 fields, must have six: minutes hours day-of-month "
                            "month day-of-week year"},
        {"cron(0 9 * * * *)", "day-of-month '*' and day-of-week '*': one of them, and only one, "
                              "must be '?' in cron(...)"},
        {"cron(0 9 ? * ? *)", "day-of-month '?' and day-of-week '?': one of them, and only one, "
                              "must be '?' in cron(...)"},
        {"cron(0 9 ? * 0 *)",
         "day-of-week '0': must be 1 to 7 or sun to sat, a range, a list or a step of them"},
        {"cron(0 9 ? * 3#6 *)", "day-of-week '3#6': after '#' must be 1 to 5"},
        {"cron(0 9 32W * ? *)",
         "day-of-month '32W': must be 1 to 31, a range, a list or a step of them"},
        {"cron(0 9 1 1 ? 2098)",
         "year '2098': must be 1970 to 2097, a range, a list or a step of them"},
        {"cron(0 9 1 1 ? *", "'cron(0 9 1 1 ? *': must be cron(...), rate(...) or at(...)"},
        {"every(5 minutes)", "'every(5 minutes)': must be cron(...), rate(...) or at(...)"},
        {"rate(0 minutes)", "rate '0 minutes': must be a number from 1 to 1000000 and minutes, "
                            "hours or days, as in '5 minutes'"},
        {"rate(5 seconds)", "rate '5 seconds': must be a number from 1 to 1000000 and minutes, "
                            "hours or days, as in '5 minutes'"},
        {"rate()", "rate '': must be a number from 1 to 1000000 and minutes, hours or days, as in "
                   "'5 minutes'"},
        {"at(2027-02-29T00:00:00)", "at '2027-02-29T00:00:00': must be a date and time that exist, "
                                    "as in '2027-01-01T00:00:00'"},
        {"at(2027-01-01 00:00:00)", "at '2027-01-01 00:00:00': must be a date and time that exist, "
                                    "as in '2027-01-01T00:00:00'"},
        {"at(2027-01-01T24:00:00)", "at '2027-01-01T24:00:00': must be a date and time that exist, "
                                    "as in '2027-01-01T00:00:00'"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *text = cases[i][0];
        struct cron cron;
        struct err err = {0};

        assert_int_equal(strchr(text, '(') ? cron_parse_aws(text, &cron, &err)
                                           : cron_parse(text, &cron, &err),
                         -1);
        assert_int_equal(err.code, ERR_SETTINGS);
        assert_string_equal(err.message, cases[i][1]);
    }
}

static void refuses_long_expressions(void **state)
{
    char text[400];
    struct cron cron;
    struct err err = {0};

    (void)state;
    memset(text, '1', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    assert_int_equal(cron_parse(text, &cron, &err), -1);
    assert_string_equal(err.message, "the expression is longer than 256 bytes");
    assert_int_equal(cron_parse_aws(text, &cron, &err), -1);
    text[100] = '\0';
    assert_int_equal(cron_parse(text, &cron, &err), -1);
}

/* Times that follow `after`, all in UTC. */
static void fires(const char *expression, const char *zone, const char *after,
                  const char *const *expected)
{
    struct cron cron = parsed(expression);
    int64_t at = utc(after);

    for (; *expected; expected++) {
        char text[32];

        at = cron_next(&cron, zone, 0, at);
        show(at, text);
        assert_string_equal(text, *expected);
    }
}

#define FIRES(expression, zone, after, ...)                                                        \
    fires(expression, zone, after, (const char *const[]){__VA_ARGS__, NULL})

static void finds_days(void **state)
{
    (void)state;
    FIRES("0 9 * * *", NULL, "2026-11-20 09:00", "2026-11-21 09:00", "2026-11-22 09:00");
    FIRES("0 9 * * *", "", "2026-11-20 08:59", "2026-11-20 09:00");
    FIRES("0 0 29 2 *", "UTC", "2026-01-01 00:00", "2028-02-29 00:00", "2032-02-29 00:00");
    FIRES("0 0 29 2 *", "UTC", "2096-03-01 00:00", "2104-02-29 00:00");
    FIRES("0 0 31 2 *", "UTC", "2026-01-01 00:00", "never");
    FIRES("0 0 31 * *", "UTC", "2026-01-31 00:00", "2026-03-31 00:00", "2026-05-31 00:00");
    FIRES("59 23 31 12 *", "UTC", "2026-12-31 23:59", "2027-12-31 23:59");
    FIRES("0 12 * * sun", "UTC", "2026-11-20 00:00", "2026-11-22 12:00", "2026-11-29 12:00");
}

static void finds_awss_days(void **state)
{
    (void)state;
    FIRES("cron(0 0 L * ? *)", "UTC", "2028-01-31 00:00", "2028-02-29 00:00", "2028-03-31 00:00");
    /* February 2026 ends on a Saturday, May on a Sunday. */
    FIRES("cron(0 0 LW 2,5 ? *)", "UTC", "2026-01-01 00:00", "2026-02-27 00:00",
          "2026-05-29 00:00");
    /* 1 August 2026 is a Saturday: the nearest workday of the month is Monday the 3rd. */
    FIRES("cron(0 0 1W 8 ? 2026)", "UTC", "2026-01-01 00:00", "2026-08-03 00:00", "never");
    /* 15 November 2026 is a Sunday, 15 August a Saturday, 15 December a Tuesday. */
    FIRES("cron(0 0 15W 8,11,12 ? 2026)", "UTC", "2026-08-01 00:00", "2026-08-14 00:00",
          "2026-11-16 00:00", "2026-12-15 00:00", "never");
    FIRES("cron(0 0 ? * 6L *)", "UTC", "2026-11-01 00:00", "2026-11-27 00:00", "2026-12-25 00:00");
    /* 30 April 2027 is a Friday. */
    FIRES("cron(0 0 ? 4 6L 2027)", "UTC", "2026-11-01 00:00", "2027-04-30 00:00", "never");
    FIRES("cron(0 0 ? * 2#1 *)", "UTC", "2026-11-01 00:00", "2026-11-02 00:00", "2026-12-07 00:00");
    FIRES("cron(0 0 ? * 1#5 *)", "UTC", "2026-11-01 00:00", "2026-11-29 00:00", "2027-01-31 00:00");
    FIRES("cron(30 6 1 1 ? 2027,2030)", "UTC", "2026-01-01 00:00", "2027-01-01 06:30",
          "2030-01-01 06:30", "never");
}

/* Berlin: 29 March 2026 02:00 -> 03:00, 25 October 2026 03:00 -> 02:00. */
static void follows_summer_time_in_berlin(void **state)
{
    (void)state;
    FIRES("30 2 * * *", "Europe/Berlin", "2026-03-27 12:00", "2026-03-28 01:30",
          "2026-03-30 00:30");
    FIRES("30 2 * * *", "Europe/Berlin", "2026-10-23 12:00", "2026-10-24 00:30", "2026-10-25 00:30",
          "2026-10-26 01:30");
    FIRES("0 9 * * *", "Europe/Berlin", "2026-03-28 00:00", "2026-03-28 08:00", "2026-03-29 07:00");
    FIRES("0 * * * *", "Europe/Berlin", "2026-03-29 00:00", "2026-03-29 01:00", "2026-03-29 02:00");
    FIRES("0 * * * *", "Europe/Berlin", "2026-10-24 22:30", "2026-10-24 23:00", "2026-10-25 00:00",
          "2026-10-25 02:00");
    /* From the second pass of the hour that occurs twice. */
    FIRES("*/30 * * * *", "Europe/Berlin", "2026-10-25 01:10", "2026-10-25 02:00");
    /* Past what the file lists one by one. */
    FIRES("0 9 1 1,7 *", "Europe/Berlin", "2077-01-02 00:00", "2077-07-01 07:00",
          "2078-01-01 08:00");
}

/* New York: 8 March 2026 02:00 -> 03:00, 1 November 2026 02:00 -> 01:00. */
static void follows_summer_time_in_new_york(void **state)
{
    (void)state;
    FIRES("15 2 * * *", "America/New_York", "2026-03-07 00:00", "2026-03-07 07:15",
          "2026-03-09 06:15");
    FIRES("15 1 * * *", "America/New_York", "2026-10-31 12:00", "2026-11-01 05:15",
          "2026-11-02 06:15");
    FIRES("0 20 * * *", "America/New_York", "2026-07-01 00:30", "2026-07-02 00:00");
    FIRES("at(2026-03-08T02:30:00)", "America/New_York", "2026-01-01 00:00", "never");
    FIRES("at(2026-11-01T01:30:00)", "America/New_York", "2026-01-01 00:00", "2026-11-01 05:30",
          "never");
}

static void knows_zones(void **state)
{
    (void)state;
    assert_true(cron_zone_known("Europe/Berlin"));
    assert_true(cron_zone_known("UTC"));
    assert_true(cron_zone_known(""));
    assert_true(cron_zone_known("Asia/Kathmandu"));
    assert_false(cron_zone_known("Europe/Bonn"));
    assert_false(cron_zone_known("Europe"));
    assert_false(cron_zone_known("../../../etc/passwd"));
    assert_false(cron_zone_known("/etc/localtime"));
    assert_false(cron_zone_known("tzdata.zi"));
    assert_int_equal(cron_next(&(struct cron){.kind = CRON_FIELDS}, "Europe/Bonn", 0, 0), -1);
}

static void counts_rates_from_their_start(void **state)
{
    struct cron cron = parsed("rate(5 minutes)");

    (void)state;
    assert_int_equal(cron_next(&cron, NULL, 1000, 0), 1000);
    assert_int_equal(cron_next(&cron, NULL, 1000, 1000), 301000);
    assert_int_equal(cron_next(&cron, NULL, 1000, 300999), 301000);
    assert_int_equal(cron_next(&cron, NULL, 1000, 301000), 601000);
}

static void the_calendar_agrees_with_the_c_library(void **state)
{
    (void)state;
    for (int64_t day = -200000; day < 200000; day += 13) {
        time_t seconds = (time_t)(day * 86400);
        struct date date = calendar_date(day);
        struct tm tm;

        gmtime_r(&seconds, &tm);
        assert_int_equal(date.year, tm.tm_year + 1900);
        assert_int_equal(date.month, tm.tm_mon + 1);
        assert_int_equal(date.day, tm.tm_mday);
        assert_int_equal(calendar_weekday(day), tm.tm_wday);
        assert_int_equal(calendar_days(date), day);
    }
}

/* The offsets of the C library, which reads the same files its own way. */
static void zones_agree_with_the_c_library(void **state)
{
    static const char *const names[] = {
        "Europe/Berlin", "America/New_York",  "Asia/Kolkata",      "Australia/Lord_Howe",
        "Europe/Dublin", "America/Sao_Paulo", "Africa/Casablanca", "Pacific/Apia"};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct zone *zone = zone_open(names[i]);

        assert_non_null(zone);
        setenv("TZ", names[i], 1);
        tzset();
        for (int64_t at = 0; at < INT64_C(4000000000); at += 1234567) {
            time_t seconds = (time_t)at;
            struct tm tm;

            localtime_r(&seconds, &tm);
            assert_int_equal(zone_offset(zone, at), tm.tm_gmtoff);
        }
        zone_free(zone);
    }
    unsetenv("TZ");
    tzset();
}

/*
 * A search that shares nothing with ours: each minute of UTC is taken to local
 * time by the C library and compared with lists of numbers.
 */
struct naive {
    const char *expression;
    int minutes[8], hours[8], days[8], months[8], weekdays[8]; /* end with -1; empty: all */
};

static bool listed(const int *list, int value)
{
    if (list[0] == -1)
        return true;
    for (; *list != -1; list++)
        if (*list == value)
            return true;
    return false;
}

static bool naive_matches(const struct naive *naive, const struct tm *tm)
{
    return listed(naive->minutes, tm->tm_min) && listed(naive->hours, tm->tm_hour) &&
           listed(naive->days, tm->tm_mday) && listed(naive->months, tm->tm_mon + 1) &&
           listed(naive->weekdays, tm->tm_wday);
}

/* Whether clocks showed the same time an hour (or half of one) before. */
static bool second_pass(time_t at, const struct tm *now)
{
    for (time_t back = 1800; back <= 3600; back += 1800) {
        time_t before = at - back;
        struct tm tm;

        localtime_r(&before, &tm);
        if (tm.tm_hour == now->tm_hour && tm.tm_min == now->tm_min)
            return true;
    }
    return false;
}

static void compare_with_naive(const struct naive *naive, const char *zone, time_t from, time_t to)
{
    struct cron cron = parsed(naive->expression);
    int64_t next = cron_next(&cron, zone, 0, (int64_t)from * 1000 - 1);

    for (time_t at = from; at < to; at += 60) {
        struct tm tm;

        localtime_r(&at, &tm);
        if (!naive_matches(naive, &tm) || second_pass(at, &tm))
            continue;
        assert_int_equal(next, (int64_t)at * 1000);
        next = cron_next(&cron, zone, 0, next);
    }
    assert_true(next < 0 || next >= (int64_t)to * 1000);
}

static void agrees_with_a_naive_search(void **state)
{
    static const struct naive samples[] = {
        {"0 9 * * *", {0, -1}, {9, -1}, {-1}, {-1}, {-1}},
        {"30 2 * * *", {30, -1}, {2, -1}, {-1}, {-1}, {-1}},
        {"*/20 1-3 * * *", {0, 20, 40, -1}, {1, 2, 3, -1}, {-1}, {-1}, {-1}},
        {"15 * * * sat-sun", {15, -1}, {-1}, {-1}, {-1}, {0, 6, -1}},
        {"7 0,23 1,31 * *", {7, -1}, {0, 23, -1}, {1, 31, -1}, {-1}, {-1}},
        {"0 0 * 3,10 1-5/2", {0, -1}, {0, -1}, {-1}, {3, 10, -1}, {1, 3, 5, -1}},
        {"cron(59 23 ? 2-3 TUE *)", {59, -1}, {23, -1}, {-1}, {2, 3, -1}, {2, -1}},
    };
    static const char *const zones[] = {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe"};
    /* Both changes of each zone, in two windows of 2026. */
    static const char *const windows[][2] = {{"2026-02-25 00:00", "2026-04-08 00:00"},
                                             {"2026-09-28 00:00", "2026-11-05 00:00"}};

    (void)state;
    for (size_t z = 0; z < sizeof(zones) / sizeof(zones[0]); z++) {
        setenv("TZ", zones[z], 1);
        tzset();
        for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
            for (size_t w = 0; w < 2; w++)
                compare_with_naive(&samples[i], zones[z], (time_t)(utc(windows[w][0]) / 1000),
                                   (time_t)(utc(windows[w][1]) / 1000));
    }
    unsetenv("TZ");
    tzset();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_aws_form),
        cmocka_unit_test(refuses_with_a_reason),
        cmocka_unit_test(refuses_long_expressions),
        cmocka_unit_test(finds_days),
        cmocka_unit_test(finds_awss_days),
        cmocka_unit_test(follows_summer_time_in_berlin),
        cmocka_unit_test(follows_summer_time_in_new_york),
        cmocka_unit_test(knows_zones),
        cmocka_unit_test(counts_rates_from_their_start),
        cmocka_unit_test(the_calendar_agrees_with_the_c_library),
        cmocka_unit_test(zones_agree_with_the_c_library),
        cmocka_unit_test(agrees_with_a_naive_search),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
