/* SQS, in the JSON protocol that SDKs have spoken since 2023. */
#include "providers/local/engine/services/sqs.h"

#include <string.h>

/* The older protocol's names of errors, where they differ. From the service model. */
static const char *const query_codes[][2] = {
    {"QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"},
    {"QueueNameExists", "QueueAlreadyExists"},
    {"EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest"},
    {"TooManyEntriesInBatchRequest", "AWS.SimpleQueueService.TooManyEntriesInBatchRequest"},
    {"BatchEntryIdsNotDistinct", "AWS.SimpleQueueService.BatchEntryIdsNotDistinct"},
    {"BatchRequestTooLong", "AWS.SimpleQueueService.BatchRequestTooLong"},
    {"InvalidBatchEntryId", "AWS.SimpleQueueService.InvalidBatchEntryId"},
    {"MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight"},
    {"UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation"},
};

const char *sqs_query_code(const char *code)
{
    for (size_t i = 0; i < sizeof(query_codes) / sizeof(*query_codes); i++)
        if (strcmp(query_codes[i][0], code) == 0)
            return query_codes[i][1];
    return code;
}

#define QUEUE_URL                                                                                  \
    {                                                                                              \
        .name = "QueueUrl", .type = SHAPE_STRING, .required = true                                 \
    }
#define RECEIPT                                                                                    \
    {                                                                                              \
        .name = "ReceiptHandle", .type = SHAPE_STRING, .required = true                            \
    }
#define ENTRIES                                                                                    \
    {                                                                                              \
        .name = "Entries", .type = SHAPE_ANY, .required = true                                     \
    }
#define PAGE_MEMBERS                                                                               \
    {.name = "NextToken", .type = SHAPE_STRING},                                                   \
    {                                                                                              \
        .name = "MaxResults", .type = SHAPE_INTEGER, .min = 1, .max = 1000                         \
    }

static const struct shape create_shape[] = {
    {.name = "QueueName", .type = SHAPE_STRING, .required = true},
    {.name = "Attributes", .type = SHAPE_MAP},
    {.name = "tags", .type = SHAPE_MAP},
    SHAPE_END};
static const struct shape name_shape[] = {
    {.name = "QueueName", .type = SHAPE_STRING, .required = true}, SHAPE_END};
static const struct shape list_shape[] = {
    {.name = "QueueNamePrefix", .type = SHAPE_STRING}, PAGE_MEMBERS, SHAPE_END};
static const struct shape queue_shape[] = {QUEUE_URL, SHAPE_END};
static const struct shape get_shape[] = {
    QUEUE_URL, {.name = "AttributeNames", .type = SHAPE_STRINGS}, SHAPE_END};
static const struct shape set_shape[] = {
    QUEUE_URL, {.name = "Attributes", .type = SHAPE_MAP, .required = true}, SHAPE_END};
static const struct shape tag_shape[] = {
    QUEUE_URL, {.name = "Tags", .type = SHAPE_MAP, .required = true}, SHAPE_END};
static const struct shape untag_shape[] = {
    QUEUE_URL, {.name = "TagKeys", .type = SHAPE_STRINGS, .required = true}, SHAPE_END};
static const struct shape send_shape[] = {
    QUEUE_URL,
    {.name = "MessageBody", .type = SHAPE_STRING, .required = true},
    {.name = "DelaySeconds", .type = SHAPE_INTEGER},
    {.name = "MessageAttributes", .type = SHAPE_ANY},
    {.name = "MessageDeduplicationId", .type = SHAPE_STRING},
    {.name = "MessageGroupId", .type = SHAPE_STRING},
    SHAPE_END};
static const struct shape batch_shape[] = {QUEUE_URL, ENTRIES, SHAPE_END};
static const struct shape delete_shape[] = {QUEUE_URL, RECEIPT, SHAPE_END};
static const struct shape visibility_shape[] = {
    QUEUE_URL,
    RECEIPT,
    {.name = "VisibilityTimeout", .type = SHAPE_INTEGER, .required = true},
    SHAPE_END};
static const struct shape receive_shape[] = {
    QUEUE_URL,
    {.name = "AttributeNames", .type = SHAPE_STRINGS},
    {.name = "MessageSystemAttributeNames", .type = SHAPE_STRINGS},
    {.name = "MessageAttributeNames", .type = SHAPE_STRINGS},
    {.name = "MaxNumberOfMessages", .type = SHAPE_INTEGER},
    {.name = "VisibilityTimeout", .type = SHAPE_INTEGER},
    {.name = "WaitTimeSeconds", .type = SHAPE_INTEGER},
    SHAPE_END};

const struct operation sqs_operations[] = {
    {"CreateQueue", NULL, NULL, sqs_create_queue, create_shape, false},
    {"GetQueueUrl", NULL, NULL, sqs_get_queue_url, name_shape, false},
    {"ListQueues", NULL, NULL, sqs_list_queues, list_shape, false},
    {"DeleteQueue", NULL, NULL, sqs_delete_queue, queue_shape, false},
    {"PurgeQueue", NULL, NULL, sqs_purge_queue, queue_shape, false},
    {"GetQueueAttributes", NULL, NULL, sqs_get_attributes, get_shape, false},
    {"SetQueueAttributes", NULL, NULL, sqs_set_attributes, set_shape, false},
    {"TagQueue", NULL, NULL, sqs_tag, tag_shape, false},
    {"UntagQueue", NULL, NULL, sqs_untag, untag_shape, false},
    {"ListQueueTags", NULL, NULL, sqs_list_tags, queue_shape, false},
    {"SendMessage", NULL, NULL, sqs_send, send_shape, false},
    {"SendMessageBatch", NULL, NULL, sqs_send_batch, batch_shape, false},
    {"ReceiveMessage", NULL, NULL, sqs_receive, receive_shape, false},
    {"DeleteMessage", NULL, NULL, sqs_delete, delete_shape, false},
    {"DeleteMessageBatch", NULL, NULL, sqs_delete_batch, batch_shape, false},
    {"ChangeMessageVisibility", NULL, NULL, sqs_change_visibility, visibility_shape, false},
    {"ChangeMessageVisibilityBatch", NULL, NULL, sqs_change_visibility_batch, batch_shape, false},
    {NULL, NULL, NULL, NULL, NULL, false}};
