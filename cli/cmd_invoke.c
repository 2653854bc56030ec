#include "cli/commands.h"
#include "cli/invoked.h"
#include "cli/payload.h"

#include <stddef.h>

struct invoke_options {
    const char *file;
    const char *qualifier;
    bool async, dry_run, log;
};

static int read_payload(const struct app *app, const struct invoke_options *options,
                        struct buf *payload, struct err *err)
{
    const char *argument = app->arguments.count > 1 ? app->arguments.items[1] : NULL;

    if (argument && options->file)
        return err_set(err, ERR_USAGE, "a payload and --file cannot be given together");
    if (payload_read(argument, options->file, payload, err) < 0)
        return -1;
    return payload_check(payload, err);
}

/* The log comes with the answer and costs nothing: a failure is explained by it. */
static int tell(struct app *app, const struct invoke_options *options,
                const struct invocation *invocation, struct invoke_result *result, struct err *err)
{
    struct invoked invoked;
    int status;

    invoked_init(&invoked, invocation->function, result);
    if (app->out.json) {
        json_t *document = invoked_json(&invoked);

        if (!options->log && !result->function_error)
            json_object_set_new(document, "log", json_null());
        out_json(&app->out, document, false);
        json_decref(document);
    } else {
        invoked_print(app, &invoked, options->log);
    }
    status = invoked_judge(&invoked, err);
    invoked_release(&invoked);
    return status;
}

static int run(struct app *app, const void *options, struct err *err)
{
    const struct invoke_options *invoke = options;
    struct invocation invocation = {.mode = invoke->async     ? INVOKE_ASYNC
                                            : invoke->dry_run ? INVOKE_DRY_RUN
                                                              : INVOKE_SYNC,
                                    .log = !invoke->async && !invoke->dry_run,
                                    .qualifier = invoke->qualifier};
    struct invoke_result result = {0};
    struct buf payload;
    int status = -1;

    buf_init(&payload, PAYLOAD_MAX);
    if (invoke->async && invoke->dry_run) {
        err_set(err, ERR_USAGE, "--async and --dry-run cannot be given together");
        goto out;
    }
    invocation.function = settings_function(&app->settings, app->arguments.items[0], err);
    if (!invocation.function || read_payload(app, invoke, &payload, err) < 0)
        goto out;
    invocation.payload = buf_string(&payload);
    invocation.payload_len = payload.len;
    if (app->provider->invoke(app->session, &invocation, &result, err) < 0)
        goto out;
    status = tell(app, invoke, &invocation, &result, err);
out:
    invoke_result_release(&result);
    buf_release(&payload);
    return status;
}

#define OPTION(member, field_type, ...)                                                            \
    .offset = offsetof(struct invoke_options, member), .type = field_type, __VA_ARGS__

static const struct field options[] = {
    {.name = "file",
     OPTION(file, FIELD_STRING, .letter = 'f', .value = "FILE",
            .help = "take the payload from a file")},
    {.name = "async",
     OPTION(async, FIELD_BOOL, .help = "queue it and return; failures are retried by the service")},
    {.name = "dry-run",
     OPTION(dry_run, FIELD_BOOL, .help = "check that it could be invoked, without invoking it")},
    {.name = "log",
     OPTION(log, FIELD_BOOL, .letter = 'l', .help = "print the last 4 KB of its log")},
    {.name = "qualifier",
     OPTION(qualifier, FIELD_STRING, .value = "VERSION",
            .help = "a version or alias; by default what is live")},
    FIELD_END,
};

static const struct command_argument arguments[] = {
    STAGE_ARGUMENT,
    {.name = "FUNCTION", .help = "the function to invoke"},
    {.name = "PAYLOAD",
     .help = "the event as JSON; by default --file, standard input, or {}",
     .optional = true},
    {.name = NULL},
};

static const char *const examples[] = {
    "fnctl invoke api '{\"city\": \"Berlin\"}'",
    "the answer goes to standard output",
    "fnctl invoke prod api --file event.json --log",
    "stage prod, with the log",
    NULL,
};

const struct command cmd_invoke = {
    .name = "invoke",
    .summary = "call a function",
    .description =
        "Calls a function with an event and prints its answer. The exit status is 1 when the\n"
        "function failed; its traceback, what it wrote, and where it is known the cause and what\n"
        "to do go to standard error then. On a terminal the traceback stands for the answer.\n"
        "\n"
        "With --json: {\"status\", \"function_error\", \"version\", \"request_id\", \"log\", "
        "\"payload\"}; what\n"
        "there is not is null. \"log\" is told when it was asked for or the function failed, and "
        "then\n"
        "\"cause\": {\"what\", \"next\"} where it is known. A payload that JSON's usual readers "
        "cannot hold, as a number "
        "beyond\n"
        "64 bits, is given as a string.",
    .examples = examples,
    .arguments = arguments,
    .options = options,
    .options_size = sizeof(struct invoke_options),
    .needs = NEEDS_SETTINGS | NEEDS_PROVIDER,
    .run = run,
};
