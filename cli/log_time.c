#include "cli/log_time.h"

#include "core/clock.h"
#include "core/memory.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_DAYS = 100 * 366 };
#define DAY ((int64_t)24 * 3600 * 1000)

/* "1h30m": durations one after the other. */
static int read_duration(const char *text, int64_t *out)
{
    int64_t sum = 0, part;

    if (strspn(text, "0123456789") == strlen(text))
        return clock_parse_duration(text, out);
    while (*text) {
        size_t digits = strspn(text, "0123456789");
        size_t len = digits + strspn(text + digits, "msdhw");
        char *piece = xstrndup(text, len);
        int known;

        if (digits && len == digits + 1 && piece[digits] == 'w') {
            piece[digits] = 'd';
            known = clock_parse_duration(piece, &part);
            part *= 7;
        } else {
            known = clock_parse_duration(piece, &part);
        }
        free(piece);
        if (!digits || len == digits || known < 0 || part > MOST_DAYS * DAY)
            return -1;
        sum += part;
        text += len;
    }
    *out = sum;
    return sum > MOST_DAYS * DAY ? -1 : 0;
}

/* Seconds or milliseconds since 1970, by the number of digits. */
static int read_epoch(const char *text, int64_t *out)
{
    size_t len = strlen(text);

    if (strspn(text, "0123456789") != len || (len != 10 && len != 13))
        return -1;
    *out = strtoll(text, NULL, 10) * (len == 10 ? 1000 : 1);
    return 0;
}

static struct tm local_fields(int64_t now)
{
    time_t seconds = (time_t)(now / 1000);
    struct tm fields = {0};

    localtime_r(&seconds, &fields);
    return fields;
}

static int64_t from_local(struct tm fields)
{
    fields.tm_isdst = -1;
    return (int64_t)mktime(&fields) * 1000;
}

static int64_t midnight(int64_t now, int days)
{
    struct tm fields = local_fields(now);

    fields.tm_hour = fields.tm_min = fields.tm_sec = 0;
    fields.tm_mday += days;
    return from_local(fields);
}

/* Whether strptime() takes the whole text. */
static bool fits(const char *text, const char *format, struct tm *fields)
{
    const char *rest = strptime(text, format, fields);

    return rest && !*rest;
}

/* A date, a time of day, or both, by local clocks. */
static int read_local(const char *text, int64_t now, int64_t *out)
{
    static const char *const dates[] = {"%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S",
                                        "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"};
    static const char *const times[] = {"%H:%M", "%H:%M:%S"};

    for (size_t i = 0; i < sizeof(dates) / sizeof(*dates); i++) {
        struct tm fields = {0};

        if (fits(text, dates[i], &fields)) {
            *out = from_local(fields);
            return 0;
        }
    }
    for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
        struct tm fields = local_fields(now);

        fields.tm_sec = 0;
        if (!fits(text, times[i], &fields))
            continue;
        *out = from_local(fields);
        if (*out > now) {
            fields.tm_mday--;
            *out = from_local(fields);
        }
        return 0;
    }
    return -1;
}

int log_time_read(const char *text, int64_t now, int64_t *out)
{
    int64_t duration;

    if (strcmp(text, "now") == 0)
        *out = now;
    else if (strcmp(text, "today") == 0)
        *out = midnight(now, 0);
    else if (strcmp(text, "yesterday") == 0)
        *out = midnight(now, -1);
    else if (read_epoch(text, out) == 0)
        return 0;
    else if (*text && read_duration(text, &duration) == 0)
        *out = now - duration;
    else if (clock_parse(text, out) < 0)
        return read_local(text, now, out);
    return 0;
}
