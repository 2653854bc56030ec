#include "providers/aws/aws.h"

#include "core/memory.h"
#include "core/schema.h"
#include "providers/aws/identity/login.h"
#include "providers/aws/observe.h"
#include "providers/aws/session.h"
#include "providers/aws/wire/members.h"

#include <stddef.h>
#include <stdlib.h>

static void fill_remotes(struct session *session)
{
    session->count = settings_function_count(session->settings);
    session->remotes = xcalloc(session->count + 1, sizeof(*session->remotes));
    for (size_t i = 0; i < session->count; i++) {
        const struct function *function = settings_function_at(session->settings, i);

        session->remotes[i].function = function;
        session->remotes[i].name = settings_remote_name(session->settings, function);
    }
}

int aws_open_with(const struct provider_context *context, const struct aws_options *options,
                  struct session **session, struct err *err)
{
    struct aws *aws = aws_new(options, err);
    struct session *opened;

    if (!aws)
        return -1;
    opened = xcalloc(1, sizeof(*opened));
    opened->context = *context;
    opened->settings = context->settings;
    opened->clock = context->clock;
    opened->opened = clock_now(context->clock);
    opened->aws = aws;
    pthread_mutex_init(&opened->lock, NULL);
    pthread_mutex_init(&opened->upload_lock, NULL);
    pthread_mutex_init(&opened->notification_lock, NULL);
    if (opened->settings)
        fill_remotes(opened);
    *session = opened;
    return 0;
}

/* A variable that was set for another day must not pass a rehearsal off as the real thing. */
static void tell_endpoint(const struct provider_context *context, const struct session *session)
{
    const char *url = aws_configured_endpoint(session->aws, &aws_lambda);

    if (url)
        out_warn(context->out,
                 "requests go to %s, as the environment or the AWS config file says, "
                 "and not to AWS",
                 url);
}

static int open_session(const struct provider_context *context, struct session **session,
                        struct err *err)
{
    const struct settings *settings = context->settings;
    struct aws_options options = {.clock = context->clock,
                                  .out = context->out,
                                  .region = context->region ? context->region
                                            : settings      ? settings->region
                                                            : NULL};

    options.profile = context->profile ? context->profile : settings ? settings->aws.profile : NULL;
    options.endpoint_url = context->endpoint_url ? context->endpoint_url
                           : settings            ? settings->aws.endpoint_url
                                                 : NULL;
    if (aws_open_with(context, &options, session, err) < 0)
        return -1;
    if (!options.endpoint_url)
        tell_endpoint(context, *session);
    return 0;
}

void aws_close(struct session *session)
{
    if (!session)
        return;
    observe_forget(session);
    for (size_t i = 0; i < session->count; i++)
        free(session->remotes[i].name);
    free(session->remotes);
    free(session->account);
    free(session->bucket);
    pthread_mutex_destroy(&session->lock);
    pthread_mutex_destroy(&session->upload_lock);
    pthread_mutex_destroy(&session->notification_lock);
    aws_free(session->aws);
    free(session);
}

int aws_identify(struct session *session, struct identity *identity, struct err *err)
{
    struct aws_call call;
    int result;

    *identity = (struct identity){0};
    aws_call_action(&call, &aws_sts, "GetCallerIdentity", NULL);
    result = aws_perform(session->aws, &call, 1, err);
    if (result == 0) {
        session_learn(session, json_string_at(call.reply, "Arn"));
        identity->account = xstrdup(json_string_at(call.reply, "Account"));
        identity->principal = xstrdup(json_string_at(call.reply, "Arn"));
        identity->region = xstrdup(aws_region(session->aws));
    }
    aws_call_release(&call);
    return result;
}

const struct provider provider_aws = {
    .name = "aws",
    .summary = "Amazon Web Services: Lambda, API Gateway, EventBridge Scheduler",
    .open = open_session,
    .values = aws_values,
    .check_access = aws_check_access,
    .login = aws_login,
    .logout = aws_logout,
    .put_triggers = aws_put_triggers,
    AWS_MEMBERS,
};
