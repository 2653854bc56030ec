#include "providers/local/sources.h"

#include "core/memory.h"
#include "providers/aws/function/function_state.h"
#include "providers/aws/session.h"
#include "providers/aws/storage/bucket.h"
#include "providers/aws/triggers/mappings.h"
#include "providers/aws/triggers/sources.h"
#include "providers/aws/triggers/triggers.h"

#include <stdlib.h>
#include <string.h>

enum { VISIBILITIES = 6, VISIBILITY_MAX = 43200 };

static int queue_exists(struct session *session, const char *name, bool *exists, struct err *err)
{
    struct aws_call call;
    int result;

    aws_call_action(&call, &aws_sqs, "GetQueueUrl", json_pack("{s:s}", "QueueName", name));
    result = session_call(session, &call, "QueueDoesNotExist", name, err);
    *exists = result == 0 && !call.code;
    aws_call_release(&call);
    return result;
}

/* A message stays hidden for six times as long as the function may run, as AWS advises:
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
static json_t *queue_body(struct session *session, const struct function *function,
                          const char *name)
{
    int64_t visibility = function->timeout * VISIBILITIES;
    size_t len = strlen(name);
    json_t *attributes =
        json_pack("{s:o}", "VisibilityTimeout",
                  json_sprintf("%lld", (long long)(visibility > VISIBILITY_MAX ? VISIBILITY_MAX
                                                                               : visibility)));

    if (len > 5 && strcmp(name + len - 5, ".fifo") == 0)
        json_object_update_new(attributes, json_pack("{s:s, s:s}", "FifoQueue", "true",
                                                     "ContentBasedDeduplication", "true"));
    return json_pack("{s:s, s:o, s:o}", "QueueName", name, "Attributes", attributes, "tags",
                     session_tags(session, function));
}

static int make_queue(struct session *session, const struct function *function, const char *name,
                      struct changes *changes, struct err *err)
{
    struct change *change = changes_add(changes, CHANGE_CREATE, "queue", name);
    int64_t started = clock_monotonic(session->clock);
    struct aws_call call;

    changes_announce(changes, change);
    if (!changes->apply)
        return 0;
    aws_call_action(&call, &aws_sqs, "CreateQueue", queue_body(session, function, name));
    if (session_do(session, &call, NULL, name, err) < 0)
        return -1;
    changes_done(changes, change, session_elapsed(session, started));
    return 0;
}

/* What has a mapping already has a queue. */
static int put_queue(struct session *session, struct remote *remote, const struct trigger *trigger,
                     const char *like, struct changes *changes, struct err *err)
{
    char *arn = source_arn(trigger, like);
    const char *name = trigger_source_name(trigger);
    bool exists = mappings_find(remote, arn) != NULL;
    int result = 0;

    if (!exists)
        result = queue_exists(session, name, &exists, err);
    if (result == 0 && !exists)
        result = make_queue(session, remote->function, name, changes, err);
    free(arn);
    return result;
}

/* Observing has found whether there is the bucket. */
static int put_bucket(struct session *session, const struct trigger *trigger,
                      struct changes *changes, struct err *err)
{
    const struct s3_bucket bucket = {.name = trigger->source};
    int64_t started = clock_monotonic(session->clock);
    struct change *change;
    bool missing;

    pthread_mutex_lock(&session->notification_lock);
    missing = json_is_null(json_object_get(session->notifications, bucket.name));
    pthread_mutex_unlock(&session->notification_lock);
    if (!missing)
        return 0;
    change = changes_add(changes, CHANGE_CREATE, "bucket", bucket.name);
    changes_announce(changes, change);
    if (!changes->apply)
        return 0;
    if (bucket_create(session, &bucket, err) < 0)
        return -1;
    changes_done(changes, change, session_elapsed(session, started));
    return 0;
}

static int put_source(struct session *session, struct remote *remote, const struct trigger *trigger,
                      const char *like, struct changes *changes, struct err *err)
{
    if (trigger->kind == TRIGGER_S3)
        return put_bucket(session, trigger, changes, err);
    /* It has no streams: aws_put_triggers() says so. */
    if (trigger_is_stream(trigger))
        return 0;
    return put_queue(session, remote, trigger, like, changes, err);
}

int local_put_triggers(struct session *session, const struct function *function,
                       struct changes *changes, struct err *err)
{
    struct remote *remote = session_remote(session, function);
    char *like;
    int result;

    if (!function->triggers.count)
        return aws_put_triggers(session, function, changes, err);
    like = function_arn(session, remote, NULL, err);
    result = like ? 0 : -1;
    for (size_t i = 0; result == 0 && i < function->triggers.count; i++)
        result = put_source(session, remote, function_trigger_at(function, i), like, changes, err);
    free(like);
    return result == 0 ? aws_put_triggers(session, function, changes, err) : -1;
}
