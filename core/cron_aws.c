/* A schedule written as AWS has it. */
#include "core/buf.h"
#include "core/calendar.h"
#include "core/cron.h"
#include "core/memory.h"

#include <inttypes.h>

static bool has(const uint64_t bits[static 2], int bit)
{
    return bits[bit / 64] >> (bit % 64) & 1;
}

static int next_bit(const uint64_t bits[static 2], int bit, int last)
{
    while (bit <= last && !has(bits, bit))
        bit++;
    return bit;
}

/* The step of "0/5", when the numbers run evenly from the first to the end; else 0. */
static int even_step(const uint64_t bits[static 2], int first, int last)
{
    int start = next_bit(bits, first, last), second = next_bit(bits, start + 1, last);
    int step = second - start, bit = second;

    if (step < 2 || second + step > last)
        return 0;
    while (bit <= last) {
        int following = next_bit(bits, bit + 1, last);

        if (following > last ? bit + step <= last : following - bit != step)
            return 0;
        bit = following;
    }
    return step;
}

/* Appends "*", "0/5" or "1,3-5"; a bit's number is written as bit + `base`. */
static void append_set(struct buf *out, const uint64_t bits[static 2], int first, int last,
                       int base)
{
    int step = even_step(bits, first, last), bit = next_bit(bits, first, last);
    const char *comma = "";

    if (step) {
        buf_printf(out, "%d/%d", bit + base, step);
        return;
    }
    while (bit <= last) {
        int end = bit;

        while (end < last && has(bits, end + 1))
            end++;
        if (bit == first && end == last)
            buf_puts(out, "*");
        else if (end == bit)
            buf_printf(out, "%s%d", comma, bit + base);
        else
            buf_printf(out, "%s%d-%d", comma, bit + base, end + base);
        comma = ",";
        bit = next_bit(bits, end + 1, last);
    }
}

static void append_days(struct buf *out, const struct cron *cron)
{
    const uint64_t days[2] = {cron->days, 0};

    if (cron->last_day)
        buf_puts(out, "L");
    else if (cron->last_workday)
        buf_puts(out, "LW");
    else if (cron->nearest_workday)
        buf_printf(out, "%dW", cron->nearest_workday);
    else if (!cron->any_day)
        append_set(out, days, 1, 31, 0);
    else
        buf_puts(out, cron->any_weekday ? "*" : "?");
}

static void append_weekdays(struct buf *out, const struct cron *cron)
{
    const uint64_t weekdays[2] = {cron->weekdays, 0};
    bool day = !cron->any_day || cron->last_day || cron->last_workday || cron->nearest_workday;

    if (cron->last_weekday)
        buf_printf(out, "%dL", cron->last_weekday);
    else if (day || cron->any_weekday)
        buf_puts(out, "?");
    else
        append_set(out, weekdays, 0, 6, 1);
    if (cron->nth_weekday)
        buf_printf(out, "#%d", cron->nth_weekday);
}

static char *fields_to_aws(const struct cron *cron)
{
    const uint64_t minutes[2] = {cron->minutes, 0}, hours[2] = {cron->hours, 0};
    const uint64_t months[2] = {cron->months, 0};
    struct buf out;

    buf_init(&out, 0);
    buf_puts(&out, "cron(");
    append_set(&out, minutes, 0, 59, 0);
    buf_puts(&out, " ");
    append_set(&out, hours, 0, 23, 0);
    buf_puts(&out, " ");
    append_days(&out, cron);
    buf_puts(&out, " ");
    append_set(&out, months, 1, 12, 0);
    buf_puts(&out, " ");
    append_weekdays(&out, cron);
    buf_puts(&out, " ");
    append_set(&out, cron->years, 0, 127, 1970);
    buf_puts(&out, ")");
    return buf_take(&out);
}

static char *rate_to_aws(int64_t interval)
{
    static const struct {
        const char *name;
        int64_t length; /* ms */
    } units[] = {{"day", 86400000}, {"hour", 3600000}, {"minute", 60000}};
    size_t unit = 0;
    int64_t count;

    while (interval % units[unit].length != 0 && unit < 2)
        unit++;
    count = interval / units[unit].length;
    return xasprintf("rate(%" PRId64 " %s%s)", count, units[unit].name, count == 1 ? "" : "s");
}

static char *at_to_aws(int64_t at)
{
    struct date date = calendar_date(at / 86400000);
    int64_t seconds = at / 1000 % 86400;

    return xasprintf("at(%04d-%02d-%02dT%02" PRId64 ":%02" PRId64 ":%02" PRId64 ")", date.year,
                     date.month, date.day, seconds / 3600, seconds / 60 % 60, seconds % 60);
}

char *cron_to_aws(const struct cron *cron)
{
    switch (cron->kind) {
    case CRON_RATE:
        return rate_to_aws(cron->interval);
    case CRON_AT:
        return at_to_aws(cron->at);
    case CRON_FIELDS:
        break;
    }
    return fields_to_aws(cron);
}
