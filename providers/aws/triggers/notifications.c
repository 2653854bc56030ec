#include "providers/aws/triggers/notifications.h"

#include "core/memory.h"
#include "core/strlist.h"
#include "providers/aws/function/function_state.h"
#include "providers/aws/function/policy.h"
#include "providers/aws/storage/s3.h"
#include "providers/aws/triggers/caller.h"
#include "providers/aws/triggers/notification_body.h"
#include "providers/aws/triggers/sources.h"
#include "providers/difference.h"

#include <stdlib.h>
#include <string.h>

#define SERVICE "s3"

static void get_call(const struct s3_bucket *bucket, struct aws_call *call)
{
    s3_call(call, bucket, "GetBucketNotificationConfiguration", "GET", "/?notification");
    call->accept = "NoSuchBucket";
}

/* The buckets of the settings, and those that the policy lets call the function. */
static void find_buckets(const struct remote *remote, struct strlist *buckets)
{
    const struct function *function = remote->function;

    strlist_init(buckets);
    for (size_t i = 0; i < function->triggers.count; i++) {
        const struct trigger *trigger = function_trigger_at(function, i);

        if (trigger->kind == TRIGGER_S3 && !strlist_has(buckets, trigger->source))
            strlist_add(buckets, trigger->source);
    }
    caller_sources(remote->statements, SERVICE, buckets);
}

static int take_notification(struct session *session, const struct read *read,
                             const struct aws_call *call, struct err *err)
{
    (void)err;
    json_object_set(session->notifications, read->name, call->code ? json_null() : call->reply);
    return 0;
}

void notifications_add(struct session *session, struct reads *reads, struct remote *remote)
{
    struct strlist buckets;

    find_buckets(remote, &buckets);
    if (!session->notifications)
        session->notifications = json_object();
    for (size_t i = 0; i < buckets.count; i++) {
        struct s3_bucket bucket = {.name = buckets.items[i]};
        struct read read = {.name = buckets.items[i], .take = take_notification};

        if (json_object_get(session->notifications, bucket.name))
            continue;
        /* Until it was read: each is asked for once. */
        json_object_set_new(session->notifications, bucket.name, json_false());
        get_call(&bucket, reads_add(reads, &read));
        reads->calls[reads->count - 1].bucket = reads->items[reads->count - 1].name;
    }
    strlist_release(&buckets);
}

/* The configuration as it is now; NULL for a bucket that does not exist, with `*missing`. */
static int read_now(struct session *session, const struct s3_bucket *bucket, json_t **found,
                    bool *missing, struct err *err)
{
    struct aws_call call;
    int result;

    get_call(bucket, &call);
    result = session_call(session, &call, "NoSuchBucket", bucket->name, err);
    *missing = result == 0 && call.code;
    *found = result == 0 && !call.code ? json_incref(call.reply) : NULL;
    aws_call_release(&call);
    return result;
}

static int write_now(struct session *session, const struct s3_bucket *bucket,
                     const json_t *configuration, struct err *err)
{
    struct aws_call call;

    s3_call(&call, bucket, "PutBucketNotificationConfiguration", "PUT", "/?notification");
    /* Of all that is put to a bucket this alone has no checksum in the model. */
    call.raw = notification_xml(configuration);
    call.raw_len = strlen(call.raw);
    strlist_add(&call.headers, "Content-Type: application/xml");
    return session_do(session, &call, NULL, bucket->name, err);
}

/* Puts `wanted` in the place of the function's entries. Others may have changed theirs since the
 * bucket was looked at: what is there now counts. */
static int replace(struct session *session, const char *name, const char *bucket_name,
                   const char *target, const json_t *wanted, struct err *err)
{
    const struct s3_bucket bucket = {.name = bucket_name};
    json_t *found = NULL, *merged = NULL;
    bool missing = false;
    int result;

    pthread_mutex_lock(&session->notification_lock);
    result = read_now(session, &bucket, &found, &missing, err);
    if (result == 0 && missing && json_array_size(wanted))
        result = err_set(err, ERR_SETTINGS,
                         "bucket '%s' does not exist; make it ('aws s3 mb s3://%s') or correct the "
                         "trigger",
                         bucket_name, bucket_name);
    if (result == 0 && !missing) {
        merged = notification_merge(found, wanted, name, target);
        if (!json_equal(found, merged))
            result = write_now(session, &bucket, merged, err);
        if (result == 0 && session->notifications)
            json_object_set(session->notifications, bucket_name, merged);
    }
    pthread_mutex_unlock(&session->notification_lock);
    json_decref(found);
    json_decref(merged);
    return result;
}

