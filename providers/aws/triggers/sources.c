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
    char *partition, *arn;

    if (strncmp(trigger->source, "arn:", 4) == 0)
        return xstrdup(trigger->source);
    partition = arn_take(like, ARN_PARTITION);
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
    }
    return NULL;
}
