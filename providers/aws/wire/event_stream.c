#include "providers/aws/wire/event_stream.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>

enum { PRELUDE = 12, CHECKSUM = 4, SHORTEST = PRELUDE + CHECKSUM };

/* Types of header values. */
enum { TYPE_BYTES = 6, TYPE_STRING = 7, TYPES = 10 };

/* Bytes of a value of each type; -1: two bytes say. */
static const int sizes[TYPES] = {0, 0, 1, 2, 4, 8, -1, -1, 8, 16};

static const char *const kinds[] = {
    [EVENT_MESSAGE] = "event", [EVENT_EXCEPTION] = "exception", [EVENT_ERROR] = "error"};
static const char *const names[] = {[EVENT_MESSAGE] = ":event-type",
                                    [EVENT_EXCEPTION] = ":exception-type",
                                    [EVENT_ERROR] = ":error-code"};
enum { KINDS = sizeof(kinds) / sizeof(*kinds) };

/* Bytes within the data: no string, for nothing ends it. */
struct span {
    const char *data;
    size_t len;
};

/* What the headers of interest say. */
struct headers {
    struct span kind, names[KINDS], error;
};

void event_stream_init(struct event_stream *stream)
{
    buf_init(&stream->data, 0);
}

void event_stream_release(struct event_stream *stream)
{
    buf_release(&stream->data);
}

static uint32_t read_u32(const char *at)
{
    uint32_t value;

    memcpy(&value, at, sizeof(value));
    return ntohl(value);
}

static uint32_t checksum(const char *data, size_t len)
{
    return (uint32_t)crc32_z(0, (const unsigned char *)data, len);
}

static bool is(struct span span, const char *text)
{
    return span.len == strlen(text) && memcmp(span.data, text, span.len) == 0;
}

static int broken(struct err *err, const char *what)
{
    return err_set(err, ERR_SERVICE, "the answer is no event stream: %s", what);
}

/* Cuts `len` bytes off the front of `rest`; -1 when there are fewer. */
static int cut(struct span *rest, size_t len, struct span *front)
{
    if (len > rest->len)
        return -1;
    *front = (struct span){rest->data, len};
    rest->data += len;
    rest->len -= len;
    return 0;
}

/* One header; -1 when it does not fit. `value` is empty unless it is a string. */
static int cut_header(struct span *rest, struct span *name, struct span *value)
{
    struct span byte;
    size_t size;
    unsigned type;

    if (cut(rest, 1, &byte) < 0 || cut(rest, (unsigned char)byte.data[0], name) < 0 ||
        cut(rest, 1, &byte) < 0)
        return -1;
    type = (unsigned char)byte.data[0];
    if (name->len == 0 || type >= TYPES)
        return -1;
    size = (size_t)sizes[type];
    if (sizes[type] < 0) {
        if (cut(rest, 2, &byte) < 0)
            return -1;
        size = (size_t)(unsigned char)byte.data[0] << 8 | (unsigned char)byte.data[1];
    }
    if (cut(rest, size, value) < 0)
        return -1;
    if (type != TYPE_STRING)
        value->len = 0;
    return 0;
}

static int read_headers(struct span rest, struct headers *headers)
{
    while (rest.len) {
        struct span name, value;

        if (cut_header(&rest, &name, &value) < 0)
            return -1;
        if (is(name, ":message-type"))
            headers->kind = value;
        if (is(name, ":error-message"))
            headers->error = value;
        for (int i = 0; i < KINDS; i++)
            if (is(name, names[i]))
                headers->names[i] = value;
    }
    return 0;
}

/* Fills kind and name from the headers. */
static int describe(const struct headers *headers, struct event_message *message, struct err *err)
{
    int kind = 0;

    while (kind < KINDS && !is(headers->kind, kinds[kind]))
        kind++;
    if (kind == KINDS)
        return broken(err, "a message is neither event nor exception nor error");
    if (headers->names[kind].len == 0 || headers->names[kind].len >= EVENT_STREAM_NAME ||
        memchr(headers->names[kind].data, '\0', headers->names[kind].len))
        return broken(err, "a message does not say what it is");
    message->kind = (enum event_kind)kind;
    memcpy(message->name, headers->names[kind].data, headers->names[kind].len);
    message->name[headers->names[kind].len] = '\0';
    if (kind == EVENT_ERROR) {
        message->payload = headers->error.data;
        message->payload_len = headers->error.len;
    }
    return 0;
}

/* Decodes the message of `len` bytes, whose prelude is checked. */
static int decode(const char *data, size_t len, struct event_message *message, struct err *err)
{
    size_t headers_len = read_u32(data + 4);
    struct headers headers = {0};

    if (checksum(data, len - CHECKSUM) != read_u32(data + len - CHECKSUM))
        return broken(err, "the checksum of a message is wrong");
    if (read_headers((struct span){data + PRELUDE, headers_len}, &headers) < 0)
        return broken(err, "a header does not fit its message");
    *message = (struct event_message){.payload = data + PRELUDE + headers_len,
                                      .payload_len = len - SHORTEST - headers_len};
    return describe(&headers, message, err);
}

/* The length of the message that begins at `data`, from its prelude; -1 when that is wrong. */
static int check_prelude(const char *data, size_t *len, struct err *err)
{
    size_t headers_len = read_u32(data + 4);

    *len = read_u32(data);
    if (checksum(data, 8) != read_u32(data + 8))
        return broken(err, "the checksum of a message's lengths is wrong");
    if (*len < SHORTEST || *len > EVENT_STREAM_MAX || headers_len > EVENT_STREAM_HEADERS_MAX ||
        headers_len > *len - SHORTEST)
        return broken(err, "the lengths of a message cannot be");
    return 0;
}

int event_stream_feed(struct event_stream *stream, const void *data, size_t len,
                      int (*take)(void *context, const struct event_message *message),
                      void *context, struct err *err)
{
    size_t used = 0, whole;
    int result = 0;

    buf_append(&stream->data, data, len);
    while (result == 0 && stream->data.len - used >= PRELUDE) {
        const char *at = stream->data.data + used;
        struct event_message message;

        result = check_prelude(at, &whole, err);
        if (result < 0 || whole > stream->data.len - used)
            break;
        used += whole;
        result = decode(at, whole, &message, err);
        if (result == 0)
            result = take(context, &message);
    }
    buf_consume(&stream->data, used);
    return result;
}

static void write_u32(struct buf *out, size_t value)
{
    uint32_t big = htonl((uint32_t)value);

    buf_append(out, &big, sizeof(big));
}

static void write_header(struct buf *out, const char *name, const char *value)
{
    buf_putc(out, (char)strlen(name));
    buf_puts(out, name);
    buf_putc(out, TYPE_STRING);
    buf_putc(out, (char)(strlen(value) >> 8));
    buf_putc(out, (char)(strlen(value) & 0xff));
    buf_puts(out, value);
}

void event_stream_write(struct buf *out, const struct event_message *message)
{
    size_t start = out->len;
    struct buf headers;

    buf_init(&headers, 0);
    write_header(&headers, ":message-type", kinds[message->kind]);
    write_header(&headers, names[message->kind], message->name);
    write_header(&headers, ":content-type", message->type ? message->type : "application/json");
    write_u32(out, SHORTEST + headers.len + message->payload_len);
    write_u32(out, headers.len);
    write_u32(out, checksum(out->data + start, 8));
    buf_append(out, headers.data, headers.len);
    buf_append(out, message->payload, message->payload_len);
    write_u32(out, checksum(out->data + start, out->len - start));
    buf_release(&headers);
}
