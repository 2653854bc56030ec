/* Points in time as one types them: --since, --until. */
#ifndef FNCTL_CLI_LOG_TIME_H
#define FNCTL_CLI_LOG_TIME_H

#include <stdint.h>

#define LOG_TIME_FORMS                                                                             \
    "a duration such as 90s, 10m, 1h30m, 2d, a time of day such as 09:15, now, today, yesterday, " \
    "a date such as 2026-11-20, or a time such as 2026-11-20T09:15:00Z"

/*
 * Reads one of LOG_TIME_FORMS into ms since 1970, `now` being the time now. A duration is before
 * now; what names no zone is local; a time of day that has not come yet is yesterday's; 10 digits
 * are seconds, 13 milliseconds since 1970. -1 when it is none of them.
 */
int log_time_read(const char *text, int64_t now, int64_t *out);

#endif
