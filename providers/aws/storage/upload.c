#include "providers/aws/storage/upload.h"

#include "core/interrupt.h"
#include "core/memory.h"
#include "core/task.h"
#include "providers/aws/storage/bucket.h"
#include "providers/aws/storage/upload_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    AT_ONCE = 6,              /* parts on their way */
    ROUNDS = 3,               /* how often an upload may vanish, as another run ends it */
    FRESH = 24 * 3600 * 1000, /* ms; an older object may be gone before Lambda reads it */
    PAGE = 1000               /* parts in a listing; a zip has far fewer */
};

struct upload {
    struct session *session;
    struct s3_bucket bucket;
    struct upload_parts parts;
    char *key;
    char *id; /* of the multipart upload; NULL: none yet */
    const char *subject;
    char *label;          /* of the progress bar */
    pthread_mutex_t lock; /* over the parts' `sent` */
};

/* Whether the object is there, whole, and not about to expire. */
static int find_object(struct upload *upload, bool *found, struct err *err)
{
    struct session *session = upload->session;
    struct aws_call call;
    struct http_response reply;
    const char *length, *date;
    int64_t modified;
    int result;

    *found = false;
    s3_call(&call, &upload->bucket, "HeadObject", "HEAD", "/%s", upload->key);
    strlist_add(&call.headers, "x-amz-checksum-mode: ENABLED");
    /* Who may not list a bucket is told Forbidden of what does not exist. */
    result = session_call(session, &call, "NotFound Forbidden", NULL, err);
    if (result == 0 && !call.code) {
        reply = (struct http_response){.headers = call.reply_headers};
        length = http_header(&reply, "content-length");
        date = http_header(&reply, "last-modified");
        *found = length && strtoll(length, NULL, 10) == upload->parts.size && date &&
                 clock_parse(date, &modified) == 0 &&
                 modified > clock_now(session->clock) - FRESH &&
                 upload_object_matches(&upload->parts, http_header(&reply, "x-amz-checksum-sha256"),
                                       http_header(&reply, "etag"));
    }
    aws_call_release(&call);
    return result;
}

/* The identifier of an upload of this object that was begun with our kind of checksums, by us or by
 * another run; upload->id stays NULL when there is none, or we may not look. */
static int find_upload(struct upload *upload, struct err *err)
{
    char *prefix = aws_encode(upload->key);
    struct aws_call call;
    json_t *uploads, *item;
    size_t i;
    int result;

    s3_call(&call, &upload->bucket, "ListMultipartUploads", "GET", "/?uploads&prefix=%s", prefix);
    result = session_call(upload->session, &call, "AccessDenied", NULL, err);
    uploads = s3_elements(call.reply, "Upload");
    json_array_foreach (uploads, i, item) {
        const char *algorithm = json_string_at(item, "ChecksumAlgorithm");

        if (!upload->id && strcmp(json_string_at(item, "Key"), upload->key) == 0 &&
            strcmp(algorithm, "SHA256") == 0)
            upload->id = xstrdup(json_string_at(item, "UploadId"));
    }
    json_decref(uploads);
    aws_call_release(&call);
    free(prefix);
    return result;
}

static char *encoded_id(const struct upload *upload)
{
    return aws_encode(upload->id);
}

/* Takes the parts of the upload that are there already and are ours. */
static int find_parts(struct upload *upload, struct err *err)
{
    char *id = encoded_id(upload);
    struct aws_call call;
    json_t *parts, *item;
    size_t i;
    int result;

    s3_call(&call, &upload->bucket, "ListParts", "GET", "/%s?max-parts=%d&uploadId=%s", upload->key,
            PAGE, id);
    result = session_call(upload->session, &call, "NoSuchUpload AccessDenied", NULL, err);
    parts = s3_elements(call.reply, "Part");
    json_array_foreach (parts, i, item) {
        long long number = strtoll(json_string_at(item, "PartNumber"), NULL, 10);
        struct upload_part *part;

        if (number < 1 || (size_t)number > upload->parts.count)
            continue;
        part = &upload->parts.items[number - 1];
        if (strtoll(json_string_at(item, "Size"), NULL, 10) == part->file.len && !part->etag &&
            upload_part_matches(part, json_string_at(item, "ChecksumSHA256"),
                                json_string_at(item, "ETag")))
            part->etag = xstrdup(json_string_at(item, "ETag"));
    }
    json_decref(parts);
    aws_call_release(&call);
    free(id);
    return result;
}

