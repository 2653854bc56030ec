/*
 * Time, as an argument: everything that asks for the time or sleeps gets a
 * `const struct clock *`, so that a test can replace it.
 */
#ifndef FNCTL_CORE_CLOCK_H
#define FNCTL_CORE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

struct clock {
    /* Milliseconds since 1970-01-01T00:00:00Z. */
    int64_t (*now)(void *context);
    /* Milliseconds since some point in the past; never goes back. */
    int64_t (*monotonic)(void *context);
    /* Sleeps; returns -1 at once when the program is interrupted (core/interrupt.h). */
    int (*sleep)(void *context, int64_t milliseconds);
    void *context; /* handed to each function */
};

/* The machine's clock. */
const struct clock *clock_system(void);

int64_t clock_now(const struct clock *clock);
int64_t clock_monotonic(const struct clock *clock);
int clock_sleep(const struct clock *clock, int64_t milliseconds);

enum {
    CLOCK_AMZ_LEN = 17,     /* "20261120T091500Z" and NUL */
    CLOCK_RFC3339_LEN = 25, /* "2026-11-20T09:15:00.123Z" and NUL */
};

/* `now` (ms since 1970) in SigV4's form, UTC. */
void clock_format_amz(int64_t now, char text[static CLOCK_AMZ_LEN]);

/* `now` (ms since 1970) as RFC 3339 with milliseconds, UTC. */
void clock_format_rfc3339(int64_t now, char text[static CLOCK_RFC3339_LEN]);

/*
 * Reads "20261120T091500Z", RFC 3339 ("2026-11-20T09:15:00[.123](Z|+01:00)") or an
 * HTTP date ("Fri, 20 Nov 2026 09:15:00 GMT") into ms since 1970. Returns -1 when
 * the text is none of them.
 */
int clock_parse(const char *text, int64_t *out);

/* Reads a duration as "90", "90s", "10m", "2h", "1d", "500ms" into ms. -1 when it is none. */
int clock_parse_duration(const char *text, int64_t *out);

#endif
