/*
 * When a schedule fires: cron, rate and at expressions.
 *
 * Ours is crontab's five fields (minute hour day-of-month month day-of-week,
 * with names, lists, ranges, steps, and @hourly @daily @weekly @monthly
 * @yearly). AWS's six-field cron(...), rate(...) and at(...) are accepted too.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */
#ifndef FNCTL_CORE_CRON_H
#define FNCTL_CORE_CRON_H

#include "core/err.h"

#include <stdbool.h>
#include <stdint.h>

enum cron_kind { CRON_FIELDS, CRON_RATE, CRON_AT };

/* A parsed expression: plain data. */
struct cron {
    enum cron_kind kind;
    uint64_t minutes; /* bit n: minute n */
    uint32_t hours;   /* bit n: hour n */
    uint32_t days;    /* bit n: day n of the month, 1..31 */
    uint16_t months;  /* bit n: month n, 1..12 */
    uint8_t weekdays; /* bit n: day n of the week, 0 = Sunday */
    uint64_t
        years[2]; /* bit n: year 1970 + n, up to 2097, for AWS's sixth field; all bits set: any */
    bool any_day; /* day-of-month is "*" or "?" */
    bool any_weekday; /* day-of-week is "*" or "?" */
    /* AWS's L, LW, nW, nL, n#m, one at most; all 0: none. */
    bool last_day;           /* L in day-of-month */
    bool last_workday;       /* LW */
    uint8_t nearest_workday; /* nW: n */
    int8_t last_weekday;     /* nL: n + 1 (0: none) */
    uint8_t nth_weekday;     /* n#m: m, the weekday being in `weekdays` */
    int64_t interval;        /* CRON_RATE: ms */
    int64_t at; /* CRON_AT: local time as ms since 1970-01-01T00:00:00, no zone applied */
};

/* Five fields or @name. Errors (ERR_SETTINGS) say which field, its value, what is allowed. */
int cron_parse(const char *text, struct cron *cron, struct err *err);

/* "5 minutes", "1 hour", "2 days". AWS demands the singular for 1 and the plural otherwise; both
 * are taken here. */
int cron_parse_rate(const char *text, struct cron *cron, struct err *err);

/* "2027-01-01T00:00:00". */
int cron_parse_at(const char *text, struct cron *cron, struct err *err);

/* AWS's "cron(...)", "rate(...)" or "at(...)". */
int cron_parse_aws(const char *text, struct cron *cron, struct err *err);

/*
 * The expression as AWS wants it ("cron(0 9 * * ? *)"), to free(). Crontab's
 * "both days restricted" means either, which AWS cannot say: cron_parse()
 * refuses it with a message that says to write two schedules.
 */
char *cron_to_aws(const struct cron *cron);

/* Whether this machine knows the IANA time zone. */
bool cron_zone_known(const char *zone);

/*
 * The first time (ms since 1970, UTC) after `after` at which the schedule
 * fires in `zone` (NULL or "": UTC); -1 when it never fires again, or the zone
 * is unknown. `start` is when a rate began to count: it fires then, and each
 * interval later. A local time that a change to summer time skips
 * does not fire; one that occurs twice fires once.
 */
int64_t cron_next(const struct cron *cron, const char *zone, int64_t start, int64_t after);

#endif
