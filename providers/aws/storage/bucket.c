#include "providers/aws/storage/bucket.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

#define S3_SPACE "http://s3.amazonaws.com/doc/2006-03-01/"

/* Put last, it says that the bucket is as it should be. */
#define MARK_KEY "fnctl:bucket"
#define MARK_VALUE "uploads"

#define ADVICE                                                                                     \
    "name a bucket of this account and region that may be used, as \"bucket\" in the settings' "   \
    "\"aws\", or have somebody make '%s', or make the package smaller than 50 MB"

static const char *named_bucket(const struct session *session)
{
    return strcmp(session->settings->provider, "aws") == 0 ? session->settings->aws.bucket : NULL;
}

/* What the error codes of HeadBucket and CreateBucket mean for the user; 0 for success. */
static int explain(struct session *session, const struct s3_bucket *bucket,
                   const struct aws_call *call, struct err *err)
{
    const char *name = bucket->name;

    if (!call->code)
        return 0;
    if (aws_failed_with(call, "BucketAlreadyExists"))
        return err_set(err, ERR_CREDENTIALS,
                       "cannot CreateBucket: the name '%s' is taken by another account; " ADVICE,
                       name, name);
    if (aws_failed_with(call, "PermanentRedirect"))
        return err_set(err, ERR_SETTINGS,
                       "cannot %s: bucket '%s' is in another region than %s, where the functions "
                       "are; " ADVICE,
                       call->operation, name, aws_region(session->aws), name);
    /* S3 says no more than that: the answer to a HEAD has no body. */
    if (aws_failed_with(call, "BadRequest"))
        return err_set(err, ERR_CREDENTIALS,
                       "cannot HeadBucket: HTTP status 400 for bucket '%s': the session may have "
                       "ended (sign in again), or the bucket is in another region than %s",
                       name, aws_region(session->aws));
    if (aws_failed_with(call, "NotFound"))
        return err_set(err, ERR_SETTINGS,
                       "cannot HeadBucket: bucket '%s', which the settings name as aws.bucket, "
                       "does not exist; make it in %s, or leave the setting out",
                       name, aws_region(session->aws));
    if (aws_failed_with(call, "Forbidden"))
        return err_set(err, ERR_CREDENTIALS,
                       "cannot HeadBucket: bucket '%s' belongs to another account than %s, or this "
                       "identity may not use it (s3:ListBucket); " ADVICE,
                       name, bucket->owner, name);
    return err_set(err, ERR_CREDENTIALS,
                   "cannot %s: %s: %s; a zip above 50 MB goes through a bucket, and '%s' does not "
                   "exist; " ADVICE,
                   call->operation, call->code, call->message ? call->message : "no message", name,
                   name);
}

/* `*found`: it exists and is ours. */
static int look(struct session *session, const struct s3_bucket *bucket, bool *found,
                struct err *err)
{
    struct aws_call call;
    int result;

    s3_call(&call, bucket, "HeadBucket", "HEAD", "/");
    result = session_call(session, &call, "NotFound Forbidden PermanentRedirect BadRequest",
                          bucket->name, err);
    *found = result == 0 && !call.code;
    if (result == 0 && (named_bucket(session) || !aws_failed_with(&call, "NotFound")))
        result = explain(session, bucket, &call, err);
    aws_call_release(&call);
    return result;
}

int bucket_create(struct session *session, const struct s3_bucket *bucket, struct err *err)
{
    /* The owner of what does not exist yet cannot be asked for. */
    const struct s3_bucket unowned = {.name = bucket->name};
    const char *region = aws_region(session->aws);
    struct aws_call call;
    int result;

    s3_call(&call, &unowned, "CreateBucket", "PUT", "/");
    /* The first region of all is the one that may not be named. */
    if (strcmp(region, "us-east-1") != 0) {
        call.raw = xasprintf("<CreateBucketConfiguration xmlns=\"" S3_SPACE "\">"
                             "<LocationConstraint>%s</LocationConstraint>"
                             "</CreateBucketConfiguration>",
                             region);
        call.raw_len = strlen(call.raw);
        strlist_add(&call.headers, "Content-Type: application/xml");
    }
    result =
        session_call(session, &call, "BucketAlreadyOwnedByYou BucketAlreadyExists AccessDenied",
                     bucket->name, err);
    if (result == 0 && !aws_failed_with(&call, "BucketAlreadyOwnedByYou"))
        result = explain(session, bucket, &call, err);
    aws_call_release(&call);
    return result;
}

