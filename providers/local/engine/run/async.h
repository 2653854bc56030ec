/*
 * Asynchronous invocations: kept in the table async_events until they have
 * succeeded or were tried often enough.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
#ifndef FNCTL_ENGINE_ASYNC_H
#define FNCTL_ENGINE_ASYNC_H

#include "providers/local/engine/run/invoke.h"

struct async;

struct async *async_new(struct invoker *invoker, struct engine *engine);
void async_free(struct async *async);

/* From now on outcomes change nothing: the events stay for the next start. */
void async_stop(struct async *async);

/* Keeps an event; on disk when this returns, unless a transaction is open. Errors: ERR_FAILED. */
int async_add(struct async *async, const struct function_version *version, const char *request_id,
              const void *payload, size_t len, struct err *err);

/* Begins with what is due. */
void async_resume(struct async *async);

#endif
