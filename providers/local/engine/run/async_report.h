/*
 * What is told of asynchronous calls that are over: destinations and
 * dead-letter queues.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
 */
#ifndef FNCTL_ENGINE_ASYNC_REPORT_H
#define FNCTL_ENGINE_ASYNC_REPORT_H

#include "providers/local/engine/run/invoke.h"

/* A call that is over. Borrowed. */
struct async_report {
    const char *arn; /* the function's as invoked */
    const char *request_id;
    const char *payload;
    size_t len;
    int64_t attempts;
    const char *condition;                /* "Success", "RetriesExhausted", "EventAgeExceeded" */
    const struct invoke_outcome *outcome; /* of the last time; NULL: it was not run any more */
};

/* How long an event may wait, ms. */
int64_t async_report_age(struct engine *engine, const char *arn);

/* Tells whom the function names; in the transaction that is open. What cannot be told is logged. */
void async_report_send(struct engine *engine, const struct async_report *report);

#endif