static int put(struct session *session, const struct s3_bucket *bucket, const char *operation,
               const char *path, char *xml, struct err *err)
{
    struct aws_call call;

    s3_call(&call, bucket, operation, "PUT", "%s", path);
    s3_send(&call, xml);
    if (session_do(session, &call, NULL, bucket->name, err) == 0)
        return 0;
    return err_append(err, "; to use another bucket, name it as \"bucket\" in the settings' "
                           "\"aws\"");
}

/* Everything but the mark, then the mark: a run that is killed in between leaves no mark. */
static int set_up(struct session *session, const struct s3_bucket *bucket, struct err *err)
{
    if (put(session, bucket, "PutPublicAccessBlock", "/?publicAccessBlock",
            xstrdup("<PublicAccessBlockConfiguration xmlns=\"" S3_SPACE "\">"
                    "<BlockPublicAcls>true</BlockPublicAcls>"
                    "<IgnorePublicAcls>true</IgnorePublicAcls>"
                    "<BlockPublicPolicy>true</BlockPublicPolicy>"
                    "<RestrictPublicBuckets>true</RestrictPublicBuckets>"
                    "</PublicAccessBlockConfiguration>"),
            err) < 0 ||
        put(session, bucket, "PutBucketLifecycleConfiguration", "/?lifecycle",
            xasprintf("<LifecycleConfiguration xmlns=\"" S3_SPACE "\"><Rule><ID>fnctl</ID>"
                      "<Filter><Prefix></Prefix></Filter><Status>Enabled</Status>"
                      "<Expiration><Days>%d</Days></Expiration><AbortIncompleteMultipartUpload>"
                      "<DaysAfterInitiation>%d</DaysAfterInitiation>"
                      "</AbortIncompleteMultipartUpload></Rule></LifecycleConfiguration>",
                      BUCKET_DAYS, BUCKET_DAYS),
            err) < 0)
        return -1;
    return put(session, bucket, "PutBucketTagging", "/?tagging",
               xstrdup("<Tagging xmlns=\"" S3_SPACE "\"><TagSet><Tag><Key>" MARK_KEY "</Key>"
                       "<Value>" MARK_VALUE "</Value></Tag></TagSet></Tagging>"),
               err);
}

/* Whether the mark is there, or tags of whoever made the bucket for us and keeps it. Who may not
 * look is taken to have a bucket that is in order. */
static int is_set_up(struct session *session, const struct s3_bucket *bucket, bool *marked,
                     struct err *err)
{
    struct aws_call call;
    json_t *tags;
    int result;

    s3_call(&call, bucket, "GetBucketTagging", "GET", "/?tagging");
    result = session_call(session, &call, "NoSuchTagSet AccessDenied", bucket->name, err);
    *marked = aws_failed_with(&call, "AccessDenied");
    tags = s3_elements(json_object_get(call.reply, "TagSet"), "Tag");
    *marked |= json_array_size(tags) > 0;
    json_decref(tags);
    aws_call_release(&call);
    return result;
}

static int find_or_make(struct session *session, const struct s3_bucket *bucket, struct err *err)
{
    bool found = false, marked = false;

    if (look(session, bucket, &found, err) < 0)
        return -1;
    if (named_bucket(session))
        return 0;
    if (found && is_set_up(session, bucket, &marked, err) < 0)
        return -1;
    if (marked)
        return 0;
    if (!found && bucket_create(session, bucket, err) < 0)
        return -1;
    return set_up(session, bucket, err);
}

int bucket_find(struct session *session, struct s3_bucket *bucket, struct err *err)
{
    const char *account = session_account(session, err);
    const char *named = named_bucket(session);
    char *name;

    if (!account)
        return -1;
    name = session->bucket ? session->bucket
           : named         ? xstrdup(named)
                           : xasprintf("fnctl-%s-%s", account, aws_region(session->aws));
    *bucket = (struct s3_bucket){.name = name, .owner = account};
    if (session->bucket)
        return 0;
    if (find_or_make(session, bucket, err) < 0) {
        free(name);
        return -1;
    }
    session->bucket = name;
    return 0;
}
