#include "core/clock.h"

#include "core/interrupt.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int64_t read_clock(clockid_t id)
{
    struct timespec time;

    clock_gettime(id, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static int64_t system_now(void *context)
{
    (void)context;
    return read_clock(CLOCK_REALTIME);
}

static int64_t system_monotonic(void *context)
{
    (void)context;
    return read_clock(CLOCK_MONOTONIC);
}

static int system_sleep(void *context, int64_t milliseconds)
{
    (void)context;
    return interrupt_sleep(milliseconds);
}

const struct clock *clock_system(void)
{
    static const struct clock system = {system_now, system_monotonic, system_sleep, NULL};

    return &system;
}

int64_t clock_now(const struct clock *clock)
{
    return clock->now(clock->context);
}

int64_t clock_monotonic(const struct clock *clock)
{
    return clock->monotonic(clock->context);
}

int clock_sleep(const struct clock *clock, int64_t milliseconds)
{
    return clock->sleep(clock->context, milliseconds);
}

/* Splits `now` into UTC fields and the milliseconds left over. */
static int split(int64_t now, struct tm *fields)
{
    time_t seconds = (time_t)(now / 1000);
    int rest = (int)(now % 1000);

    if (rest < 0) {
        rest += 1000;
        seconds--;
    }
    gmtime_r(&seconds, fields);
    return rest;
}

void clock_format_amz(int64_t now, char text[static CLOCK_AMZ_LEN])
{
    struct tm fields = {0};

    split(now, &fields);
    strftime(text, CLOCK_AMZ_LEN, "%Y%m%dT%H%M%SZ", &fields);
}

void clock_format_rfc3339(int64_t now, char text[static CLOCK_RFC3339_LEN])
{
    struct tm fields = {0};
    int milliseconds = split(now, &fields);
    char seconds[32];

    strftime(seconds, sizeof(seconds), "%Y-%m-%dT%H:%M:%S", &fields);
    snprintf(text, CLOCK_RFC3339_LEN, "%.19s.%03dZ", seconds, milliseconds);
}

/* Reads what follows the seconds in RFC 3339: a fraction (as ms) and a zone (as ms east). */
static int parse_rest(const char *text, int64_t *fraction, int64_t *zone)
{
    int hours, minutes, used = 0;

    *fraction = *zone = 0;
    if (*text == '.') {
        int64_t scale = 100;

        for (text++; isdigit((unsigned char)*text); text++, scale /= 10)
            *fraction += (*text - '0') * scale;
    }
    if (strcmp(text, "Z") == 0 || strcmp(text, "z") == 0)
        return 0;
    if ((*text != '+' && *text != '-') ||
        sscanf(text + 1, "%2d:%2d%n", &hours, &minutes, &used) != 2 || text[1 + used])
        return -1;
    *zone = (hours * 60 + minutes) * (int64_t)60000 * (*text == '-' ? -1 : 1);
    return 0;
}

int clock_parse(const char *text, int64_t *out)
{
    struct tm fields = {0};
    int64_t fraction = 0, zone = 0;
    const char *rest = strptime(text, "%Y%m%dT%H%M%SZ", &fields);

    if (!rest)
        rest = strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &fields);
    if (rest && *rest)
        return -1;
    if (!rest) {
        rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &fields);
        if (!rest || parse_rest(rest, &fraction, &zone) < 0)
            return -1;
    }
    *out = (int64_t)timegm(&fields) * 1000 + fraction - zone;
    return 0;
}

int clock_parse_duration(const char *text, int64_t *out)
{
    static const struct {
        const char *unit;
        int64_t milliseconds;
    } units[] = {{"", 1000}, {"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
    char *end;
    long long number;

    if (!isdigit((unsigned char)*text))
        return -1;
    errno = 0;
    number = strtoll(text, &end, 10);
    if (errno || number > INT64_MAX / 86400000)
        return -1;
    for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
        if (strcmp(end, units[i].unit) == 0) {
            *out = number * units[i].milliseconds;
            return 0;
        }
    }
    return -1;
}
