/* RPATHs of any bytes. */
#include "packager/elf/rpath.h"
#include "core/memory.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct elf elf = {.wide = true, .machine = size ? (uint16_t)(data[0] ? 62 : 183) : 0};
    char *list = xstrndup((const char *)data, size);
    struct strlist folders = {0};

    rpath_folders(list, &elf, "/var/task/lib", &folders);
    for (size_t i = 0; i < folders.count; i++)
        if (folders.items[i][0] != '/')
            abort();
    strlist_release(&folders);
    free(rpath_expand_name(list, &elf, "/var/task/lib"));
    free(list);
    return 0;
}
