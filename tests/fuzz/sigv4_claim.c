/*
 * Signed requests from strangers: the first line is the path with its query, the others are
 * headers. None of them may verify, since none was signed with the key.
 */
#include "core/memory.h"
#include "providers/aws/wire/sigv4.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct sigv4_key key = {"AKIDEXAMPLE", "secret nobody signs with", NULL, NULL,
                                         NULL};
    char *text = xstrndup((const char *)data, size);
    char *rest = text, *path = strsep(&rest, "\n"), *query = strchr(path, '?'), *line;
    struct strlist headers = {0};
    struct sigv4_request request = {.method = "GET", .path = path, .headers = &headers};
    struct sigv4_claim claim;
    struct err err;

    if (query)
        *query++ = '\0';
    request.query = query;
    request.s3 = size % 2;
    request.normalize = size % 3;
    while ((line = strsep(&rest, "\n")))
        strlist_add(&headers, line);
    if (sigv4_claim(&request, &claim, &err) == 0 &&
        sigv4_verify(&request, &claim, &key, 1763630100000, &err) == 0)
        abort();
    strlist_release(&headers);
    free(text);
    return 0;
}
