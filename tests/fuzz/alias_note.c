/* The description of an alias: what is taken is written again as it came, shortened at most. */
#include "providers/aws/function/alias_note.h"

#include "core/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = xstrndup((const char *)data, size), *written, *rewritten;
    struct alias_note note, again;

    if (alias_note_parse(text, &note)) {
        written = alias_note_text(&note);
        if (strlen(written) > 256 || !alias_note_parse(written, &again))
            abort();
        rewritten = alias_note_text(&again);
        if (strcmp(written, rewritten) != 0)
            abort();
        alias_note_back(&again, 3, note.fingerprint, 5);
        free(written);
        free(rewritten);
    }
    free(text);
    return 0;
}
