/* A file of ignore rules, a NUL, and a path that is matched against them. */
#include "packager/files/ignore.h"

#include "core/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = memchr(data, 0, size);
    size_t len = end ? (size_t)(end - data) : size;
    char *path = xstrndup(end ? (const char *)end + 1 : "", end ? size - len - 1 : 0);
    struct ignore ignore;

    ignore_init(&ignore);
    ignore_add_text(&ignore, (const char *)data, len, "fuzz");
    ignore_excluded(&ignore, path, size % 2);
    ignore_add_literal(&ignore, path, "fuzz");
    ignore_excluded(&ignore, path, size % 2);
    ignore_release(&ignore);
    free(path);
    return 0;
}
