#include "cli/invoke_lines.h"

#include "cli/invoked.h"
#include "cli/payload.h"
#include "core/interrupt.h"
#include "core/memory.h"
#include "core/task.h"

#include <stdlib.h>
#include <string.h>

/* Lines are called in batches of so many for each that may run at a time. */
enum { BATCH = 4 };

struct call {
    size_t line;
    struct buf payload;
    struct invoke_result result;
    bool done;
};

struct lines {
    struct app *app;
    const struct invocation *invocation;
    struct call *calls;
    size_t count;         /* of this batch */
    size_t total, failed; /* of all batches */
};

static int call_one(void *context, size_t index, struct err *err)
{
    struct lines *lines = context;
    struct call *call = &lines->calls[index];
    struct invocation invocation = *lines->invocation;

    if (interrupt_check(err) < 0)
        return -1;
    invocation.payload = buf_string(&call->payload);
    invocation.payload_len = call->payload.len;
    if (lines->app->provider->invoke(lines->app->session, &invocation, &call->result, err) < 0)
        return err_context(err, "line %zu", call->line);
    call->done = true;
    return 0;
}

/* The answer in one line: JSON that was written in several is written again. */
static void print_line(struct app *app, const struct buf *payload)
{
    json_t *value = NULL;
    char *text = NULL;

    if (payload->len && memchr(payload->data, '\n', payload->len))
        value = json_loadb(payload->data, payload->len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    if (value)
        text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    if (text)
        fputs(text, app->out.results);
    else
        fwrite(buf_string(payload), 1, payload->len, app->out.results);
    fputc('\n', app->out.results);
    free(text);
    json_decref(value);
}

static void print_call(struct lines *lines, const struct call *call)
{
    struct app *app = lines->app;
    struct invoked invoked;
    struct err failure = {0};

    invoked_init(&invoked, lines->invocation->function, &call->result);
    if (app->out.json) {
        json_t *document = invoked_json(&invoked);

        json_object_set_new(document, "line", json_integer((json_int_t)call->line));
        out_json(&app->out, document, true);
        json_decref(document);
    } else {
        print_line(app, &call->result.payload);
    }
    if (invoked_judge(&invoked, &failure) < 0) {
        lines->failed++;
        out_tell(&app->out, "line %zu: %s", call->line, failure.message);
    }
    invoked_release(&invoked);
}

/* What is there already, at most a batch, but a line at least: a producer may be slow. */
static int read_batch(struct lines *lines, struct payload_lines *source, size_t most,
                      struct err *err)
{
    int more = 1;

    lines->count = 0;
    while (lines->count < most && more > 0) {
        struct call *call = &lines->calls[lines->count];

        *call = (struct call){0};
        buf_init(&call->payload, 0);
        more = payload_lines_next(source, lines->count == 0, &call->payload, err);
        call->line = source->number;
        if (more > 0)
            lines->count++;
        else
            buf_release(&call->payload);
    }
    return more < 0 ? -1 : 0;
}

/* Calls what was read and prints, in order, up to the first that could not be called. */
static int run_batch(struct lines *lines, size_t concurrency, struct err *err)
{
    int result = task_run_all(call_one, lines, lines->count, concurrency, err);
    bool print = true;

    for (size_t i = 0; i < lines->count; i++) {
        struct call *call = &lines->calls[i];

        print = print && call->done;
        if (print)
            print_call(lines, call);
        lines->total += print;
        invoke_result_release(&call->result);
        buf_release(&call->payload);
    }
    out_flush(&lines->app->out);
    return result;
}

int invoke_lines(struct app *app, const struct invocation *invocation, const char *file,
                 size_t concurrency, struct err *err)
{
    struct lines lines = {.app = app, .invocation = invocation};
    struct payload_lines source;
    int result = payload_lines_open(&source, file, err);
    bool more = result == 0;

    lines.calls = xcalloc(concurrency * BATCH, sizeof(*lines.calls));
    while (more && result == 0 && !out_broken(&app->out)) {
        struct err wrong = {0};
        int read = read_batch(&lines, &source, concurrency * BATCH, &wrong);

        more = lines.count > 0;
        if (more)
            result = run_batch(&lines, concurrency, err);
        if (read < 0 && result == 0) {
            *err = wrong;
            result = -1;
        }
    }
    if (result == 0 && lines.failed)
        result = err_set(err, ERR_FAILED, "%zu of %zu calls failed", lines.failed, lines.total);
    payload_lines_close(&source);
    free(lines.calls);
    return result;
}
