/*
 * Invocations: the queue in front of the execution environments, and the
 * environments themselves. Each runs one invocation at a time through the
 * Lambda Runtime API on a port of its own; a free warm one of the same
 * revision is taken first, a new one is started when all are busy.
 */
#ifndef FNCTL_ENGINE_INVOKE_H
#define FNCTL_ENGINE_INVOKE_H

#include "core/buf.h"
#include "core/err.h"
#include "providers/local/engine/engine.h"
#include "providers/local/engine/run/functions.h"

#include <stdbool.h>
#include <stdint.h>

struct invoker *invoker_new(struct engine *engine, struct err *err);

/* Ends every environment (SIGTERM, then SIGKILL) and waits for it: no process is left. Invocations
 * that are under way get an error as their outcome. */
void invoker_free(struct invoker *invoker);

struct invoke_outcome {
    const char *function_error; /* NULL, "Unhandled" */
    const char *payload;
    size_t payload_len;
    const char *log; /* the last 4 KB of this invocation's log */
    size_t log_len;
    const char *version;
    bool throttled; /* the function's or the account's concurrency is used up: it was not invoked */
    bool reserved;  /* throttled: by the function's own, reserved concurrency */
    bool http;      /* the payload begins with the prelude of a streamed HTTP response */
};
/* Bytes of a streamed result:
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html */
enum { INVOKE_STREAM_MAX = 200 * 1024 * 1024 };

typedef void invoke_callback(void *context, const struct invoke_outcome *outcome);

/* Invokes once and calls back when it is over, never before this returns; what the function logged
 * is on disk by then. Copies what it needs. `client_context` as X-Amz-Client-Context has it
 * (base64); NULL: none. */
void invoke_sync(struct invoker *invoker, const struct function_version *version,
                 const char *request_id, const void *payload, size_t len,
                 const char *client_context, invoke_callback *callback, void *context);

/* A piece of a result, as the function writes it; `http`: see struct invoke_outcome. */
typedef void invoke_piece(void *context, const void *data, size_t len, bool http);

/* As invoke_sync(), handing out pieces of a streamed result before: its outcome then has no
 * payload, but for an error. A result that the runtime sends whole comes in the outcome. */
void invoke_stream(struct invoker *invoker, const struct function_version *version,
                   const char *request_id, const void *payload, size_t len,
                   const char *client_context, invoke_piece *piece, invoke_callback *callback,
                   void *context);

/* Queues durably (table async_events), retries as the function says. Returns when it is on disk. */
int invoke_async(struct invoker *invoker, const struct function_version *version,
                 const char *request_id, const void *payload, size_t len, struct err *err);

/* Continues with what async_events holds after a restart. */
void invoke_resume(struct invoker *invoker);

/* Drops warm environments of a function whose code or configuration changed or that was deleted. */
void invoke_retire(struct invoker *invoker, const char *function);

#endif
