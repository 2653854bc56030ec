#include "providers/local/local.h"

#include "providers/aws/wire/members.h"
#include "providers/local/launch.h"
#include "providers/local/sources.h"

#include <stdlib.h>

/* Where the engine is, started when the command wants that. */
static int find_engine(const struct provider_context *context, struct engine_status *status,
                       struct err *err)
{
    bool runs;

    if (launch_status(context->clock, status, err) < 0)
        return -1;
    runs = status->running;
    if (!runs && !context->start)
        return err_set(err, ERR_SERVICE,
                       "the local engine is not running; 'fnctl deploy' or 'fnctl local start' "
                       "starts it");
    /* It also waits until a running one answers. */
    engine_status_release(status);
    if (launch_start(context->clock, status, err) < 0)
        return -1;
    if (!runs)
        out_step(context->out, "started the local engine at %s ('fnctl local stop' ends it)",
                 status->url);
    return 0;
}

static const char *region_of(const struct provider_context *context)
{
    if (context->region)
        return context->region;
    return context->settings && context->settings->region ? context->settings->region
                                                          : LOCAL_REGION;
}

static int open_session(const struct provider_context *context, struct session **session,
                        struct err *err)
{
    struct engine_status status = {0};
    struct aws_options options = {
        .clock = context->clock, .out = context->out, .region = region_of(context)};
    int result;

    if (context->endpoint_url)
        return err_set(err, ERR_USAGE,
                       "--endpoint-url is for the provider aws; this stage goes to the local "
                       "engine");
    result = find_engine(context, &status, err);
    if (result == 0) {
        options.endpoint_url = status.url;
        options.key_id = status.key_id;
        options.secret = status.secret;
        result = aws_open_with(context, &options, session, err);
    }
    engine_status_release(&status);
    return result;
}

/* As on AWS; what is missing is to be made in the engine and not there. */
static int find_values(struct session *session, struct references *references, struct err *err)
{
    int result = aws_values(session, references, err);

    for (size_t i = 0; result == 0 && i < references->count; i++) {
        struct reference *reference = references->items[i];
        char *reason = reference->reason;

        if (reference->state != REFERENCE_MISSING)
            continue;
        reference->reason = NULL;
        reference_missing(reference,
                          "%s (in the local engine; 'eval \"$(fnctl local env)\"' lets 'aws' talk "
                          "to it)",
                          reason);
        free(reason);
    }
    return result;
}

/* The engine checks who asks, and then grants everything. */
static int check_access(struct session *session, json_t **report, struct err *err)
{
    (void)session;
    (void)err;
    *report = json_pack("{s:b, s:s}", "simulated", 0, "reason",
                        "the local engine grants everything to whoever has its credentials");
    return 0;
}

const struct provider provider_local = {
    .name = "local",
    .summary = "the engine on this machine: no account, functions really run",
    .engine = &launch_control,
    .open = open_session,
    .values = find_values,
    .check_access = check_access,
    .put_triggers = local_put_triggers,
    AWS_MEMBERS,
};
