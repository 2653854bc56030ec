/* Messages of queues as functions get them, and which of them they do not get. */
#ifndef FNCTL_ENGINE_QUEUE_EVENT_H
#define FNCTL_ENGINE_QUEUE_EVENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* The record of a message (a row of queues_receive()) of the queue `arn`; the caller's. */
json_t *queue_event_record(const json_t *row, const char *arn);

/* Whether one of the patterns (an array; empty: any record) matches the record. A body is looked
 * into as JSON when a pattern does so, and does not match when it is none. */
bool queue_event_wanted(const json_t *patterns, const json_t *record);

/*
 * The messages that an answer to a batch says have failed: an array of their
 * ids, the caller's. NULL: the answer is none that Lambda understands, and all
 * have failed. https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
json_t *queue_event_failures(const char *answer, size_t len, const json_t *rows);

#endif
