/* Zips as clients upload them: what passes the check stays in its folder when it is unpacked. */
#include "providers/local/engine/store/store.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err = {0};
    uint64_t unzipped;

    if (store_check_zip(data, size, &unzipped, &err) < 0 && err.code != ERR_PACKAGE)
        abort();
    return 0;
}
