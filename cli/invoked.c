#include "cli/invoked.h"

#include "cli/log_line.h"
#include "cli/traceback.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    MESSAGE_MAX = 1500, /* bytes of a function's own message in ours */
    LINES_MAX = 20,     /* of the log of a failed call */
};

void invoked_init(struct invoked *invoked, const struct function *function,
                  const struct invoke_result *result)
{
    const struct buf *payload = &result->payload;
    struct failure failure = {.function = function,
                              .text = buf_string(payload),
                              .text_len = payload->len,
                              .log = result->log,
                              .log_len = result->log ? strlen(result->log) : 0};
    struct buf text;

    *invoked = (struct invoked){.function = function, .result = result};
    if (!result->function_error)
        return;
    invoked->error = json_loadb(failure.text, failure.text_len, JSON_ALLOW_NUL, NULL);
    failure.type = json_string_at(invoked->error, "errorType");
    buf_init(&text, 0);
    traceback_print(&text, invoked->error);
    if (text.len) {
        failure.text = text.data;
        failure.text_len = text.len;
    }
    cause_find(&failure, &invoked->cause);
    buf_release(&text);
}

void invoked_release(struct invoked *invoked)
{
    json_decref(invoked->error);
    cause_release(&invoked->cause);
}

/* The answer as a value; as its text when it is none that fits into the document, such as one with
 * a number beyond 64 bits. NULL when it is empty. */
static json_t *payload_json(const struct buf *payload)
{
    json_t *value =
        json_loadb(buf_string(payload), payload->len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    char *text;

    if (value || !payload->len)
        return value;
    text = out_visible(buf_string(payload), payload->len);
    value = json_string(text);
    free(text);
    return value;
}

json_t *invoked_json(const struct invoked *invoked)
{
    const struct invoke_result *result = invoked->result;
    char *log = result->log ? out_visible(result->log, strlen(result->log)) : NULL;
    json_t *document =
        json_pack("{s:i, s:s?, s:s?, s:s?, s:s?, s:o?}", "status", result->status, "function_error",
                  result->function_error, "version", result->version, "request_id",
                  result->request_id, "log", log, "payload", payload_json(&result->payload));

    if (invoked->cause.what)
        json_object_set_new(
            document, "cause",
            json_pack("{s:s, s:s}", "what", invoked->cause.what, "next", invoked->cause.next));
    free(log);
    return document;
}

/* Whether a line of the log says what the traceback said, or is Lambda's own. */
static bool is_known(const char *line, size_t len, const char *traceback)
{
    struct log_line read;
    bool known;
    char *text;

    log_line_read(&read, line, len);
    known = read.kind != LOG_TEXT && read.kind != LOG_JSON;
    text = xstrndup(read.text, read.text_len);
    log_line_release(&read);
    known = known || !text[strspn(text, " \t\r^~")] || strstr(traceback, text) ||
            strncmp(text, "Invoke Error", 12) == 0 ||
            strncmp(text, "Uncaught Exception", 18) == 0 || strncmp(text, "RequestId: ", 11) == 0;
    free(text);
    return known;
}

/* What the function wrote itself, the end of it. */
static void tell_log(struct app *app, const char *log, const char *traceback)
{
    struct strlist lines;

    strlist_init(&lines);
    while (*log) {
        size_t len = strcspn(log, "\n");

        if (len && !is_known(log, len, traceback))
            strlist_take(&lines, xstrndup(log, len));
        log += len + (log[len] == '\n');
    }
    for (size_t i = lines.count > LINES_MAX ? lines.count - LINES_MAX : 0; i < lines.count; i++)
        out_tell(&app->out, "  %s", lines.items[i]);
    strlist_release(&lines);
}

static void tell_failure(struct app *app, const struct invoked *invoked, bool log)
{
    struct buf text;

    buf_init(&text, 0);
    traceback_print(&text, invoked->error);
    if (invoked->result->log && !log)
        tell_log(app, invoked->result->log, buf_string(&text));
    if (text.len)
        out_tell(&app->out, "%s", text.data);
    buf_release(&text);
}

void invoked_tell_log(struct app *app, const struct invoked *invoked)
{
    tell_failure(app, invoked, false);
}

void invoked_print(struct app *app, const struct invoked *invoked, bool log)
{
    const struct invoke_result *result = invoked->result;
    bool failed = result->function_error;

    if (result->log && log)
        out_tell(&app->out, "%s", result->log);
    if (failed)
        tell_failure(app, invoked, log);
    if (result->status == 202)
        out_step(&app->out, "queued as request %s", result->request_id ? result->request_id : "?");
    if (result->status == 204)
        out_step(&app->out, "it could be invoked");
    /* On a terminal the traceback has said it all. */
    if (!result->payload.len || (failed && invoked->error && isatty(fileno(app->out.results))))
        return;
    fwrite(result->payload.data, 1, result->payload.len, app->out.results);
    fputc('\n', app->out.results);
    out_flush(&app->out);
}

int invoked_judge(const struct invoked *invoked, struct err *err)
{
    const char *type = json_string_at(invoked->error, "errorType");
    const char *message = json_string_at(invoked->error, "errorMessage");
    size_t len;

    if (!invoked->result->function_error)
        return 0;
    if (!*type && !*message)
        message = invoked->result->function_error;
    /* The traceback has the lines behind the first. */
    len = strcspn(message, "\n");
    err_set(err, ERR_FAILED, "function '%s' failed: %s%s%.*s", invoked->function->name, type,
            *type && *message ? ": " : "", (int)(len < MESSAGE_MAX ? len : MESSAGE_MAX), message);
    if (invoked->cause.what)
        err_append(err, "; cause: %s; %s", invoked->cause.what, invoked->cause.next);
    return -1;
}
