#include "providers/local/engine/front/call_stream.h"

#include "core/memory.h"
#include "providers/local/engine/front/cors.h"

#include <string.h>

enum { PRELUDE_MAX = 1024 * 1024, GAP = 8 /* NUL bytes behind the prelude */ };

/* The client went away: what still comes is dropped. */
static void on_gone(void *context)
{
    struct call *call = context;

    call->stream = NULL;
}

/* Answers with status and headers; what the body has so far goes first. */
static void begin(struct call *call, struct event_response *response)
{
    call->began_response = true;
    cors_apply(call->cors, call->request, false, &response->headers);
    call->stream =
        request_stream(call->request, response->status, &response->headers, on_gone, call);
    call->request = NULL;
    stream_write(call->stream, response->body.data, response->body.len);
}

static void begin_plain(struct call *call)
{
    struct event_response response = {.status = 200};

    strlist_add(&response.headers, "Content-Type: application/octet-stream");
    begin(call, &response);
    event_response_release(&response);
}

/* Once the prelude is whole; one that is wrong is told when the function is done. */
static void begin_http(struct call *call)
{
    static const char gap[GAP] = {0};
    struct event_response response = {0};
    struct err err = {0};

    if (!memmem(call->prelude.data, call->prelude.len, gap, sizeof(gap)))
        return;
    if (event_to_http(call->prelude.data, call->prelude.len, true, call->door->type, &response,
                      &err) == 0)
        begin(call, &response);
    else
        engine_log("%s: the result is no HTTP response: %s", call->version.name, err.message);
    event_response_release(&response);
    call->refused = !call->began_response;
    buf_release(&call->prelude);
}

void call_stream_piece(void *context, const void *data, size_t len, bool http)
{
    struct call *call = context;

    if (call->refused || (call->began_response && !call->stream))
        return;
    if (!call->began_response && !http)
        begin_plain(call);
    if (call->began_response) {
        if (call->stream)
            stream_write(call->stream, data, len);
        return;
    }
    buf_append(&call->prelude, data, len);
    begin_http(call);
    if (!call->began_response && call->prelude.len > PRELUDE_MAX)
        call->refused = true;
}

bool call_stream_end(struct call *call)
{
    if (!call->began_response)
        return false;
    if (call->stream)
        stream_end(call->stream);
    call_free(call);
    return true;
}
