#include "core/retry.h"

#include "core/hash.h"

#include <stdlib.h>
#include <string.h>

enum {
    BUDGET = 500,
    PRICE = 14,
    PRICE_THROTTLED = 5,
    THROTTLED_FACTOR = 20,  /* 50 ms becomes 1 s */
    MAX_DELAY = 20000,      /* ms */
    MAX_ASKED_EXTRA = 5000, /* ms */
};

void retry_budget_init(struct retry_budget *budget)
{
    budget->tokens = BUDGET;
}

int retry_budget_take(struct retry_budget *budget, bool throttled)
{
    int price = throttled ? PRICE_THROTTLED : PRICE;

    if (budget->tokens < price)
        return -1;
    budget->tokens -= price;
    return price;
}

void retry_budget_give(struct retry_budget *budget, int price)
{
    budget->tokens += price ? price : 1;
    if (budget->tokens > BUDGET)
        budget->tokens = BUDGET;
}

/* Reads milliseconds; -1 when there are none. */
static int64_t parse_asked(const char *text)
{
    size_t digits = text ? strspn(text, "0123456789") : 0;

    return digits > 0 && digits < 10 && !text[digits] ? strtol(text, NULL, 10) : -1;
}

int64_t retry_delay(int64_t base, int retry, bool throttled, const char *asked)
{
    int64_t longest = base * (throttled ? THROTTLED_FACTOR : 1);
    int64_t delay, wanted = parse_asked(asked);
    uint32_t random;

    for (int i = 0; i < retry && longest < MAX_DELAY; i++)
        longest *= 2;
    if (longest > MAX_DELAY)
        longest = MAX_DELAY;
    hash_random(&random, sizeof(random));
    delay = (int64_t)((double)longest * random / UINT32_MAX);
    if (wanted > delay + MAX_ASKED_EXTRA)
        return delay + MAX_ASKED_EXTRA;
    return wanted > delay ? wanted : delay;
}
