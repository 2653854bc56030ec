/*
 * Event source mappings at work: queues are polled, batches are filtered and
 * given to functions. The operations are in services/lambda_mappings.c.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
#ifndef FNCTL_ENGINE_MAPPINGS_H
#define FNCTL_ENGINE_MAPPINGS_H

#include "providers/local/engine/engine.h"

#include <jansson.h>

struct mappings;

/* Reads the table event_source_mappings and goes on polling; call at start and after every change
 * to it. The state is engine->mappings. */
void mappings_reload(struct engine *engine);

/* Looks at the queues soon: a message may be there. Costs nothing without mappings. */
void mappings_wake(struct engine *engine);

/* Polls no more; what still runs changes nothing any more. Before the invoker is freed. */
void mappings_stop(struct engine *engine);

/* After the invoker is freed. */
void mappings_free(struct mappings *mappings);

#endif
