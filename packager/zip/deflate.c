#include "packager/zip/deflate.h"

#include "core/memory.h"
#include "packager/zip/deflate_scan.h"

#include <libdeflate.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { JOINT_MAX = 6 }; /* three bits, up to the next byte, 00 00 ff ff */

struct deflater {
    struct libdeflate_compressor *compressor;
};

struct deflater *deflater_new(int level)
{
    struct deflater *deflater = xcalloc(1, sizeof(*deflater));

    deflater->compressor = libdeflate_alloc_compressor(level);
    if (!deflater->compressor)
        abort(); /* out of memory, or a level that the settings do not allow */
    return deflater;
}

void deflater_free(struct deflater *deflater)
{
    if (!deflater)
        return;
    libdeflate_free_compressor(deflater->compressor);
    free(deflater);
}

size_t deflate_whole(struct deflater *deflater, const void *data, size_t len, void *out)
{
    return len < 2 ? 0 : libdeflate_deflate_compress(deflater->compressor, data, len, out, len - 1);
}

size_t deflate_piece_max(size_t len)
{
    return libdeflate_deflate_compress_bound(NULL, len) + JOINT_MAX;
}

/*
 * libdeflate ends every stream. To go on behind it, the bit that calls the last
 * block the last is cleared, and an empty stored block fills up the byte that
 * the stream ends in.
 */
static size_t join(unsigned char *data, size_t len)
{
    static const unsigned char stored_empty[] = {0, 0, 0xff, 0xff};
    uint64_t last, end;

    if (!deflate_find_last(data, len, &last, &end))
        abort(); /* libdeflate wrote no deflate stream */
    data[last / 8] &= (unsigned char)~(1U << last % 8);
    len = (size_t)((end + 3 + 7) / 8);
    if (end % 8)
        data[end / 8] &= (unsigned char)((1U << end % 8) - 1);
    else
        data[end / 8] = 0;
    if (end % 8 > 5)
        data[end / 8 + 1] = 0;
    memcpy(data + len, stored_empty, sizeof(stored_empty));
    return len + sizeof(stored_empty);
}

size_t deflate_piece(struct deflater *deflater, const void *data, size_t len, bool last, void *out)
{
    size_t written = libdeflate_deflate_compress(deflater->compressor, data, len, out,
                                                 deflate_piece_max(len) - JOINT_MAX);

    return last ? written : join(out, written);
}
