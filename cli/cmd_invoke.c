#include "cli/commands.h"
#include "cli/invoke_http.h"
#include "cli/invoke_lines.h"
#include "cli/invoked.h"
#include "cli/payload.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct invoke_options {
    const char *file;
    const char *qualifier;
    bool async, dry_run, log;
    bool lines, stream;
    int64_t concurrency;
    const char *path, *method, *body;
    struct strings headers;
};

/* The event of an HTTP request: its body is --body or --file. */
static int read_request(const struct app *app, const struct invoke_options *options,
                        const struct function *function, struct buf *payload, struct err *err)
{
    struct http_request request = {
        .path = options->path, .method = options->method, .headers = options->headers};
    struct buf body;
    char *event = NULL;
    int result = 0;

    buf_init(&body, PAYLOAD_MAX);
    if (options->body || options->file)
        result = payload_read(options->body, options->file, &body, err);
    if (options->body || options->file)
        request.body = buf_string(&body);
    request.body_len = body.len;
    if (result == 0)
        event = invoke_http_event(app, function, &request, err);
    if (event && buf_puts(payload, event) < 0)
        result = err_set(err, ERR_USAGE, "the event has more than %d bytes", PAYLOAD_MAX);
    free(event);
    buf_release(&body);
    return event ? result : -1;
}

static int read_payload(const struct app *app, const struct invoke_options *options,
                        const struct function *function, struct buf *payload, struct err *err)
{
    const char *argument = app->arguments.count > 1 ? app->arguments.items[1] : NULL;

    if (options->path)
        return read_request(app, options, function, payload, err);
    if (payload_read(argument, options->file, payload, err) < 0)
        return -1;
    return payload_check(payload, err);
}

/* Options that do not go together. */
static int check_options(const struct app *app, const struct invoke_options *options,
                         struct err *err)
{
    bool argument = app->arguments.count > 1;
    bool request = options->method || options->body || options->headers.count;
    const struct {
        bool wrong;
        const char *what;
    } rules[] = {
        {options->async && options->dry_run, "--async and --dry-run cannot be given together"},
        {argument && options->file, "a payload and --file cannot be given together"},
        {argument && options->path, "--path makes the payload: give the request's body as --body"},
        {argument && options->lines, "--lines takes payloads from --file or standard input"},
        {options->lines && options->path, "--lines and --path cannot be given together"},
        {options->body && options->file, "--body and --file cannot be given together"},
        {request && !options->path, "--method, --header and --body are of requests: give --path"},
        {options->stream && (options->path || options->lines || options->async ||
                             options->dry_run || app->out.json),
         "--stream goes with none of --path, --lines, --async, --dry-run, --json"},
        {options->path && options->async, "--path and --async cannot be given together"},
    };

    for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++)
        if (rules[i].wrong)
            return err_set(err, ERR_USAGE, "%s", rules[i].what);
    return 0;
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

/* Writes a piece of the answer at once; on a terminal what could drive it is made visible. */
static int write_piece(void *context, const void *data, size_t len)
{
    struct app *app = context;

    if (isatty(fileno(app->out.results))) {
        char *visible = out_visible(data, len);

        fputs(visible, app->out.results);
        free(visible);
    } else {
        fwrite(data, 1, len, app->out.results);
    }
    out_flush(&app->out);
    return out_broken(&app->out);
}

/* A function whose URL streams is called as that does, where there is somebody to see it. */
static bool streams(const struct app *app, const struct invoke_options *options,
                    const struct function *function)
{
    return options->stream || (function->url.stream && !options->path && !options->async &&
                               !options->dry_run && !app->out.json);
}

/* Lambda could not call the function at all: what that means is in the same table. */
static void explain(const struct function *function, struct err *err)
{
    struct failure failure = {
        .function = function, .type = "", .text = err->message, .text_len = strlen(err->message)};
    struct cause cause;

    if (err->code == ERR_SERVICE && cause_find(&failure, &cause)) {
        err_append(err, "; cause: %s; %s", cause.what, cause.next);
        cause_release(&cause);
    }
}

static int run_once(struct app *app, const struct invoke_options *options,
                    struct invocation *invocation, struct err *err)
{
    struct invoke_result result = {0};
    struct buf payload;
    int status;

