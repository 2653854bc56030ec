/* Log groups, streams and events: written by the data plane, read by CloudWatch Logs operations. */
#ifndef FNCTL_ENGINE_LOGS_H
#define FNCTL_ENGINE_LOGS_H

#include "providers/local/engine/engine.h"

#include <stddef.h>
#include <stdint.h>

/* Appends an event (group and stream are made when missing). `timestamp` in ms since 1970. The
 * event is durable when this returns; events of one loop round share a transaction. */
void logs_append(struct engine *engine, const char *group, const char *stream, int64_t timestamp,
                 const char *message, size_t len);

#endif