static int begin_upload(struct upload *upload, struct err *err)
{
    struct aws_call call;
    int result;

    s3_call(&call, &upload->bucket, "CreateMultipartUpload", "POST", "/%s?uploads", upload->key);
    strlist_add(&call.headers, "x-amz-checksum-algorithm: SHA256");
    strlist_add(&call.headers, "Content-Type: application/zip");
    result = session_call(upload->session, &call, NULL, NULL, err);
    if (result == 0) {
        upload->id = xstrdup(json_string_at(call.reply, "UploadId"));
        if (!*upload->id)
            result =
                err_set(err, ERR_SERVICE, "cannot %s: the reply names no upload", call.operation);
    }
    aws_call_release(&call);
    return result;
}

static int64_t sum_sent(const struct upload *upload)
{
    int64_t sent = 0;

    for (size_t i = 0; i < upload->parts.count; i++)
        sent += upload->parts.items[i].etag ? upload->parts.items[i].file.len
                                            : upload->parts.items[i].sent;
    return sent;
}

/* One part's progress, as the bar of the whole. */
struct progress {
    struct upload *upload;
    struct upload_part *part;
};

static void show_progress(void *context, int64_t sent, int64_t total)
{
    const struct progress *progress = context;
    struct upload *upload = progress->upload;

    (void)total;
    pthread_mutex_lock(&upload->lock);
    progress->part->sent = sent;
    sent = sum_sent(upload);
    pthread_mutex_unlock(&upload->lock);
    if (upload->session->context.out)
        out_progress(upload->session->context.out, upload->label, sent, upload->parts.size);
}

static int take_etag(struct upload *upload, struct upload_part *part, const struct aws_call *call,
                     struct err *err)
{
    const struct http_response reply = {.headers = call->reply_headers};
    const char *etag = http_header(&reply, "etag");

    if (aws_failed_with(call, "NoSuchUpload"))
        return 0;
    if (!etag)
        return err_set(err, ERR_SERVICE, "cannot UploadPart: the reply has no ETag");
    pthread_mutex_lock(&upload->lock);
    part->etag = xstrdup(etag);
    pthread_mutex_unlock(&upload->lock);
    return 0;
}

static int send_part(void *context, size_t index, struct err *err)
{
    struct upload *upload = context;
    struct upload_part *part = &upload->parts.items[index];
    struct progress progress = {upload, part};
    struct aws_call call;
    char *id;
    int result;

    if (part->etag)
        return 0;
    id = encoded_id(upload);
    s3_call(&call, &upload->bucket, "UploadPart", "PUT", "/%s?partNumber=%zu&uploadId=%s",
            upload->key, index + 1, id);
    strlist_addf(&call.headers, "x-amz-checksum-sha256: %s", part->checksum);
    strlist_add(&call.headers, "x-amz-sdk-checksum-algorithm: SHA256");
    call.file = &part->file;
    call.file_hash = part->hash;
    call.progress = show_progress;
    call.progress_context = &progress;
    result = session_call(upload->session, &call, "NoSuchUpload", NULL, err);
    if (result == 0)
        result = take_etag(upload, part, &call, err);
    aws_call_release(&call);
    free(id);
    return result;
}