    buf_init(&payload, PAYLOAD_MAX);
    status = read_payload(app, options, invocation->function, &payload, err);
    invocation->payload = buf_string(&payload);
    invocation->payload_len = payload.len;
    if (streams(app, options, invocation->function)) {
        invocation->receive = write_piece;
        invocation->context = app;
    }
    if (status == 0) {
        status = app->provider->invoke(app->session, invocation, &result, err);
        if (status < 0)
            explain(invocation->function, err);
    }
    if (status == 0 && options->path && !result.function_error && result.status == 200) {
        if (options->log && result.log)
            out_tell(&app->out, "%s", result.log);
        status = invoke_http_print(app, invocation->function, &result, err);
    } else if (status == 0) {
        status = tell(app, options, invocation, &result, err);
    }
    invoke_result_release(&result);
    buf_release(&payload);
    return status;
}

static int run(struct app *app, const void *options, struct err *err)
{
    const struct invoke_options *given = options;
    struct invocation invocation = {.mode = given->async     ? INVOKE_ASYNC
                                            : given->dry_run ? INVOKE_DRY_RUN
                                                             : INVOKE_SYNC,
                                    .log = !given->async && !given->dry_run,
                                    .qualifier = given->qualifier};

    if (check_options(app, given, err) < 0)
        return -1;
    invocation.function = settings_function(&app->settings, app->arguments.items[0], err);
    if (!invocation.function)
        return -1;
    if (given->lines)
        return invoke_lines(app, &invocation, given->file, (size_t)given->concurrency, err);
    return run_once(app, given, &invocation, err);
}

#define OPTION(member, field_type, ...)                                                            \
    .offset = offsetof(struct invoke_options, member), .type = field_type, __VA_ARGS__

static const struct field options[] = {
    {.name = "file",
     OPTION(file, FIELD_STRING, .letter = 'f', .value = "FILE",
            .help = "take the payload, or with --path the request's body, from a file; -: standard "
                    "input")},
    {.name = "stream",
     OPTION(stream, FIELD_BOOL,
            .help = "print the answer as it comes; the default of a function whose URL streams")},
    {.name = "lines",
     OPTION(lines, FIELD_BOOL,
            .help = "many calls: each line of --file or standard input is one "
                    "payload, each answer one line")},
    {.name = "concurrency",
     OPTION(concurrency, FIELD_INT, .fallback = "8", .min = 1, .max = 100, .value = "CALLS",
            .help = "how many calls of --lines run at a time")},
    {.name = "path",
     OPTION(path, FIELD_STRING, .letter = 'p', .value = "PATH",
            .help = "call it as an HTTP request to this path would: /time?tz=UTC")},
    {.name = "method",
     OPTION(method, FIELD_STRING, .value = "METHOD",
            .help = "the request's method; by default GET, with a body POST")},
    {.name = "header",
     OPTION(headers, FIELD_STRINGS, .letter = 'H', .value = "HEADER",
            .help = "a header of the request, as 'Accept: text/plain'; may be repeated")},
    {.name = "body", OPTION(body, FIELD_STRING, .value = "TEXT", .help = "the request's body")},
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
    "fnctl invoke api --path '/time?tz=UTC'",
    "as a GET request to the function's route or URL would",
    "fnctl invoke prod import --lines --file orders.jsonl >answers.jsonl",
    "one call a line, eight at a time",
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
        "--path makes the event of payload format 2.0 that API Gateway or a function URL would "
        "send,\n"
        "with the route and its parameters, without going through them: authorizers are not "
        "asked,\n"
        "and the function need not be open to the network. The body of the response goes to "
        "standard\n"
        "output, status and headers to standard error; a status of 500 or more is exit status 1.\n"
        "\n"
        "With --json: {\"status\", \"function_error\", \"version\", \"request_id\", \"log\", "
        "\"payload\"}; what\n"
        "there is not is null. \"log\" is told when it was asked for or the function failed, and "
        "then\n"
        "\"cause\": {\"what\", \"next\"} where it is known. A payload that JSON's usual readers "
        "cannot hold, as a number "
        "beyond\n"
        "64 bits, is given as a string. With --path: {\"status\", \"headers\", \"body\", "
        "\"base64\"}; with\n"
        "--lines an object a line, with \"line\".",
    .examples = examples,
    .arguments = arguments,
    .options = options,
    .options_size = sizeof(struct invoke_options),
    .needs = NEEDS_SETTINGS | NEEDS_PROVIDER,
    .run = run,
};
