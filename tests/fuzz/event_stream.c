/* Event streams as a server may send them, in pieces of any size. */
#include "providers/aws/wire/event_stream.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct count {
    size_t messages, bytes;
};

static int take(void *context, const struct event_message *message)
{
    struct count *count = context;

    if (message->name[0] == '\0' || memchr(message->name, 0, sizeof(message->name)) == NULL)
        abort();
    for (size_t i = 0; i < message->payload_len; i++)
        count->bytes += ((const uint8_t *)message->payload)[i] & 1;
    count->messages++;
    return 0;
}

/* Puts the right checksums in, which chance would not find. */
static void mend(uint8_t *data, size_t size)
{
    size_t at = 0;

    while (size - at >= 16) {
        size_t len = (size_t)data[at + 2] << 8 | data[at + 3];
        uint32_t sum;

        data[at] = data[at + 1] = 0;
        sum = (uint32_t)crc32(0, data + at, 8);
        for (int i = 0; i < 4; i++)
            data[at + 8 + (size_t)i] = (uint8_t)(sum >> (24 - 8 * i));
        if (len < 16 || len > size - at)
            return;
        sum = (uint32_t)crc32(0, data + at, (unsigned)len - 4);
        for (int i = 0; i < 4; i++)
            data[at + len - 4 + (size_t)i] = (uint8_t)(sum >> (24 - 8 * i));
        at += len;
    }
}

static void feed(const uint8_t *data, size_t size, size_t piece)
{
    struct event_stream stream;
    struct count count = {0};
    struct err err;

    event_stream_init(&stream);
    for (size_t at = 0; at < size; at += piece)
        if (event_stream_feed(&stream, data + at, size - at < piece ? size - at : piece, take,
                              &count, &err) < 0)
            break;
    event_stream_release(&stream);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t piece = size ? data[0] + 1u : 1;
    uint8_t *copy = malloc(size + 1);

    if (!copy)
        return 0;
    feed(data, size, piece);
    memcpy(copy, data, size);
    mend(copy, size);
    feed(copy, size, piece);
    free(copy);
    return 0;
}