static char *completion(const struct upload_parts *parts)
{
    struct buf xml;

    buf_init(&xml, 0);
    buf_puts(&xml, "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
    for (size_t i = 0; i < parts->count; i++) {
        const struct upload_part *part = &parts->items[i];

        buf_puts(&xml, "<Part><ETag>");
        s3_escape(&xml, part->etag);
        buf_printf(&xml,
                   "</ETag><ChecksumSHA256>%s</ChecksumSHA256><PartNumber>%zu</PartNumber></Part>",
                   part->checksum, i + 1);
    }
    buf_puts(&xml, "</CompleteMultipartUpload>");
    return buf_take(&xml);
}

/* `*gone`: the upload does not exist, as this or another run has just completed it. */
static int complete(struct upload *upload, bool *gone, struct err *err)
{
    char *id = encoded_id(upload);
    struct aws_call call;
    int result;

    s3_call(&call, &upload->bucket, "CompleteMultipartUpload", "POST", "/%s?uploadId=%s",
            upload->key, id);
    call.raw = completion(&upload->parts);
    call.raw_len = strlen(call.raw);
    strlist_add(&call.headers, "Content-Type: application/xml");
    result = session_call(upload->session, &call, "NoSuchUpload", NULL, err);
    *gone = result == 0 && call.code;
    aws_call_release(&call);
    free(id);
    return result;
}

/* Says what is ahead, as it may take a while. */
static void tell(const struct upload *upload)
{
    struct out *out = upload->session->context.out;
    int64_t there = sum_sent(upload);
    char size[OUT_SIZE_LEN], had[OUT_SIZE_LEN];

    out_size((uint64_t)upload->parts.size, size);
    out_size((uint64_t)there, had);
    if (!out)
        return;
    if (there)
        out_step(out, "uploading %s, %s, to bucket %s: %s of it are there already", upload->subject,
                 size, upload->bucket.name, had);
    else
        out_step(out, "uploading %s, %s, to bucket %s", upload->subject, size, upload->bucket.name);
}

/* Sends what is missing and completes the upload; `*again`: it was ended by somebody else. */
static int send_all(struct upload *upload, bool *again, struct err *err)
{
    struct session *session = upload->session;
    bool missing = false;
    int result;

    *again = false;
    tell(upload);
    result = task_run_all(send_part, upload, upload->parts.count, AT_ONCE, err);
    if (session->context.out)
        out_progress(session->context.out, upload->label, 0, 0);
    if (result < 0)
        return err_append(err, "; what has arrived is kept, and is not sent again next time");
    for (size_t i = 0; i < upload->parts.count; i++)
        missing |= !upload->parts.items[i].etag;
    if (!missing)
        return complete(upload, again, err);
    *again = true;
    return 0;
}

static void forget(struct upload *upload)
{
    free(upload->id);
    upload->id = NULL;
    for (size_t i = 0; i < upload->parts.count; i++) {
        free(upload->parts.items[i].etag);
        upload->parts.items[i].etag = NULL;
        upload->parts.items[i].sent = 0;
    }
}

static int put_object(struct upload *upload, struct err *err)
{
    for (int round = 0; round < ROUNDS; round++) {
        bool done = false, again;

        if (find_object(upload, &done, err) < 0)
            return -1;
        if (done)
            return 0;
        if (find_upload(upload, err) < 0 || (upload->id && find_parts(upload, err) < 0) ||
            (!upload->id && begin_upload(upload, err) < 0) || send_all(upload, &again, err) < 0)
            return -1;
        if (!again)
            return 0;
        forget(upload);
    }
    return err_set(err, ERR_SERVICE, "the upload to bucket %s was ended by somebody else %d times",
                   upload->bucket.name, ROUNDS);
}

/* Reads and hashes the file, and names the object by it. */
static int prepare(struct upload *upload, const struct artifact *artifact, int fd, struct err *err)
{
    char hex[HASH_HEX_LEN];
    char *base64;
    bool same;

    if (fd < 0)
        return err_set(err, ERR_FAILED, "cannot open '%s': %s", artifact->path, strerror(errno));
    if (upload_parts_read(&upload->parts, fd, err) < 0)
        return err_context(err, "'%s'", artifact->path);
    base64 = hash_base64(upload->parts.digest, HASH_LEN);
    same = strcmp(base64, artifact->sha256) == 0;
    free(base64);
    if (!same)
        return err_set(err, ERR_FAILED, "'%s' was changed since it was made; run it again",
                       artifact->path);
    hash_hex(upload->parts.digest, HASH_LEN, hex);
    upload->key = xasprintf("fnctl/%s.zip", hex);
    return 0;
}

json_t *upload_zip(struct session *session, const struct artifact *artifact, const char *subject,
                   struct err *err)
{
    struct upload upload = {.session = session, .subject = subject};
    int fd = open(artifact->path, O_RDONLY | O_CLOEXEC);
    json_t *place = NULL;

    upload.label = xasprintf("uploading %s", subject);
    pthread_mutex_init(&upload.lock, NULL);
    pthread_mutex_lock(&session->upload_lock);
    if (prepare(&upload, artifact, fd, err) == 0 &&
        bucket_find(session, &upload.bucket, err) == 0 && put_object(&upload, err) == 0)
        place = json_pack("{s:s, s:s}", "S3Bucket", upload.bucket.name, "S3Key", upload.key);
    else
        err_context(err, "%s", subject);
    pthread_mutex_unlock(&session->upload_lock);
    pthread_mutex_destroy(&upload.lock);
    upload_parts_release(&upload.parts);
    free(upload.key);
    free(upload.id);
    free(upload.label);
    if (fd >= 0)
        close(fd);
    return place;
}
