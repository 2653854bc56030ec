/* Events on their way to whom they are for: a function or a queue. */
#ifndef FNCTL_ENGINE_DELIVER_H
#define FNCTL_ENGINE_DELIVER_H

#include "core/err.h"
#include "providers/local/engine/engine.h"

#include <stdbool.h>

/* Who sends, for a function's resource policy. Borrowed; `service` as in "s3.amazonaws.com". */
struct sender {
    const char *service;
    const char *arn;
};

/* Whether the target is there, and a function lets the sender in. */
bool deliver_may(struct engine *engine, const char *target, const struct sender *sender);

/* Sends JSON to the ARN `target`: an asynchronous invocation, or a message. On disk when this
 * returns, unless a transaction is open. Errors: ERR_FAILED with why it is not delivered. */
int deliver(struct engine *engine, const char *target, const struct sender *sender,
            const char *payload, struct err *err);

#endif
