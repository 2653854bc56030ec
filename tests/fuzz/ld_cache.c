/* The reader of ld.so's cache on any bytes. */
#include "packager/elf/ld_cache.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ld_cache cache;
    struct buf bytes;
    uint32_t position = 0;

    buf_init(&bytes, 0);
    buf_append(&bytes, data, size);
    ld_cache_init(&cache, &bytes);
    while (ld_cache_next(&cache, "libc.so.6", &position))
        continue;
    ld_cache_release(&cache);
    return 0;
}
