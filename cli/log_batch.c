#include "cli/log_batch.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

struct log_batch_item {
    struct log_event event;
    uint64_t order;
};

void log_batch_release(struct log_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++)
        log_event_release(&batch->items[i].event);
    free(batch->items);
    *batch = (struct log_batch){0};
}

void log_batch_add(struct log_batch *batch, struct log_event *event)
{
    if (batch->count == batch->capacity) {
        batch->capacity = batch->capacity ? batch->capacity * 2 : 64;
        batch->items = xreallocarray(batch->items, batch->capacity, sizeof(*batch->items));
    }
    batch->items[batch->count++] = (struct log_batch_item){*event, batch->added++};
    *event = (struct log_event){0};
}

/* By time; lines of one millisecond by stream, which keeps tracebacks whole. */
static int compare(const void *a, const void *b)
{
    const struct log_batch_item *left = a, *right = b;
    int streams;

    if (left->event.timestamp != right->event.timestamp)
        return left->event.timestamp < right->event.timestamp ? -1 : 1;
    streams = strcmp(left->event.stream, right->event.stream);
    if (streams != 0)
        return streams;
    return left->order < right->order ? -1 : left->order > right->order;
}

int log_batch_show(struct log_batch *batch, int64_t until,
                   int (*show)(void *context, const struct log_event *event), void *context)
{
    size_t shown = 0;
    int ended = 0;

    if (batch->count > 1)
        qsort(batch->items, batch->count, sizeof(*batch->items), compare);
    for (; shown < batch->count && batch->items[shown].event.timestamp <= until; shown++) {
        if (!ended && show(context, &batch->items[shown].event))
            ended = 1;
        log_event_release(&batch->items[shown].event);
    }
    batch->count -= shown;
    if (shown && batch->count)
        memmove(batch->items, batch->items + shown, batch->count * sizeof(*batch->items));
    return ended;
}
