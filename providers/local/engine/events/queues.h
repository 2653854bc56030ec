/*
 * Queues and their messages in the store: what SQS's operations and everything
 * in the engine that sends or receives have in common.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/welcome.html
 */
#ifndef FNCTL_ENGINE_QUEUES_H
#define FNCTL_ENGINE_QUEUES_H

#include "core/err.h"
#include "providers/local/engine/engine.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* A message to be sent. Borrowed. */
struct queue_message {
    const char *body;
    const json_t *attributes;  /* MessageAttributes; NULL: none */
    const char *group;         /* MessageGroupId; NULL: none */
    const char *deduplication; /* MessageDeduplicationId; NULL: none */
    int64_t delay;             /* s; -1: the queue's own */
};

/* A queue: name, arn, attributes (an object of strings, as set), tags, created, modified (ms); the
 * caller's. NULL: there is none. */
json_t *queues_find(struct engine *engine, const char *name);

/* The same by an ARN. */
json_t *queues_find_arn(struct engine *engine, const char *arn);

/* An attribute as a number, with SQS's default where it was not set. */
int64_t queues_number(const json_t *queue, const char *attribute);

bool queues_is_fifo(const json_t *queue);

/* Keeps a message, on disk when this returns unless a transaction is open, and wakes who waits for
 * one. The caller owns the result, {"MessageId","MD5OfMessageBody","MD5OfMessageAttributes",
 * "SequenceNumber"}; NULL: the state could not be written. */
json_t *queues_send(struct engine *engine, const json_t *queue,
                    const struct queue_message *message);

/*
 * Takes up to `max` messages, and hides them for `visibility` seconds (-1: the
 * queue's own). Those that were received too often go to the dead-letter queue.
 * An array of rows, the caller's: message_id, receipt, body, attributes (may
 * be missing), sent, received, first, group_id, deduplication, sequence, source
 * (the queue that a dead letter came from).
 */
json_t *queues_receive(struct engine *engine, const json_t *queue, int64_t max, int64_t visibility);

/* Removes the message of a receipt; one that is gone, or was received again since, is fine. -1: it
 * is no receipt. */
int queues_delete(struct engine *engine, const json_t *queue, const char *receipt);

/* Hides the message of a receipt for `visibility` seconds from now. 0: the message is not in
 * flight; -1: it is no receipt. */
int queues_hide(struct engine *engine, const json_t *queue, const char *receipt,
                int64_t visibility);

/* When the next of the messages that are hidden now can be received, ms since 1970; -1: none is. */
int64_t queues_next(struct engine *engine, const json_t *queue);

/* The numbers of messages that can be received, that are in flight, and that are delayed. */
void queues_count(struct engine *engine, const char *name, int64_t counts[static 3]);

#endif
