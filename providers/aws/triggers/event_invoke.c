#include "providers/aws/triggers/event_invoke.h"

#include "core/memory.h"
#include "providers/aws/function/marks.h"
#include "providers/difference.h"

#include <string.h>

#define PATH "/2019-09-25/functions/%s/event-invoke-config?Qualifier=" LIVE_ALIAS

static int take_config(struct session *session, const struct read *read,
                       const struct aws_call *call, struct err *err)
{
    (void)session;
    (void)err;
    json_replace(&read->remote->event_invoke, call->code ? NULL : json_incref(call->reply));
    return 0;
}

void event_invoke_add(struct reads *reads, struct remote *remote)
{
    struct aws_call *call = reads_add(reads, &(struct read){.remote = remote, .take = take_config});

    aws_call_rest(call, &aws_lambda, "GetFunctionEventInvokeConfig", "GET", NULL, PATH,
                  remote->name);
    call->accept = "ResourceNotFoundException";
}

static json_t *destination(const char *arn)
{
    return arn ? json_pack("{s:s}", "Destination", arn) : json_object();
}

static json_t *body_of(int64_t attempts, int64_t age, const char *success, const char *failure)
{
    return json_pack("{s:I, s:I, s:{s:o, s:o}}", "MaximumRetryAttempts", (json_int_t)attempts,
                     "MaximumEventAgeInSeconds", (json_int_t)age, "DestinationConfig", "OnSuccess",
                     destination(success), "OnFailure", destination(failure));
}

static const char *destination_at(const json_t *config, const char *path)
{
    const char *arn = json_string_at(config, path);

    return *arn ? arn : NULL;
}

/* What is there in the form of what is wanted; members that are not said are Lambda's own. */
static json_t *found_body(const json_t *config)
{
    const json_t *attempts = json_object_get(config, "MaximumRetryAttempts");
    const json_t *age = json_object_get(config, "MaximumEventAgeInSeconds");

    return body_of(json_is_integer(attempts) ? json_integer_value(attempts) : RETRIES_ATTEMPTS,
                   json_is_integer(age) ? json_integer_value(age) : RETRIES_AGE,
                   destination_at(config, "DestinationConfig.OnSuccess.Destination"),
                   destination_at(config, "DestinationConfig.OnFailure.Destination"));
}

static int send(struct session *session, struct remote *remote, json_t *wanted, struct err *err)
{
    struct aws_call call;
    int result;

    if (wanted)
        aws_call_rest(&call, &aws_lambda, "PutFunctionEventInvokeConfig", "PUT",
                      json_incref(wanted), PATH, remote->name);
    else
        aws_call_rest(&call, &aws_lambda, "DeleteFunctionEventInvokeConfig", "DELETE", NULL, PATH,
                      remote->name);
    result = session_call(session, &call, wanted ? NULL : "ResourceNotFoundException", remote->name,
                          err);
    if (result == 0)
        json_replace(&remote->event_invoke, wanted ? json_incref(call.reply) : NULL);
    aws_call_release(&call);
    return result;
}

int event_invoke_put(struct session *session, struct remote *remote, struct changes *changes,
                     struct err *err)
{
    const struct function *function = remote->function;
    const struct destinations *to = &function->destinations;
    json_t *found = remote->event_invoke ? found_body(remote->event_invoke) : NULL;
    json_t *wanted =
        settings_async_is_set(&function->retries, to)
            ? body_of(function->retries.attempts, function->retries.age, to->success, to->failure)
            : NULL;
    int64_t started = clock_monotonic(session->clock);
    struct change *change;
    int result = 0;

    if (found != wanted && !json_equal(found, wanted)) {
        change = changes_add(changes,
                             !found    ? CHANGE_CREATE
                             : !wanted ? CHANGE_REMOVE
                                       : CHANGE_UPDATE,
                             "asynchronous calls", remote->name);
        if (wanted)
            change_fields_differing(changes, change, found, wanted);
        changes_announce(changes, change);
        if (changes->apply)
            result = send(session, remote, wanted, err);
        if (changes->apply && result == 0)
            changes_done(changes, change, session_elapsed(session, started));
    }
    json_decref(found);
    json_decref(wanted);
    return result < 0 ? -1 : mark_drop(session, remote, MARK_ASYNC, changes, err);
}
