#include "core/zone.h"

#include "core/buf.h"
#include "core/calendar.h"
#include "core/file.h"
#include "core/memory.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    FILE_MAX = 256 * 1024,
    NAME_MAX_LEN = 64,
    HEADER_LEN = 44,
    DAY = 86400,
};

/* When summer time starts or ends: "M3.5.0/2", "J60", "59/3:30". */
struct rule {
    char form; /* 'M', 'J', or 'n' */
    int month, week, day;
    int64_t time; /* s after midnight, may be negative */
};

/* What holds after the last transition: "CET-1CEST,M3.5.0,M10.5.0/3". */
struct footer {
    bool there, summer;
    int64_t standard, daylight; /* offsets in s */
    struct rule start, end;
};

struct zone {
    size_t count;     /* of transitions */
    int64_t *times;   /* owned */
    int64_t *offsets; /* owned: from times[i] on */
    int64_t first;    /* before the first transition */
    struct footer footer;
};

/* A position in a text or file. */
struct reader {
    const char *at, *end;
};

static uint64_t read_number(const char *bytes, size_t len)
{
    uint64_t value = 0;

    for (size_t i = 0; i < len; i++)
        value = value << 8 | (unsigned char)bytes[i];
    return value;
}

static int read_digits(const char **text, int64_t max, int64_t *value)
{
    if (**text < '0' || **text > '9')
        return -1;
    for (*value = 0; **text >= '0' && **text <= '9'; (*text)++)
        if ((*value = *value * 10 + (**text - '0')) > max)
            return -1;
    return 0;
}

/* "[+-]hh[:mm[:ss]]" in seconds. */
static int read_time(const char **text, int64_t *seconds)
{
    static const int64_t units[] = {3600, 60, 1};
    int64_t sign = **text == '-' ? -1 : 1, value;

    if (**text == '-' || **text == '+')
        (*text)++;
    *seconds = 0;
    for (size_t i = 0; i < 3; i++) {
        if (i > 0 && *(*text)++ != ':')
            return -1;
        if (read_digits(text, i == 0 ? 167 : 59, &value) < 0)
            return -1;
        *seconds += sign * value * units[i];
        if (**text != ':')
            break;
    }
    return 0;
}

static int read_zone_name(const char **text)
{
    const char *start = *text;

    if (**text == '<') {
        *text = strchr(*text, '>');
        if (!*text)
            return -1;
        (*text)++;
        return 0;
    }
    while ((**text >= 'A' && **text <= 'Z') || (**text >= 'a' && **text <= 'z'))
        (*text)++;
    return *text == start ? -1 : 0;
}

static int read_rule(const char **text, struct rule *rule)
{
    int64_t value, week = 0, day = 0;

    if (*(*text)++ != ',')
        return -1;
    rule->form = 'n';
    if (**text == 'M' || **text == 'J')
        rule->form = *(*text)++;
    if (read_digits(text, 366, &value) < 0)
        return -1;
    if (rule->form == 'M' &&
        (*(*text)++ != '.' || read_digits(text, 5, &week) < 0 || week < 1 || *(*text)++ != '.' ||
         read_digits(text, 6, &day) < 0 || value < 1 || value > 12))
        return -1;
    rule->month = (int)value;
    rule->week = (int)week;
    rule->day = (int)day;
    rule->time = 2 * 3600;
    if (**text != '/')
        return 0;
    (*text)++;
    return read_time(text, &rule->time);
}

/* POSIX's TZ string, signs being "west of Greenwich" there. */
static int read_footer(const char *text, struct footer *footer)
{
    int64_t value;

    if (read_zone_name(&text) < 0 || read_time(&text, &value) < 0)
        return -1;
    footer->there = true;
    footer->standard = -value;
    if (*text == '\0')
        return 0;
    if (read_zone_name(&text) < 0)
        return -1;
    footer->summer = true;
    footer->daylight = footer->standard + 3600;
    if (*text != ',') {
        if (read_time(&text, &value) < 0)
            return -1;
        footer->daylight = -value;
    }
    return read_rule(&text, &footer->start) < 0 || read_rule(&text, &footer->end) < 0 || *text ? -1
                                                                                               : 0;
}

/* The day of the year's rule, in days since 1970. */
static int64_t rule_day(const struct rule *rule, int year)
{
    int64_t first;
    int day;

    if (rule->form == 'M') {
        first = calendar_days((struct date){year, rule->month, 1});
        day = (rule->day - calendar_weekday(first) + 7) % 7 + (rule->week - 1) * 7;
        return first + (day >= calendar_month_days(year, rule->month) ? day - 7 : day);
    }
    first = calendar_days((struct date){year, 1, 1});
    if (rule->form == 'n')
        return first + rule->month;
    /* J counts from 1 and never counts 29 February. */
    return first + rule->month - 1 + (rule->month >= 60 && calendar_month_days(year, 2) == 29);
}

static int64_t footer_offset(const struct footer *footer, int64_t utc)
{
    int64_t local = utc + footer->standard, start, end;
    int year;

    if (!footer->summer)
        return footer->standard;
    year = calendar_date(local / DAY - (local % DAY < 0)).year;
    start = rule_day(&footer->start, year) * DAY + footer->start.time - footer->standard;
    end = rule_day(&footer->end, year) * DAY + footer->end.time - footer->daylight;
    if (start < end)
        return utc >= start && utc < end ? footer->daylight : footer->standard;
    return utc >= end && utc < start ? footer->standard : footer->daylight;
}

