#include "cli/tail.h"

#include "core/interrupt.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

enum {
    LOOK_BACK = 30000,    /* ms: how late an event may show up and still be found */
    BACK_OFF_MAX = 30000, /* ms: between polls while the network is down */
};

/* An event that was handed over, or is about to be. */
struct seen {
    char *id;
    int64_t timestamp;
};

/* A function's place in its log. */
struct cursor {
    const struct function *function;
    int64_t newest;    /* timestamp of the newest event seen, or where to begin */
    struct seen *seen; /* hash table with open addressing; id NULL: free */
    size_t seen_count;
    size_t seen_capacity; /* a power of two */
    bool told_missing;
};

/* An event on its way out, with what it is sorted by. */
struct pending {
    const struct function *function;
    struct log_event event;
    size_t order; /* place among those that arrived: equal times keep the service's order */
};

struct batch {
    struct pending *items;
    size_t count;
    size_t capacity;
};

/* FNV-1a: ids are made by the service, not by an attacker who picks collisions. */
static uint64_t hash_id(const char *id)
{
    uint64_t hash = 14695981039346656037u;

    for (; *id; id++)
        hash = (hash ^ (unsigned char)*id) * 1099511628211u;
    return hash;
}

static struct seen *find_slot(struct seen *table, size_t capacity, const char *id)
{
    size_t at = hash_id(id) & (capacity - 1);

    while (table[at].id && strcmp(table[at].id, id) != 0)
        at = (at + 1) & (capacity - 1);
    return &table[at];
}

/* Moves the ids not older than `oldest` to a table of fitting size, and frees the others. */
static void rebuild(struct cursor *cursor, int64_t oldest)
{
    size_t kept = 0, capacity = 64;
    struct seen *table;

    for (size_t i = 0; i < cursor->seen_capacity; i++)
        kept += cursor->seen[i].id && cursor->seen[i].timestamp >= oldest;
    while (capacity < kept * 4)
        capacity *= 2;
    table = xcalloc(capacity, sizeof(*table));
    for (size_t i = 0; i < cursor->seen_capacity; i++) {
        struct seen *old = &cursor->seen[i];

        if (old->id && old->timestamp >= oldest)
            *find_slot(table, capacity, old->id) = *old;
        else
            free(old->id);
    }
    free(cursor->seen);
    cursor->seen = table;
    cursor->seen_count = kept;
    cursor->seen_capacity = capacity;
}

/* Notes an event; false when it was noted before. */
static bool note(struct cursor *cursor, const struct log_event *event)
{
    struct seen *slot;

    if (cursor->seen_count * 2 >= cursor->seen_capacity)
        rebuild(cursor, cursor->newest - LOOK_BACK);
    slot = find_slot(cursor->seen, cursor->seen_capacity, event->id);
    if (slot->id)
        return false;
    *slot = (struct seen){xstrdup(event->id), event->timestamp};
    cursor->seen_count++;
    if (event->timestamp > cursor->newest)
        cursor->newest = event->timestamp;
    return true;
}

static void add_pending(struct batch *batch, const struct function *function,
                        struct log_event *event)
{
    if (batch->count == batch->capacity) {
        batch->capacity = batch->capacity ? batch->capacity * 2 : 256;
        batch->items = xreallocarray(batch->items, batch->capacity, sizeof(*batch->items));
    }
    batch->items[batch->count] = (struct pending){function, *event, batch->count};
    batch->count++;
    /* The strings are the batch's now. */
    *event = (struct log_event){0};
}

static void free_event(struct log_event *event)
{
    free(event->id);
    free(event->stream);
    free(event->message);
}

static int compare(const void *a, const void *b)
{
    const struct pending *left = a, *right = b;

    if (left->event.timestamp != right->event.timestamp)
        return left->event.timestamp < right->event.timestamp ? -1 : 1;
    return left->order < right->order ? -1 : left->order > right->order;
}

/* Reads what is new of one function. */
static int poll_function(const struct tail *tail, struct cursor *cursor, struct batch *batch,
                         struct err *err)
{
    int64_t back = cursor->newest - LOOK_BACK;
    struct log_query query = {.function = cursor->function,
                              .since = back > tail->since ? back : tail->since,
                              .until = tail->until,
                              .filter = tail->filter};
    char *token = NULL;
    int result = 0;

    do {
        struct log_page page = {0};

        query.token = token;
        result = interrupt_check(err);
        if (result == 0)
            result = tail->provider->logs(tail->session, &query, &page, err);
        free(token);
        token = NULL;
        for (size_t i = 0; result == 0 && i < page.count; i++)
            if (note(cursor, &page.events[i]))
                add_pending(batch, cursor->function, &page.events[i]);
        if (result == 0 && page.missing && !cursor->told_missing) {
            cursor->told_missing = true;
            tail->waiting(tail->context, cursor->function);
        }
        token = result == 0 ? xstrdup(page.next) : NULL;
        log_page_release(&page);
    } while (token);
    return result;
}

/* Hands the batch over in order of time; 1 when the reader has had enough. */
static int show_batch(const struct tail *tail, struct batch *batch)
{
    int ended = 0;

    if (batch->count)
        qsort(batch->items, batch->count, sizeof(*batch->items), compare);
    for (size_t i = 0; i < batch->count; i++) {
        struct pending *pending = &batch->items[i];

        if (!ended && tail->show(tail->context, pending->function, &pending->event))
            ended = 1;
        free_event(&pending->event);
    }
    batch->count = 0;
    return ended;
}

/* One round over all functions: 0 go on, 1 ended, -1 failed. */
static int poll_all(const struct tail *tail, struct cursor *cursors, struct batch *batch,
                    struct err *err)
{
    int result = 0;

    for (size_t i = 0; result == 0 && i < tail->count; i++)
        result = poll_function(tail, &cursors[i], batch, err);
    /* What arrived before a failure is shown: it was noted and will not come again. */
    if (show_batch(tail, batch))
        return 1;
    return result;
}

static bool reached_end(const struct tail *tail)
{
    return !tail->follow || (tail->until && clock_now(tail->clock) > tail->until + LOOK_BACK);
}

/* Whether waiting may mend it: a network that is down, a service that throttles. */
static bool passes(const struct tail *tail, const struct err *err, bool started)
{
    return tail->follow && started && err->code == ERR_SERVICE;
}

int tail_run(const struct tail *tail, struct err *err)
{
    struct cursor *cursors = xcalloc(tail->count, sizeof(*cursors));
    struct batch batch = {0};
    int64_t pause = tail->interval;
    bool started = false;
    int result = 0;

    for (size_t i = 0; i < tail->count; i++) {
        cursors[i] = (struct cursor){.function = tail->functions[i], .newest = tail->since};
        rebuild(&cursors[i], 0);
    }
    for (;;) {
        result = poll_all(tail, cursors, &batch, err);
        if (result == 0) {
            started = true;
            pause = tail->interval;
        } else if (result > 0 || !passes(tail, err, started)) {
            break;
        } else {
            if (pause == tail->interval)
                tail->trouble(tail->context, err);
            pause = pause * 2 < BACK_OFF_MAX ? pause * 2 : BACK_OFF_MAX;
        }
        if (reached_end(tail))
            break;
        if (clock_sleep(tail->clock, pause) < 0) {
            result = interrupt_check(err);
            break;
        }
    }
    for (size_t i = 0; i < tail->count; i++) {
        rebuild(&cursors[i], INT64_MAX);
        free(cursors[i].seen);
    }
    free(cursors);
    free(batch.items);
    return result < 0 ? -1 : 0;
}
