/* A filter pattern and, behind its first newline, a message. */
#include "providers/local/engine/logs/filter_pattern.h"

#include "core/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = xstrndup((const char *)data, size);
    char *message = strchr(text, '\n');
    struct filter_pattern *pattern;
    struct err err = {0};

    if (message)
        *message++ = '\0';
    pattern = filter_pattern_new(text, &err);
    if (!pattern && err.code != ERR_FAILED)
        abort();
    if (pattern)
        filter_pattern_matches(pattern, message ? message : "");
    filter_pattern_free(pattern);
    free(text);
    return 0;
}
