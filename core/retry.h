/*
 * When to try again: AWS's standard mode in its 2026 form, see core/http.h.
 * Pure but for the random number; used by core/http.c alone, on one thread.
 */
#ifndef FNCTL_CORE_RETRY_H
#define FNCTL_CORE_RETRY_H

#include <stdbool.h>
#include <stdint.h>

/* The budget of one client. */
struct retry_budget {
    int tokens;
};

void retry_budget_init(struct retry_budget *budget);

/* Takes the price of a retry; returns it, or -1 when the budget does not hold it. */
int retry_budget_take(struct retry_budget *budget, bool throttled);

/* After a success: gives back `price` (0: it was the first try, which earns one token). */
void retry_budget_give(struct retry_budget *budget, int price);

/*
 * How long to wait before retry `retry` (0: the first), in ms: random(0..1) * base * 2^retry,
 * `base` 20 times as long when throttled, at most 20 s. `asked`, x-amz-retry-after's value or
 * NULL, is honoured between that delay and 5 s more.
 */
int64_t retry_delay(int64_t base, int retry, bool throttled, const char *asked);

#endif
