/* zappa_settings.json of any content: the settings that are made of it are JSON that can be written
 * and read again. */
#include "cli/import_zappa.h"
#include "core/json.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct import import = {0};
    struct err err = {0};
    json_t *root = json_parse((const char *)data, size, 32, &err);

    if (root && import_zappa(&import, root, &err) == 0) {
        char *text = import_text(&import, "project");

        if (!json_object_get(import.settings, "stages") || !text)
            abort();
        free(text);
    }
    import_release(&import);
    json_decref(root);
    return 0;
}
