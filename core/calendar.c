#include "core/calendar.h"

static bool leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

int calendar_month_days(int year, int month)
{
    if (month == 2)
        return leap(year) ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/* Division that rounds down, as years before 0 would need. */
static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Days from 1970-01-01 to the first of January. */
static int64_t year_days(int64_t year)
{
    int64_t before = year - 1;

    return (year - 1970) * 365 + floor_div(before, 4) - floor_div(before, 100) +
           floor_div(before, 400) - 477;
}

int64_t calendar_days(struct date date)
{
    int64_t days = year_days(date.year) + date.day - 1;

    for (int month = 1; month < date.month; month++)
        days += calendar_month_days(date.year, month);
    return days;
}

struct date calendar_date(int64_t days)
{
    /* 400 years have 146097 days; the guess is off by one year at most. */
    struct date date = {.year = (int)(1970 + floor_div(days * 400, 146097)), .month = 1};

    while (year_days(date.year) > days)
        date.year--;
    while (year_days((int64_t)date.year + 1) <= days)
        date.year++;
    days -= year_days(date.year);
    while (days >= calendar_month_days(date.year, date.month))
        days -= calendar_month_days(date.year, date.month++);
    date.day = (int)days + 1;
    return date;
}

int calendar_weekday(int64_t days)
{
    int64_t weekday = (days + 4) % 7; /* 1970-01-01 was a Thursday */

    return (int)(weekday < 0 ? weekday + 7 : weekday);
}
