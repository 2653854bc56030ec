/* What the files of SQS's operations share. */
#ifndef FNCTL_ENGINE_SQS_H
#define FNCTL_ENGINE_SQS_H

#include "providers/local/engine/services/operations.h"

/* The queue of the input's QueueUrl, as in queues_find(); NULL: answered. */
json_t *sqs_queue(struct request *request, const json_t *input);

/* The URL of a queue. */
json_t *sqs_url(const struct request *request, const char *name);

/* Whether attributes of a queue called `name` are such as SQS takes; else answers. */
bool sqs_check_attributes(struct request *request, const char *name, const json_t *attributes);

/* The code that clients of SQS's older protocol know an error by, for x-amzn-query-error. */
const char *sqs_query_code(const char *code);

/* Lets waiting ReceiveMessage look again; the waits are engine->sqs_waits. */
void sqs_wake(struct engine *engine);

/* Forgets who waits; before the server is freed. */
void sqs_free(struct engine *engine);

typedef void sqs_operation(struct request *request, json_t *input);
sqs_operation sqs_create_queue, sqs_get_queue_url, sqs_list_queues, sqs_delete_queue,
    sqs_purge_queue, sqs_get_attributes, sqs_set_attributes, sqs_tag, sqs_untag, sqs_list_tags;
sqs_operation sqs_send, sqs_send_batch, sqs_delete, sqs_delete_batch, sqs_change_visibility,
    sqs_change_visibility_batch;
sqs_operation sqs_receive;

#endif
