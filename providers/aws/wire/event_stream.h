/*
 * AWS's event stream (application/vnd.amazon.eventstream): messages of headers
 * and a payload, one after the other, each with two checksums.
 *
 *   4 bytes length of the whole message, 4 bytes length of its headers,
 *   4 bytes CRC-32 of those 8; the headers; the payload;
 *   4 bytes CRC-32 of all before. Big-endian.
 *
 * A header is a length (1 byte), the name, a type (1 byte) and a value whose
 * size the type tells. Three of them say what a message is:
 * ":message-type" (event, exception, error), and with it ":event-type",
 * ":exception-type" or ":error-code".
 */
#ifndef FNCTL_PROVIDERS_AWS_EVENT_STREAM_H
#define FNCTL_PROVIDERS_AWS_EVENT_STREAM_H

#include "core/buf.h"
#include "core/err.h"

#include <stddef.h>

enum {
    EVENT_STREAM_MAX = 24 * 1024 * 1024, /* bytes of a message; botocore's bound too */
    EVENT_STREAM_HEADERS_MAX = 128 * 1024,
    EVENT_STREAM_NAME = 128,
};

enum event_kind {
    EVENT_MESSAGE,   /* ":message-type" event */
    EVENT_EXCEPTION, /* an error of the service's model; the payload tells more */
    EVENT_ERROR,     /* one outside of it; the payload is its ":error-message" */
};

struct event_message {
    enum event_kind kind;
    char name[EVENT_STREAM_NAME]; /* "sessionUpdate", "SessionTimeoutException" */
    const void *payload;          /* borrowed; valid until the callback returns */
    size_t payload_len;
    const char *type; /* to be written: the payload's content type; NULL: JSON */
};

/* A decoder: what has come of a message that is not whole yet. */
struct event_stream {
    struct buf data;
};

void event_stream_init(struct event_stream *stream);
void event_stream_release(struct event_stream *stream);

/*
 * Takes bytes as they come and hands over each message that is whole. Returns
 * -1 with ERR_SERVICE when they are no event stream (a checksum, a length, a
 * header is wrong), after which the stream is of no use; otherwise what `take`
 * said when that was not 0, and 0 at the end.
 */
int event_stream_feed(struct event_stream *stream, const void *data, size_t len,
                      int (*take)(void *context, const struct event_message *message),
                      void *context, struct err *err);

/* Appends a message. An EVENT_ERROR cannot be written. */
void event_stream_write(struct buf *out, const struct event_message *message);

#endif
