/* A deflate stream: what is accepted must be one for zlib too, with the same length. */
#include "packager/zip/deflate_scan.h"

#include <stdint.h>
#include <stdlib.h>
#include <zlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned char out[4096];
    z_stream stream = {.next_in = (unsigned char *)(uintptr_t)data, .avail_in = (uInt)size};
    uint64_t last, end;
    int result;

    inflateInit2(&stream, -15);
    do {
        stream.next_out = out;
        stream.avail_out = sizeof(out);
        result = inflate(&stream, Z_NO_FLUSH);
    } while (result == Z_OK);
    /* zlib refuses more: codes that are not complete, distances beyond the start. */
    if (result == Z_STREAM_END &&
        (!deflate_find_last(data, size, &last, &end) || (end + 7) / 8 != stream.total_in))
        abort();
    deflate_find_last(data, size, &last, &end);
    inflateEnd(&stream);
    return 0;
}
