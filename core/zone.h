/*
 * Time zones, read from the machine's own files (RFC 9636) rather than through
 * the C library, whose only way to name a zone is the process-wide TZ.
 */
#ifndef FNCTL_CORE_ZONE_H
#define FNCTL_CORE_ZONE_H

#include <stdint.h>

struct zone;

/* The IANA zone `name` ("Europe/Berlin"); NULL or "" is UTC, which needs no file. NULL when the
 * machine does not know it. */
struct zone *zone_open(const char *name);
void zone_free(struct zone *zone);

/* Seconds to add to UTC (seconds since 1970) for local time. */
int64_t zone_offset(const struct zone *zone, int64_t utc);

/* The first UTC time at which clocks show `local` (seconds since 1970 as the clock shows them);
 * INT64_MIN when a change to summer time skips it. */
int64_t zone_to_utc(const struct zone *zone, int64_t local);

#endif
