#include "providers/aws/session.h"

#include "core/interrupt.h"
#include "core/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_READS = 64,       /* at once */
    FIRST_PAUSE = 50,      /* ms */
    LONGEST_PAUSE = 5000,  /* ms */
    RACE_LIMIT = 2 * 60000 /* ms */
};

/* Answers that mean "not yet": the code, words of the message, the operation (NULL: any). */
static const struct race {
    const char *code;
    const char *words;
    const char *operation;
} races[] = {
    {"InvalidParameterValueException", "cannot be assumed", NULL},
    {"InvalidParameterValueException", "does not have permissions", NULL},
    {"InvalidParameterValueException", "invalid for CreateGrant", NULL},
    {"InvalidParameterValueException", "throttled by EC2", NULL},
    {"ResourceConflictException", "cannot be performed at this time", NULL},
    {"ResourceConflictException", "in progress", NULL},
    {"ValidationException", "to assume the role", NULL},
    /* A permission that was given a moment ago. */
    {"InvalidArgument", "Unable to validate", "PutBucketNotificationConfiguration"},
    /* An event source mapping that is being changed. */
    {"ResourceInUseException", NULL, NULL},
    {"OperationAbortedException", NULL, NULL},
    {"OperationAborted", NULL, NULL},
    {"ConcurrentModification", NULL, NULL},
    {"ConflictException", "concurrent modification", NULL},
    /* Policies that were taken away a moment ago. */
    {"DeleteConflict", "policies first", "DeleteRole"},
    /* A role that was created a moment ago, not known everywhere yet. */
    {"NoSuchEntity", NULL, "PutRolePolicy"},
    /* A bucket that was made a moment ago. */
    {"NoSuchBucket", NULL, "PutPublicAccessBlock"},
    {"NoSuchBucket", NULL, "PutBucketLifecycleConfiguration"},
    {"NoSuchBucket", NULL, "PutBucketTagging"},
    {"NoSuchBucket", NULL, "CreateMultipartUpload"},
    /* A domain name that was removed a moment ago had it. */
    {"ResourceInUseException", NULL, "DeleteCertificate"},
    {NULL, NULL, NULL},
};

/* Codes of the races and of refused values: session_call() judges them itself. */
static const char judged[] =
    "InvalidParameterValueException ResourceConflictException "
    "ValidationException ValidationError OperationAbortedException "
    "ConcurrentModification ConflictException DeleteConflict NoSuchEntity BadRequestException "
    "MalformedPolicyDocument InvalidInput InvalidParameterException OperationAborted NoSuchBucket "
    "ResourceInUseException InvalidArgument";

/* Of those, the ones that mean a refused value. */
static const char refusals[] = "InvalidParameterValueException ValidationException ValidationError "
                               "BadRequestException MalformedPolicyDocument InvalidInput "
                               "InvalidParameterException";

struct remote *session_remote(struct session *session, const struct function *function)
{
    for (size_t i = 0; i < session->count; i++) {
        if (strcmp(session->remotes[i].function->name, function->name) == 0)
            return &session->remotes[i];
    }
    abort();
}

static int ask_account(struct session *session, struct err *err)
{
    struct aws_call call;
    int result;

    aws_call_action(&call, &aws_sts, "GetCallerIdentity", NULL);
    result = aws_perform(session->aws, &call, 1, err);
    if (result == 0)
        session_learn(session, json_string_at(call.reply, "Arn"));
    if (result == 0 && !session->account)
        result = err_set(err, ERR_SERVICE, "cannot GetCallerIdentity: the reply has no ARN");
    aws_call_release(&call);
    return result;
}

const char *session_account(struct session *session, struct err *err)
{
    bool known;

    pthread_mutex_lock(&session->lock);
    known = session->account != NULL;
    pthread_mutex_unlock(&session->lock);
    if (!known && ask_account(session, err) < 0)
        return NULL;
    return session->account;
}

void session_learn(struct session *session, const char *arn)
{
    const char *at = arn;
    size_t len;

    for (int i = 0; at && i < 4; i++) {
        at = strchr(at, ':');
        at = at ? at + 1 : NULL;
    }
    len = at ? strspn(at, "0123456789") : 0;
    if (len != 12 || at[len] != ':')
        return;
    pthread_mutex_lock(&session->lock);
    if (!session->account)
        session->account = xstrndup(at, len);
    pthread_mutex_unlock(&session->lock);
}

char *session_name(const struct session *session)
{
    return xasprintf("%s-%s", session->settings->project, session->settings->stage);
}

char *session_prefix(const struct session *session)
{
    return xasprintf("%s-%s-", session->settings->project, session->settings->stage);
}

char *session_arn(struct session *session, const char *service, struct err *err,
                  const char *resource, ...)
{
    const char *account = session_account(session, err);
    bool global = strcmp(service, "iam") == 0;
    struct buf arn;
    va_list arguments;

    if (!account)
        return NULL;
    buf_init(&arn, 0);
    buf_printf(&arn, "arn:%s:%s:%s:%s:", aws_partition(session->aws), service,
               global ? "" : aws_region(session->aws), account);
    va_start(arguments, resource);
    buf_vprintf(&arn, resource, arguments);
    va_end(arguments);
    return buf_take(&arn);
}

