/* The Gregorian calendar, counted in days. */
#ifndef FNCTL_CORE_CALENDAR_H
#define FNCTL_CORE_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

struct date {
    int year;
    int month; /* 1..12 */
    int day;   /* 1..31 */
};

/* Days in a month, 28..31. */
int calendar_month_days(int year, int month);

/* Days since 1970-01-01. */
int64_t calendar_days(struct date date);

struct date calendar_date(int64_t days);

/* 0 = Sunday. */
int calendar_weekday(int64_t days);

#endif
