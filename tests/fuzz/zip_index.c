/* An index without its checksum, which is added: what is accepted must hold together. */
#include "packager/zip/zip_index.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct zip_index index;
    struct zip_index_cursor cursor = {0};
    struct zip_index_entry entry;
    uint64_t count = 0;
    struct buf buf;

    if (zip_index_parse(&index, data, size))
        abort(); /* a checksum that nobody made */
    buf_init(&buf, 0);
    buf_append(&buf, data, size);
    zip_index_end(&buf);
    if (zip_index_parse(&index, buf.data, buf.len)) {
        while (zip_index_next(&index, &cursor, &entry))
            count += entry.path[0] && entry.offset + entry.compressed <= index.size;
        if (count != index.count || !*index.archive)
            abort();
    }
    buf_release(&buf);
    return 0;
}
