#include "providers/aws/reads.h"

#include "core/memory.h"

#include <stdlib.h>

struct aws_call *reads_add(struct reads *reads, const struct read *read)
{
    if (reads->count == reads->capacity) {
        reads->capacity = reads->capacity ? 2 * reads->capacity : 16;
        reads->calls = xreallocarray(reads->calls, reads->capacity, sizeof(*reads->calls));
        reads->items = xreallocarray(reads->items, reads->capacity, sizeof(*reads->items));
    }
    reads->items[reads->count] = *read;
    reads->items[reads->count].name = xstrdup(read->name);
    reads->calls[reads->count] = (struct aws_call){0};
    return &reads->calls[reads->count++];
}

int reads_run(struct session *session, struct reads *reads, struct err *err)
{
    int result = session_read(session, reads->calls, reads->count, err);

    for (size_t i = 0; i < reads->count && result == 0; i++)
        result = reads->items[i].take(session, &reads->items[i], &reads->calls[i], err);
    for (size_t i = 0; i < reads->count; i++) {
        aws_call_release(&reads->calls[i]);
        free(reads->items[i].name);
    }
    free(reads->calls);
    free(reads->items);
    *reads = (struct reads){0};
    return result;
}
