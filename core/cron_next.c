/* When a schedule fires next. */
#include "core/calendar.h"
#include "core/cron.h"
#include "core/zone.h"

#include <stddef.h>

enum { DAY_SECONDS = 86400, YEARS_AHEAD = 128 };

static bool workday(int64_t day)
{
    int weekday = calendar_weekday(day);

    return weekday >= 1 && weekday <= 5;
}

/* The workday nearest to the n-th, which stays within the month. */
static int nearest_workday(struct date date, int n)
{
    int last = calendar_month_days(date.year, date.month);
    int day = n > last ? last : n;
    int weekday = calendar_weekday(calendar_days((struct date){date.year, date.month, day}));

    if (weekday == 6)
        return day > 1 ? day - 1 : day + 2;
    if (weekday == 0)
        return day < last ? day + 1 : day - 2;
    return day;
}

static bool day_matches(const struct cron *cron, struct date date, int64_t day)
{
    int last = calendar_month_days(date.year, date.month), weekday = calendar_weekday(day);
    bool on_day = cron->days >> date.day & 1, on_weekday = cron->weekdays >> weekday & 1;

    if (cron->last_day)
        return date.day == last;
    if (cron->last_workday)
        return workday(day) && date.day == nearest_workday(date, last);
    if (cron->nearest_workday)
        return date.day == nearest_workday(date, cron->nearest_workday);
    if (cron->last_weekday)
        return weekday == cron->last_weekday - 1 && date.day + 7 > last;
    if (cron->nth_weekday)
        return on_weekday && (date.day - 1) / 7 + 1 == cron->nth_weekday;
    if (cron->any_day || cron->any_weekday)
        return (cron->any_day || on_day) && (cron->any_weekday || on_weekday);
    return on_day || on_weekday;
}

static bool year_matches(const struct cron *cron, int year)
{
    int bit = year - 1970;

    /* Years past the bitmap: those of a schedule for any year. */
    if (bit < 0 || bit > 127)
        return bit > 127 && (cron->years[0] & cron->years[1]) == UINT64_MAX;
    return cron->years[bit / 64] >> (bit % 64) & 1;
}

/* The first time on the day (days since 1970, local) that is after `after`; -1: none. All in s. */
static int64_t next_on_day(const struct cron *cron, const struct zone *zone, int64_t day,
                           int64_t after)
{
    for (int hour = 0; hour < 24; hour++) {
        if (!(cron->hours >> hour & 1))
            continue;
        for (int minute = 0; minute < 60; minute++) {
            int64_t utc;

            if (!(cron->minutes >> minute & 1))
                continue;
            utc = zone_to_utc(zone, day * DAY_SECONDS + hour * 3600 + minute * 60);
            if (utc > after)
                return utc;
        }
    }
    return -1;
}

static int64_t next_of_fields(const struct cron *cron, const struct zone *zone, int64_t after)
{
    int64_t day = (after + zone_offset(zone, after)) / DAY_SECONDS;
    struct date date = calendar_date(day);
    int last_year = date.year + YEARS_AHEAD;

    while (date.year <= last_year) {
        int64_t next = -1;

        if (!year_matches(cron, date.year)) {
            day = calendar_days((struct date){date.year + 1, 1, 1});
        } else if (!(cron->months >> date.month & 1)) {
            day += calendar_month_days(date.year, date.month) - date.day + 1;
        } else {
            next = day_matches(cron, date, day) ? next_on_day(cron, zone, day, after) : -1;
            day++;
        }
        if (next >= 0)
            return next;
        date = calendar_date(day);
    }
    return -1;
}

static int64_t next_of_rate(const struct cron *cron, int64_t start, int64_t after)
{
    if (after < start)
        return start;
    return start + ((after - start) / cron->interval + 1) * cron->interval;
}

bool cron_zone_known(const char *zone)
{
    struct zone *opened = zone_open(zone);
    bool known = opened != NULL;

    zone_free(opened);
    return known;
}

int64_t cron_next(const struct cron *cron, const char *zone, int64_t start, int64_t after)
{
    struct zone *opened;
    int64_t next;

    if (cron->kind == CRON_RATE)
        return next_of_rate(cron, start, after);
    opened = zone_open(zone);
    if (!opened)
        return -1;
    if (cron->kind == CRON_FIELDS)
        next = next_of_fields(cron, opened, after < 0 ? -1 : after / 1000);
    else
        next = zone_to_utc(opened, cron->at / 1000);
    zone_free(opened);
    if (next < 0 || next * 1000 <= after)
        return -1;
    return next * 1000;
}
