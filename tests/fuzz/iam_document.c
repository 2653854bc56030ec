/* Policy documents as IAM returns them: percent-encoded JSON. */
#include "core/memory.h"
#include "providers/aws/iam_documents.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = xstrndup((const char *)data, size);

    json_decref(iam_decode(text));
    free(text);
    return 0;
}
