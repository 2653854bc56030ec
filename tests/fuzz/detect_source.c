/* What init reads from source files: the first byte chooses the language, the rest is the text. */
#include "cli/detect_source.h"
#include "core/memory.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct source_match match;
    char *text;

    if (size == 0)
        return 0;
    text = xstrndup((const char *)data + 1, size - 1);
    match = data[0] & 1 ? source_read_python(text) : source_read_javascript(text);
    if ((match.kind == SOURCE_NOTHING) != (match.name == NULL) || (match.name && !match.name[0]))
        abort();
    free(match.name);
    free(text);
    return 0;
}
