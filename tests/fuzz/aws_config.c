/* AWS's INI files: whatever is in them, the parser says no or gives items that can be found. */
#include "providers/aws/identity/config_file.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct config_file file;
    struct err err;

    if (config_file_parse(&file, "fuzz", (const char *)data, size, &err) < 0)
        return 0;
    for (size_t i = 0; i < file.count && i < 100; i++) {
        const struct config_item *item = &file.items[i];

        if (!config_file_has(&file, item->section) ||
            (item->key && !config_file_get(&file, item->section, item->group, item->key)))
            abort();
    }
    config_file_release(&file);
    return 0;
}