/* Records the difference under the entries' own names. */
static struct change *record(struct changes *changes, const char *name, const char *bucket,
                             const json_t *found, const json_t *wanted)
{
    enum change_kind kind = !json_array_size(found)    ? CHANGE_CREATE
                            : !json_array_size(wanted) ? CHANGE_REMOVE
                                                       : CHANGE_UPDATE;
    char *text = xasprintf("%s " SERVICE ":%s", name, bucket);
    struct change *change = changes_add(changes, kind, "trigger", text);
    json_t *before = json_object(), *after = json_object(), *entry;
    size_t i;

    json_array_foreach (found, i, entry)
        json_object_set(before, json_string_at(entry, "Id"), entry);
    json_array_foreach (wanted, i, entry)
        json_object_set(after, json_string_at(entry, "Id"), entry);
    if (kind != CHANGE_REMOVE)
        change_fields_differing(changes, change, before, after);
    changes_announce(changes, change);
    json_decref(before);
    json_decref(after);
    free(text);
    return change;
}

/* The function's entries of a bucket, as far as they are known; the caller's. */
static json_t *found_entries(struct session *session, const char *name, const char *bucket,
                             const char *target)
{
    json_t *configuration, *entries;

    pthread_mutex_lock(&session->notification_lock);
    configuration = json_incref(json_object_get(session->notifications, bucket));
    entries = notification_ours(configuration, name, target);
    pthread_mutex_unlock(&session->notification_lock);
    json_decref(configuration);
    return entries;
}

/* Makes the function's entries of a bucket be `wanted`. */
static int put_bucket(struct session *session, const char *name, const char *bucket,
                      const char *target, const json_t *wanted, struct changes *changes,
                      struct err *err)
{
    json_t *found = found_entries(session, name, bucket, target);
    json_t *normal = json_pack("{s:O}", "CloudFunctionConfiguration", wanted), *after;
    int64_t started = clock_monotonic(session->clock);
    struct change *change;
    int result = 0;

    after = notification_ours(normal, name, target);
    if (!json_equal(found, after)) {
        change = record(changes, name, bucket, found, after);
        if (changes->apply)
            result = replace(session, name, bucket, target, wanted, err);
        if (changes->apply && result == 0)
            changes_done(changes, change, session_elapsed(session, started));
    }
    json_decref(normal);
    json_decref(found);
    json_decref(after);
    return result;
}

static int put_one(struct session *session, struct remote *remote, const char *bucket,
                   const char *target, struct changes *changes, struct err *err)
{
    json_t *wanted = notification_wanted(remote->function, bucket, remote->name, target);
    const struct trigger trigger = {.kind = TRIGGER_S3, .source = bucket};
    char *arn = source_arn(&trigger, target);
    struct caller caller = {.service = SERVICE, .source_arn = arn, .account = true};
    bool stays = json_array_size(wanted) > 0;
    int result = 0;

    if (stays)
        result = caller_allow(session, remote, &caller, changes, err);
    if (result == 0)
        result = put_bucket(session, remote->name, bucket, target, wanted, changes, err);
    if (result == 0 && !stays)
        result = caller_forbid(session, remote, &caller, changes, err);
    json_decref(wanted);
    free(arn);
    return result;
}

int notifications_put(struct session *session, struct remote *remote, struct changes *changes,
                      struct err *err)
{
    char *function = function_arn(session, remote, LIVE_ALIAS, err);
    struct strlist buckets;
    int result = function ? 0 : -1;

    find_buckets(remote, &buckets);
    for (size_t i = 0; result == 0 && i < buckets.count; i++)
        result = put_one(session, remote, buckets.items[i], function, changes, err);
    strlist_release(&buckets);
    free(function);
    return result;
}

int notifications_remove(struct session *session, const char *name, const json_t *statements,
                         struct changes *changes, struct err *err)
{
    char *function = session_arn(session, "lambda", err, "function:%s:%s", name, LIVE_ALIAS);
    json_t *none = json_array(), *found = NULL;
    struct strlist buckets;
    bool missing;
    int result = function ? 0 : -1;

    strlist_init(&buckets);
    caller_sources(statements, SERVICE, &buckets);
    if (!session->notifications)
        session->notifications = json_object();
    for (size_t i = 0; result == 0 && i < buckets.count; i++) {
        const struct s3_bucket bucket = {.name = buckets.items[i]};

        result = read_now(session, &bucket, &found, &missing, err);
        if (result == 0 && found) {
            json_object_set(session->notifications, bucket.name, found);
            result = put_bucket(session, name, bucket.name, function, none, changes, err);
        }
        json_decref(found);
        found = NULL;
    }
    strlist_release(&buckets);
    json_decref(none);
    free(function);
    return result;
}
