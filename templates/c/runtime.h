/*
 * A client of the Lambda Runtime API: asks for events, sends answers.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 *
 *     struct runtime *runtime = runtime_open();
 *     struct invocation invocation;
 *
 *     while (runtime_next(runtime, &invocation) == 0) {
 *         runtime_respond(runtime, &invocation, answer, strlen(answer));
 *         invocation_release(&invocation);
 *     }
 *     runtime_close(runtime);
 *
 * Functions return 0, or -1 after a line about what went wrong on standard
 * error, which is the function's log.
 */
#ifndef RUNTIME_H
#define RUNTIME_H

#include <stddef.h>
#include <stdint.h>

struct runtime;

struct invocation {
    char *event; /* JSON, followed by a NUL; owned */
    size_t event_len;
    char request_id[128];
    char function_arn[512];
    int64_t deadline; /* ms since 1970 */
};

/* NULL when AWS_LAMBDA_RUNTIME_API is not set: the program does not run on Lambda. */
struct runtime *runtime_open(void);
void runtime_close(struct runtime *runtime);

/* Waits, for as long as it takes, for an event. Sets _X_AMZN_TRACE_ID. After a failure there is
 * nothing to wait for: end the program, and the platform starts it afresh when it is needed. */
int runtime_next(struct runtime *runtime, struct invocation *invocation);
void invocation_release(struct invocation *invocation);

/* Sends the answer (JSON, at most 6 MB). One that the API refuses fails the invocation. */
int runtime_respond(struct runtime *runtime, const struct invocation *invocation,
                    const char *answer, size_t len);

/* Reports that the invocation failed; `type` is like "Handler.BadEvent". */
int runtime_fail(struct runtime *runtime, const struct invocation *invocation, const char *type,
                 const char *message);

/* Reports that the program cannot start; exit with status 1 afterwards. */
int runtime_fail_init(struct runtime *runtime, const char *type, const char *message);

#endif
