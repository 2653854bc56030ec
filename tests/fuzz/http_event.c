/* What a function returned, as an HTTP response: whatever it is, the reader says no or gives a
 * response that cannot break out of its lines. */
#include "core/event.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first byte says whether it is a streamed response. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct event_response response;
    struct err err;

    if (size == 0)
        return 0;
    if (event_to_http((const char *)data + 1, size - 1, data[0] & 1, "text/plain", &response,
                      &err) == 0) {
        if (response.status < 200 || response.status > 599)
            abort();
        for (size_t i = 0; i < response.headers.count; i++)
            if (strpbrk(response.headers.items[i], "\r\n") ||
                !strchr(response.headers.items[i], ':'))
                abort();
    }
    event_response_release(&response);
    return 0;
}
