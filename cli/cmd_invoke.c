#include "cli/commands.h"
#include "core/file.h"
#include "core/interrupt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What Lambda takes in one request:
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
enum { PAYLOAD_MAX = 6 * 1024 * 1024, PAYLOAD_FLAGS = JSON_DECODE_ANY | JSON_ALLOW_NUL };

struct invoke_options {
    const char *file;
    const char *qualifier;
    bool async, dry_run, log;
};

/* Reads standard input to its end; a terminal gives the empty object, as nobody types payloads. */
static int read_standard_input(struct buf *payload, struct err *err)
{
    char chunk[65536];
    ssize_t len;

    if (isatty(STDIN_FILENO))
        return buf_puts(payload, "{}");
    for (;;) {
        if (interrupt_wait_readable(STDIN_FILENO) < 0)
            return interrupt_check(err);
        len = read(STDIN_FILENO, chunk, sizeof(chunk));
        if (len == 0)
            break;
        if (len < 0 && errno == EINTR)
            continue;
        if (len < 0)
            return err_set(err, ERR_FAILED, "cannot read standard input: %s", strerror(errno));
        if (buf_append(payload, chunk, (size_t)len) < 0)
            return err_set(err, ERR_USAGE, "the payload has more than %d bytes", PAYLOAD_MAX);
    }
    return payload->len ? 0 : buf_puts(payload, "{}");
}

/* It is only looked at: a number that is too large for us is the function's business. */
static int check_payload(const struct buf *payload, struct err *err)
{
    json_error_t where;
    json_t *value = json_loadb(buf_string(payload), payload->len,
                               PAYLOAD_FLAGS | JSON_DECODE_INT_AS_REAL, &where);

    if (!value && json_error_code(&where) != json_error_numeric_overflow)
        return err_set(err, ERR_USAGE, "the payload is no JSON: line %d, column %d: %s", where.line,
                       where.column, where.text);
    json_decref(value);
    return 0;
}

static int read_payload(const struct app *app, const struct invoke_options *options,
                        struct buf *payload, struct err *err)
{
    const char *argument = app->arguments.count > 1 ? app->arguments.items[1] : NULL;

    if (argument && options->file)
        return err_set(err, ERR_USAGE, "a payload and --file cannot be given together");
    if (argument && buf_puts(payload, argument) < 0)
        return err_set(err, ERR_USAGE, "the payload has more than %d bytes", PAYLOAD_MAX);
    if (options->file && file_read(options->file, PAYLOAD_MAX, payload, err) < 0)
        return -1;
    if (!argument && !options->file && read_standard_input(payload, err) < 0)
        return -1;
    return check_payload(payload, err);
}

/* The answer as a value; as its text when it is none that fits into the document, such as one with
 * a number beyond 64 bits. NULL when it is empty. */
static json_t *payload_json(const struct buf *payload)
{
    json_t *value = json_loadb(buf_string(payload), payload->len, PAYLOAD_FLAGS, NULL);
    char *text;

    if (value || !payload->len)
        return value;
    text = out_visible(buf_string(payload), payload->len);
    value = json_string(text);
    free(text);
    return value;
}

static void print_json(struct app *app, const struct invoke_result *result)
{
    json_t *document = json_pack("{s:i, s:s?, s:s?, s:s?, s:s?, s:o?}", "status", result->status,
                                 "function_error", result->function_error, "version",
                                 result->version, "request_id", result->request_id, "log",
                                 result->log, "payload", payload_json(&result->payload));

    out_json(&app->out, document, false);
    json_decref(document);
}

/* The answer as it came to standard output; the log to standard error. */
static void print_result(struct app *app, const struct invoke_result *result)
{
    if (result->log) {
        char *log = out_visible(result->log, strlen(result->log));

        fputs(log, app->out.messages);
        free(log);
    }
    if (result->status == 202)
        out_step(&app->out, "queued as request %s", result->request_id ? result->request_id : "?");
    if (result->status == 204)
        out_step(&app->out, "it could be invoked");
    if (!result->payload.len)
        return;
    fwrite(result->payload.data, 1, result->payload.len, app->out.results);
    fputc('\n', app->out.results);
    out_flush(&app->out);
}

/* A failed function says in its payload what went wrong; some failures have no type. */
static int judge(const struct app *app, const struct invoke_result *result, struct err *err)
{
    json_t *payload;
    const char *type, *message;

    if (!result->function_error)
        return 0;
    payload = json_loadb(buf_string(&result->payload), result->payload.len, 0, NULL);
    type = json_string_at(payload, "errorType");
    message = json_string_at(payload, "errorMessage");
    err_set(err, ERR_FAILED, "function '%s' failed: %s%s%s", app->arguments.items[0], type,
            *type && *message ? ": " : "", *type || *message ? message : result->function_error);
    json_decref(payload);
    return -1;
}

static int run(struct app *app, const void *options, struct err *err)
{
    const struct invoke_options *invoke = options;
    struct invocation invocation = {.mode = invoke->async     ? INVOKE_ASYNC
                                            : invoke->dry_run ? INVOKE_DRY_RUN
                                                              : INVOKE_SYNC,
                                    .log = invoke->log,
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
    if (app->out.json)
        print_json(app, &result);
    else
        print_result(app, &result);
    status = judge(app, &result, err);
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
        "function failed.\n"
        "\n"
        "With --json: {\"status\", \"function_error\", \"version\", \"request_id\", \"log\", "
        "\"payload\"}; what\n"
        "there is not is null. A payload that JSON's usual readers cannot hold, as a number "
        "beyond\n"
        "64 bits, is given as a string.",
    .examples = examples,
    .arguments = arguments,
    .options = options,
    .options_size = sizeof(struct invoke_options),
    .needs = NEEDS_SETTINGS | NEEDS_PROVIDER,
    .run = run,
};