/* The counts of a header, in the order of the file. */
enum { UT_COUNT, STANDARD_COUNT, LEAP_COUNT, TIME_COUNT, TYPE_COUNT, CHAR_COUNT, COUNTS };

static int read_header(struct reader *reader, size_t counts[static COUNTS], char *version)
{
    if (reader->end - reader->at < HEADER_LEN || memcmp(reader->at, "TZif", 4) != 0)
        return -1;
    *version = reader->at[4];
    for (size_t i = 0; i < COUNTS; i++) {
        counts[i] = (size_t)read_number(reader->at + 20 + 4 * i, 4);
        if (counts[i] > FILE_MAX)
            return -1;
    }
    reader->at += HEADER_LEN;
    return 0;
}

/* Bytes of the block that follows a header, with times of `width` bytes. */
static size_t block_len(const size_t counts[static COUNTS], size_t width)
{
    return counts[TIME_COUNT] * (width + 1) + counts[TYPE_COUNT] * 6 + counts[CHAR_COUNT] +
           counts[LEAP_COUNT] * (width + 4) + counts[STANDARD_COUNT] + counts[UT_COUNT];
}

static int read_block(struct reader *reader, const size_t counts[static COUNTS], struct zone *zone)
{
    const char *times = reader->at, *indexes = times + counts[TIME_COUNT] * 8,
               *types = indexes + counts[TIME_COUNT];

    if ((size_t)(reader->end - reader->at) < block_len(counts, 8) || counts[TYPE_COUNT] == 0 ||
        counts[LEAP_COUNT] != 0)
        return -1;
    zone->count = counts[TIME_COUNT];
    zone->times = xcalloc(zone->count, sizeof(*zone->times));
    zone->offsets = xcalloc(zone->count, sizeof(*zone->offsets));
    zone->first = (int32_t)read_number(types, 4);
    for (size_t i = 0; i < zone->count; i++) {
        size_t type = (unsigned char)indexes[i];

        if (type >= counts[TYPE_COUNT])
            return -1;
        zone->times[i] = (int64_t)read_number(times + i * 8, 8);
        zone->offsets[i] = (int32_t)read_number(types + type * 6, 4);
    }
    reader->at += block_len(counts, 8);
    return 0;
}

/* Files of version 1 alone (32-bit times) are no longer made; they are not read. */
static int read_zone(struct reader *reader, struct zone *zone)
{
    size_t counts[COUNTS];
    char version, *text;
    const char *end;
    int result;

    if (read_header(reader, counts, &version) < 0 || version < '2' ||
        (size_t)(reader->end - reader->at) < block_len(counts, 4))
        return -1;
    reader->at += block_len(counts, 4);
    if (read_header(reader, counts, &version) < 0 || read_block(reader, counts, zone) < 0)
        return -1;
    if (reader->at == reader->end || *reader->at != '\n')
        return -1;
    reader->at++;
    end = memchr(reader->at, '\n', (size_t)(reader->end - reader->at));
    if (!end || end == reader->at)
        return end ? 0 : -1;
    text = xstrndup(reader->at, (size_t)(end - reader->at));
    result = read_footer(text, &zone->footer);
    free(text);
    return result;
}

/* Only names that stay below the folder of zones. */
static bool name_safe(const char *name)
{
    size_t len = strlen(name);

    return len <= NAME_MAX_LEN && name[0] != '/' && !strstr(name, "..") &&
           strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/") ==
               len;
}

struct zone *zone_open(const char *name)
{
    struct zone *zone = xcalloc(1, sizeof(*zone));
    const char *folder = getenv("TZDIR");
    struct reader reader;
    struct err ignored;
    struct buf file;
    char *path = NULL;

    buf_init(&file, FILE_MAX);
    if (!name || !*name || strcmp(name, "UTC") == 0)
        goto out;
    path = file_join(folder && *folder ? folder : "/usr/share/zoneinfo", name);
    if (!name_safe(name) || !file_is_regular(path) ||
        file_read(path, FILE_MAX, &file, &ignored) < 0) {
        zone_free(zone);
        zone = NULL;
        goto out;
    }
    reader = (struct reader){buf_string(&file), buf_string(&file) + file.len};
    if (read_zone(&reader, zone) < 0) {
        zone_free(zone);
        zone = NULL;
    }
out:
    buf_release(&file);
    free(path);
    return zone;
}

void zone_free(struct zone *zone)
{
    if (!zone)
        return;
    free(zone->times);
    free(zone->offsets);
    free(zone);
}

int64_t zone_offset(const struct zone *zone, int64_t utc)
{
    size_t low = 0, high = zone->count;

    if (zone->footer.there && (zone->count == 0 || utc >= zone->times[zone->count - 1]))
        return footer_offset(&zone->footer, utc);
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (zone->times[middle] <= utc)
            low = middle + 1;
        else
            high = middle;
    }
    return low == 0 ? zone->first : zone->offsets[low - 1];
}

int64_t zone_to_utc(const struct zone *zone, int64_t local)
{
    /* Offsets are below a day and change rarely: those around the time are all there can be. */
    const int64_t offsets[] = {zone_offset(zone, local - DAY), zone_offset(zone, local + DAY)};
    int64_t found = INT64_MIN;

    for (size_t i = 0; i < 2; i++) {
        int64_t utc = local - offsets[i];

        if (zone_offset(zone, utc) == offsets[i] && (found == INT64_MIN || utc < found))
            found = utc;
    }
    return found;
}
