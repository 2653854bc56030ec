#include "core/cron.h"

#include "core/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    TEXT_MAX = 256,
    ITEM_MAX = 32,
    AWS_FIELDS = 6,
    YEAR_FIRST = 1970,
    YEAR_LAST = 2097,
};

/* One of the five or six fields: its name for messages, its numbers and their names. */
struct unit {
    const char *name;
    int min, max;
    const char *const *names; /* of min, min + 1, ... */
    bool day;                 /* takes "?" */
};

static const char *const month_names[] = {"jan", "feb", "mar", "apr", "may", "jun", "jul",
                                          "aug", "sep", "oct", "nov", "dec", NULL};
static const char *const weekday_names[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat", NULL};

enum { MINUTE, HOUR, DAY, MONTH, WEEKDAY, YEAR };

static const struct unit crontab_units[] = {
    [MINUTE] = {"minute", 0, 59, NULL, false},
    [HOUR] = {"hour", 0, 23, NULL, false},
    [DAY] = {"day-of-month", 1, 31, NULL, true},
    [MONTH] = {"month", 1, 12, month_names, false},
    [WEEKDAY] = {"day-of-week", 0, 7, weekday_names, true},
};

/* AWS counts the days of the week from 1 = Sunday and has a year. */
static const struct unit aws_units[] = {
    [MINUTE] = {"minutes", 0, 59, NULL, false},
    [HOUR] = {"hours", 0, 23, NULL, false},
    [DAY] = {"day-of-month", 1, 31, NULL, true},
    [MONTH] = {"month", 1, 12, month_names, false},
    [WEEKDAY] = {"day-of-week", 1, 7, weekday_names, true},
    [YEAR] = {"year", YEAR_FIRST, YEAR_LAST, NULL, false},
};

/* The numbers of a field: bit n stands for min + n. */
struct set {
    uint64_t bits[2];
    bool any;
};

static void set_add(struct set *set, const struct unit *unit, int value)
{
    int bit = value - unit->min;

    set->bits[bit / 64] |= UINT64_C(1) << (bit % 64);
}

static int refuse(struct err *err, const struct unit *unit, const char *item)
{
    err_set(err, ERR_SETTINGS, "%s '%s': must be %d to %d", unit->name, item, unit->min, unit->max);
    if (unit->names) {
        size_t last = 0;

        while (unit->names[last + 1])
            last++;
        err_append(err, " or %s to %s", unit->names[0], unit->names[last]);
    }
    return err_append(err, ", a range, a list or a step of them");
}

/* Digits; -1 when there are none or too many. */
static int read_int(const char **text)
{
    int value = 0;
    size_t len = strspn(*text, "0123456789");

    if (len == 0 || len > 7)
        return -1;
    for (size_t i = 0; i < len; i++)
        value = value * 10 + ((*text)[i] - '0');
    *text += len;
    return value;
}

/* A number or a name of the unit; -1 when it is neither. */
static int read_value(const struct unit *unit, const char **text)
{
    int value;

    for (int i = 0; unit->names && unit->names[i]; i++)
        if (strncasecmp(*text, unit->names[i], 3) == 0) {
            *text += 3;
            return unit->min + i;
        }
    value = read_int(text);
    return value < unit->min || value > unit->max ? -1 : value;
}

/* "*", "5", "mon-fri", "10-50/20", and with `open_step` AWS's "5/15". */
static int parse_item(const struct unit *unit, const char *item, bool open_step, struct set *set,
                      struct err *err)
{
    const char *at = item;
    int low = unit->min, high = unit->max, step = 1;
    bool single = false;

    if (*at == '*') {
        at++;
    } else {
        low = high = read_value(unit, &at);
        single = *at != '-';
        if (low >= 0 && !single) {
            at++;
            high = read_value(unit, &at);
            /* crontab's "fri-sun": Sunday is 7 at the end of a range. */
            if (unit->max == 7 && high == 0 && low > 0)
                high = 7;
        }
        if (low < 0 || high < 0)
            return refuse(err, unit, item);
    }
    if (*at == '/') {
        at++;
        step = read_int(&at);
        if (step < 1 || step > unit->max)
            return err_set(err, ERR_SETTINGS, "%s '%s': the step must be 1 to %d", unit->name, item,
                           unit->max);
        if (single && !open_step)
            return err_set(err, ERR_SETTINGS, "%s '%s': a step needs a range, as in '%d-%d/%d'",
                           unit->name, item, low, unit->max, step);
        high = single ? unit->max : high;
    }
    if (*at)
        return refuse(err, unit, item);
    if (low > high)
        return err_set(err, ERR_SETTINGS, "%s '%s': the range runs backwards", unit->name, item);
    for (int value = low; value <= high; value += step)
        set_add(set, unit, value);
    return 0;
}

/* The items of a field between commas. */
static int parse_set(const struct unit *unit, const char *field, bool aws, struct set *set,
                     struct err *err)
{
    *set = (struct set){.any = strcmp(field, "*") == 0 || (unit->day && strcmp(field, "?") == 0)};
    if (set->any)
        field = "*";
    for (;;) {
        char item[ITEM_MAX];
        size_t len = strcspn(field, ",");

        if (len == 0 || len >= sizeof(item))
            return err_set(err, ERR_SETTINGS, "%s '%.40s': an item of the list is %s", unit->name,
                           field, len == 0 ? "empty" : "too long");
        memcpy(item, field, len);
        item[len] = '\0';
        if (parse_item(unit, item, aws, set, err) < 0)
            return -1;
        if (field[len] == '\0')
            return 0;
        field += len + 1;
    }
}

/* Cuts `text` (changed) at white space; the number of words, at most `max` of them stored. */
static size_t split(char *text, char **words, size_t max)
{
    size_t count = 0;
    char *rest = NULL;

    for (char *word = strtok_r(text, " \t", &rest); word; word = strtok_r(NULL, " \t", &rest)) {
        if (count < max)
            words[count] = word;
        count++;
    }
    return count;
}

static const char *nickname(const char *text, struct err *err)
{
    static const char *const nicknames[][2] = {
        {"@hourly", "0 * * * *"},   {"@daily", "0 0 * * *"},   {"@midnight", "0 0 * * *"},
        {"@weekly", "0 0 * * 0"},   {"@monthly", "0 0 1 * *"}, {"@yearly", "0 0 1 1 *"},
        {"@annually", "0 0 1 1 *"},
    };

    if (text[0] != '@')
        return text;
    for (size_t i = 0; i < sizeof(nicknames) / sizeof(nicknames[0]); i++)
        if (strcasecmp(nicknames[i][0], text) == 0)
            return nicknames[i][1];
    err_set(err, ERR_SETTINGS, "'%.40s': must be @hourly, @daily, @weekly, @monthly or @yearly",
            text);
    return NULL;
}

static int too_long(struct err *err)
{
    return err_set(err, ERR_SETTINGS, "the expression is longer than %d bytes", TEXT_MAX);
}

/* What the fields have in common in both forms. */
static void store(struct cron *cron, const struct set sets[static AWS_FIELDS])
{
    cron->kind = CRON_FIELDS;
    cron->minutes = sets[MINUTE].bits[0];
    cron->hours = (uint32_t)sets[HOUR].bits[0];
    cron->days = (uint32_t)(sets[DAY].bits[0] << 1);
    cron->months = (uint16_t)(sets[MONTH].bits[0] << 1);
    cron->weekdays = (uint8_t)((sets[WEEKDAY].bits[0] | sets[WEEKDAY].bits[0] >> 7) & 0x7f);
    cron->any_day = sets[DAY].any || cron->days == 0xfffffffe;
    cron->any_weekday = sets[WEEKDAY].any || cron->weekdays == 0x7f;
    memcpy(cron->years, sets[YEAR].bits, sizeof(cron->years));
}

static int parse_crontab(char *text, struct cron *cron, struct err *err)
{
    struct set sets[AWS_FIELDS] = {[YEAR] = {.bits = {UINT64_MAX, UINT64_MAX}}};
    char *words[YEAR];
    size_t count = split(text, words, YEAR);

    if (count != YEAR)
        return err_set(err, ERR_SETTINGS,
                       "has %zu field%s, must have five: minute hour day-of-month month "
                       "day-of-week%s",
                       count, count == 1 ? "" : "s",
                       count == AWS_FIELDS ? "; AWS's six are written as cron(...)" : "");
    for (size_t i = 0; i < YEAR; i++)
        if (parse_set(&crontab_units[i], words[i], false, &sets[i], err) < 0)
            return -1;
    store(cron, sets);
    if (!cron->any_day && !cron->any_weekday)
        return err_set(err, ERR_SETTINGS,
                       "day-of-month '%s' and day-of-week '%s': only one of them may be set; "
                       "write two schedules",
                       words[DAY], words[WEEKDAY]);
    return 0;
}

int cron_parse(const char *text, struct cron *cron, struct err *err)
{
    char *copy;
    int result;

    *cron = (struct cron){0};
    if (strlen(text) > TEXT_MAX)
        return too_long(err);
    if (!(text = nickname(text, err)))
        return -1;
    copy = xstrdup(text);
    result = parse_crontab(copy, cron, err);
    free(copy);
    return result;
}

/* L, LW and nW. 1: it was one of them, 0: it is an ordinary field. */
static int parse_special_day(char *field, struct cron *cron, struct err *err)
{
    const char *at = field;
    int day;

    cron->last_day = strcasecmp(field, "L") == 0;
    cron->last_workday = strcasecmp(field, "LW") == 0;
    if (cron->last_day || cron->last_workday)
        return 1;
    day = read_int(&at);
    if (strcasecmp(at, "W") != 0)
        return 0;
    if (day < 1 || day > 31)
        return refuse(err, &aws_units[DAY], field);
    cron->nearest_workday = (uint8_t)day;
    return 1;
}

/* "L" (Saturday), "6L" and "3#2"; as above. Leaves the weekday in the field. */
static int parse_special_weekday(char *field, struct cron *cron, struct err *err)
{
    const struct unit *unit = &aws_units[WEEKDAY];
    const char *at = field;
    int weekday = read_value(unit, &at), nth;

    if (strcasecmp(field, "L") == 0) {
        strcpy(field, "7");
        return 0;
    }
    if (weekday < 0 || (*at != '#' && strcasecmp(at, "L") != 0))
        return 0;
    if (*at != '#') {
        cron->last_weekday = (int8_t)weekday; /* AWS's 1..7 is our weekday + 1 */
        return 1;
    }
    at++;
    nth = read_int(&at);
    if (nth < 1 || nth > 5 || *at)
        return err_set(err, ERR_SETTINGS, "%s '%s': after '#' must be 1 to 5", unit->name, field);
    cron->nth_weekday = (uint8_t)nth;
    field[0] = (char)('0' + weekday);
    field[1] = '\0';
    return 0;
}

static int parse_aws_days(char **words, struct cron *cron, struct set *sets, struct err *err)
{
    int special_day = parse_special_day(words[DAY], cron, err);
    int special_weekday = special_day < 0 ? -1 : parse_special_weekday(words[WEEKDAY], cron, err);

    if (special_weekday < 0)
        return -1;
    if (!special_day && parse_set(&aws_units[DAY], words[DAY], true, &sets[DAY], err) < 0)
        return -1;
    if (!special_weekday &&
        parse_set(&aws_units[WEEKDAY], words[WEEKDAY], true, &sets[WEEKDAY], err) < 0)
        return -1;
    return 0;
}

static int parse_aws_fields(char *text, struct cron *cron, struct err *err)
{
    struct set sets[AWS_FIELDS] = {{{0, 0}, false}};
    char *words[AWS_FIELDS];
    struct cron special = {0};
    size_t count = split(text, words, AWS_FIELDS);

    if (count != AWS_FIELDS)
        return err_set(err, ERR_SETTINGS,
                       "cron(...) has %zu field%s, must have six: minutes hours day-of-month month "
                       "day-of-week year",
                       count, count == 1 ? "" : "s");
    if ((strcmp(words[DAY], "?") == 0) == (strcmp(words[WEEKDAY], "?") == 0))
        return err_set(err, ERR_SETTINGS,
                       "day-of-month '%s' and day-of-week '%s': one of them, and only one, must be "
                       "'?' in cron(...)",
                       words[DAY], words[WEEKDAY]);
    for (size_t i = 0; i < AWS_FIELDS; i++)
        if (i != DAY && i != WEEKDAY && parse_set(&aws_units[i], words[i], true, &sets[i], err) < 0)
            return -1;
    if (parse_aws_days(words, &special, sets, err) < 0)
        return -1;
    *cron = special;
    store(cron, sets);
    return 0;
}

int cron_parse_aws(const char *text, struct cron *cron, struct err *err)
{
    static const char *const forms[] = {"cron(", "rate(", "at("};
    size_t len = strlen(text), form = 0, start;
    char *inner;
    int result;

    *cron = (struct cron){0};
    if (len > TEXT_MAX)
        return too_long(err);
    while (form < 3 && strncmp(text, forms[form], strlen(forms[form])) != 0)
        form++;
    if (form == 3 || text[len - 1] != ')')
        return err_set(err, ERR_SETTINGS, "'%.40s': must be cron(...), rate(...) or at(...)", text);
    start = strlen(forms[form]);
    inner = xstrndup(text + start, len - start - 1);
    result = form == 0   ? parse_aws_fields(inner, cron, err)
             : form == 1 ? cron_parse_rate(inner, cron, err)
                         : cron_parse_at(inner, cron, err);
    free(inner);
    return result;
}
