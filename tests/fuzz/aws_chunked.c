/* A body in chunks: the first byte is the size of the pieces in which it comes. */
#include "providers/local/engine/http/aws_chunked.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int take(void *context, const void *data, size_t len)
{
    size_t *total = context;

    (void)data;
    *total += len;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t piece = size > 0 && data[0] ? data[0] : 1, total = 0;
    struct aws_chunked reader;

    aws_chunked_init(&reader, take, &total);
    for (size_t at = 1; at < size; at += piece) {
        if (aws_chunked_read(&reader, data + at, size - at < piece ? size - at : piece) < 0)
            break;
    }
    aws_chunked_release(&reader);
    if (total > size)
        __builtin_trap();
    return 0;
}
