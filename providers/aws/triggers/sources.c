#include "providers/aws/triggers/sources.h"

#include "core/arn.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

char *source_arn(const struct trigger *trigger, const char *like)
{
    size_t len;
    const char *from = arn_part(like, ARN_REGION, &len);
    const char *end = arn_part(like, ARN_RESOURCE, &len);
    char *partition = arn_take(like, ARN_PARTITION), *arn;

    if (strncmp(trigger->source, "arn:", 4) == 0)
        arn = xstrdup(trigger->source);
    else if (trigger->kind == TRIGGER_S3)
        arn = xasprintf("arn:%s:s3:::%s", partition, trigger->source);
    else if (trigger->kind == TRIGGER_KINESIS)
        arn = xasprintf("arn:%s:kinesis:%.*sstream/%s", partition, (int)(end - from), from,
                        trigger->source);
    else if (trigger->kind == TRIGGER_DYNAMODB)
        arn = xasprintf("arn:%s:dynamodb:%.*stable/%s/stream/*", partition, (int)(end - from), from,
                        trigger->source);
    else
        arn = xasprintf("arn:%s:sqs:%.*s%s", partition, (int)(end - from), from, trigger->source);
    free(partition);
    return arn;
}

json_t *source_actions(const struct trigger *trigger)
{
    switch (trigger->kind) {
    case TRIGGER_SQS:
        return json_pack("[s, s, s]", "sqs:ReceiveMessage", "sqs:DeleteMessage",
                         "sqs:GetQueueAttributes");
    case TRIGGER_DYNAMODB:
        return json_pack("[s, s, s, s]", "dynamodb:DescribeStream", "dynamodb:GetRecords",
                         "dynamodb:GetShardIterator", "dynamodb:ListStreams");
    case TRIGGER_KINESIS:
        return json_pack("[s, s, s, s, s]", "kinesis:DescribeStream",
                         "kinesis:DescribeStreamSummary", "kinesis:GetRecords",
                         "kinesis:GetShardIterator", "kinesis:ListShards");
    case TRIGGER_S3:
        break;
    }
    return NULL;
}