json_t *session_tags(const struct session *session, const struct function *function)
{
    const json_t *own = function ? function->tags : session->settings->tags;
    json_t *tags = own ? json_copy((json_t *)own) : json_object();

    tags_note(tags, own);
    json_object_set_new(tags, TAG_PROJECT, json_string(session->settings->project));
    json_object_set_new(tags, TAG_STAGE, json_string(session->settings->stage));
    if (function)
        json_object_set_new(tags, TAG_FUNCTION, json_string(function->name));
    return tags;
}

static bool tag_is(const json_t *tags, const char *key, const char *value)
{
    const char *found = json_string_value(json_object_get(tags, key));

    return found && strcmp(found, value) == 0;
}

bool session_owns(const struct session *session, const json_t *tags)
{
    return tag_is(tags, TAG_PROJECT, session->settings->project) &&
           tag_is(tags, TAG_STAGE, session->settings->stage);
}

int session_read(struct session *session, struct aws_call *calls, size_t count, struct err *err)
{
    int result = 0;

    for (size_t at = 0; at < count && result == 0; at += MOST_READS)
        result = aws_perform(session->aws, calls + at,
                             count - at < MOST_READS ? count - at : MOST_READS, err);
    return result;
}

/* Whether `word` is one of the space-separated words of `list`. */
static bool has_word(const char *list, const char *word)
{
    size_t len = strlen(word);

    for (const char *at = list; at && (at = strstr(at, word)); at += len) {
        if ((at == list || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
            return true;
    }
    return false;
}

static bool is_race(const struct aws_call *call)
{
    for (const struct race *race = races; call->code && race->code; race++) {
        if (strcmp(call->code, race->code) == 0 &&
            (!race->operation || strcmp(race->operation, call->operation) == 0) &&
            (!race->words || (call->message && strstr(call->message, race->words))))
            return true;
    }
    return false;
}

int session_pause(struct session *session, int64_t *delay, int64_t most, struct err *err)
{
    if (clock_sleep(session->clock, *delay) < 0) {
        if (interrupt_check(err) < 0)
            return -1;
        return err_set(err, ERR_INTERRUPTED, "interrupted");
    }
    *delay = *delay * 2 > most ? most : *delay * 2;
    return 0;
}

/* What the answer of a call that aws_perform() let pass means. */
static int judge(const struct aws_call *call, const char *accept, struct err *err)
{
    enum err_code code;

    if (!call->code || (accept && has_word(accept, call->code)))
        return 0;
    code = has_word(refusals, call->code) ? ERR_SETTINGS : ERR_SERVICE;
    return err_set(err, code, "cannot %s: %s: %s", call->operation, call->code,
                   call->message ? call->message : "no message");
}

int session_call(struct session *session, struct aws_call *call, const char *accept,
                 const char *subject, struct err *err)
{
    char *codes = xasprintf("%s %s", judged, accept ? accept : "");
    int64_t started = clock_monotonic(session->clock);
    int64_t delay = FIRST_PAUSE;
    int attempts = 0;
    int result;

    call->accept = codes;
    for (;;) {
        result = aws_perform(session->aws, call, 1, err);
        attempts += call->attempts;
        if (result < 0 || !is_race(call) || session_elapsed(session, started) > RACE_LIMIT)
            break;
        if (session_pause(session, &delay, LONGEST_PAUSE, err) < 0) {
            result = -1;
            break;
        }
    }
    call->attempts = attempts;
    call->accept = NULL;
    if (result == 0)
        result = judge(call, accept, err);
    if (result < 0 && subject)
        err_context(err, "%s", subject);
    free(codes);
    return result;
}

int session_do(struct session *session, struct aws_call *call, const char *accept,
               const char *subject, struct err *err)
{
    int result = session_call(session, call, accept, subject, err);

    aws_call_release(call);
    return result;
}

/* A bar for one upload. */
struct upload {
    struct out *out;
    const char *label;
};

static void show_upload(void *context, int64_t sent, int64_t total)
{
    const struct upload *upload = context;

    out_progress(upload->out, upload->label, sent, total);
}

int session_upload(struct session *session, struct aws_call *call, const char *accept,
                   const char *subject, struct err *err)
{
    char *label = xasprintf("uploading %s", subject);
    struct upload upload = {.out = session->context.out, .label = label};
    int result;

    if (upload.out) {
        call->progress = show_upload;
        call->progress_context = &upload;
    }
    result = session_call(session, call, accept, subject, err);
    if (upload.out)
        out_progress(upload.out, label, 0, 0);
    call->progress = NULL;
    free(label);
    return result;
}

json_t *call_take(const struct aws_call *call, const char *path)
{
    return json_incref(json_at(call->reply, path));
}

void json_replace(json_t **place, json_t *value)
{
    json_t *old = *place;

    *place = value;
    json_decref(old);
}

int64_t session_elapsed(const struct session *session, int64_t started)
{
    return clock_monotonic(session->clock) - started;
}
