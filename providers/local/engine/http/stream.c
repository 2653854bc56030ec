#include "core/memory.h"
#include "providers/local/engine/http/server_inside.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK = 32 * 1024 };

struct stream {
    struct server_exchange *exchange;
    struct buf data; /* written and not taken yet */
    bool suspended;  /* nothing to send: the connection sleeps */
    bool ended;
    void (*gone)(void *context); /* NULL: nobody is to be told any more */
    void *context;
};

static void resume(struct stream *stream)
{
    if (stream->suspended)
        exchange_resume(stream->exchange);
    stream->suspended = false;
}

static void tell_gone(struct stream *stream)
{
    void (*gone)(void *context) = stream->gone;

    stream->gone = NULL;
    if (gone)
        gone(stream->context);
}

/* libmicrohttpd does not look at a suspended connection; resumed, it finds it closed. */
static void client_gone(void *context, int fd, uint32_t events)
{
    const struct server_exchange *exchange = context;
    struct stream *stream = exchange->stream;

    (void)fd;
    (void)events;
    stream->ended = true;
    resume(stream);
    tell_gone(stream);
}

/* libmicrohttpd asks for more of the body. */
static ssize_t read_stream(void *context, uint64_t position, char *buffer, size_t max)
{
    struct stream *stream = context;
    size_t len = stream->data.len < max ? stream->data.len : max;

    (void)position;
    if (len) {
        memcpy(buffer, stream->data.data, len);
        buf_consume(&stream->data, len);
        return (ssize_t)len;
    }
    if (stream->ended || stream->exchange->server->closing)
        return MHD_CONTENT_READER_END_OF_STREAM;
    stream->suspended = true;
    exchange_suspend(stream->exchange, client_gone);
    return 0;
}

struct stream *request_stream(struct request *request, int status, const struct strlist *headers,
                              void (*gone)(void *context), void *context)
{
    struct stream *stream = xcalloc(1, sizeof(*stream));

    stream->exchange = request->exchange;
    stream->gone = gone;
    stream->context = context;
    buf_init(&stream->data, 0);
    stream->exchange->stream = stream;
    exchange_answer(
        stream->exchange, status, headers,
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, read_stream, stream, NULL));
    return stream;
}

void stream_write(struct stream *stream, const void *data, size_t len)
{
    buf_append(&stream->data, data, len);
    resume(stream);
}

size_t stream_waiting(const struct stream *stream)
{
    return stream->data.len;
}

void stream_end(struct stream *stream)
{
    stream->gone = NULL;
    stream->ended = true;
    resume(stream);
}

void stream_wake(struct stream *stream)
{
    if (stream)
        resume(stream);
}

void stream_close(struct stream *stream)
{
    if (!stream)
        return;
    tell_gone(stream);
    buf_release(&stream->data);
    free(stream);
}
