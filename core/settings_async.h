/*
 * What becomes of asynchronous calls of a function: `retries` and
 * `destinations`. Limits are those of Lambda's PutFunctionEventInvokeConfig:
 * https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html
 */
#ifndef FNCTL_CORE_SETTINGS_ASYNC_H
#define FNCTL_CORE_SETTINGS_ASYNC_H

#include "core/err.h"
#include "core/schema.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* What Lambda does when nothing is said. */
enum { RETRIES_ATTEMPTS = 2, RETRIES_AGE = 21600 };

struct retries {
    int64_t attempts; /* after the first, 0 to 2 */
    int64_t age;      /* s that an event may wait in all */
};

struct destinations {
    const char *success; /* ARN, or NULL */
    const char *failure;
};

extern const struct field settings_retries_fields[];
extern const struct field settings_destinations_fields[];

/* Fills in Lambda's own values where `written` (the object of the settings, NULL: there is none)
 * does not say. */
void settings_retries_fill(struct retries *retries, const json_t *written);

/* Whether anything is other than Lambda does by itself. */
bool settings_async_is_set(const struct retries *retries, const struct destinations *destinations);

#endif
