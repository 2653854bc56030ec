/* The two kinds of schedule that are no fields: every so often, and once. */
#include "core/calendar.h"
#include "core/cron.h"

#include <string.h>

enum { RATE_MAX = 1000000 };

/* A number of `len` digits; -1 when they are not all there. */
static int read_fixed(const char *text, size_t len)
{
    int value = 0;

    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

int cron_parse_rate(const char *text, struct cron *cron, struct err *err)
{
    static const struct {
        const char *name;
        int64_t length; /* ms */
    } units[] = {{"minute", 60000}, {"hour", 3600000}, {"day", 86400000}};
    size_t count = strspn(text, "0123456789");
    int value = count > 0 && count < 8 ? read_fixed(text, count) : -1;
    const char *at = text + count;

    *cron = (struct cron){.kind = CRON_RATE};
    at += strspn(at, " \t");
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        size_t len = strlen(units[i].name);

        if (strncmp(at, units[i].name, len) != 0 || (at[len] && strcmp(at + len, "s") != 0))
            continue;
        if (value < 1 || value > RATE_MAX)
            break;
        cron->interval = value * units[i].length;
        return 0;
    }
    return err_set(err, ERR_SETTINGS,
                   "rate '%.40s': must be a number from 1 to %d and minutes, hours or days, as in "
                   "'5 minutes'",
                   text, RATE_MAX);
}

static int read_date_time(const char *text, int64_t *ms)
{
    struct date date;
    int hour, minute, second;

    if (strlen(text) != 19 || text[4] != '-' || text[7] != '-' || text[10] != 'T' ||
        text[13] != ':' || text[16] != ':')
        return -1;
    date = (struct date){read_fixed(text, 4), read_fixed(text + 5, 2), read_fixed(text + 8, 2)};
    hour = read_fixed(text + 11, 2);
    minute = read_fixed(text + 14, 2);
    second = read_fixed(text + 17, 2);
    if (date.year < 1970 || date.month < 1 || date.month > 12 || date.day < 1 ||
        date.day > calendar_month_days(date.year, date.month))
        return -1;
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
        return -1;
    *ms = (calendar_days(date) * 86400 + hour * 3600 + minute * 60 + second) * 1000;
    return 0;
}

int cron_parse_at(const char *text, struct cron *cron, struct err *err)
{
    *cron = (struct cron){.kind = CRON_AT};
    if (read_date_time(text, &cron->at) == 0)
        return 0;
    return err_set(err, ERR_SETTINGS,
                   "at '%.40s': must be a date and time that exist, as in '2027-01-01T00:00:00'",
                   text);
}
