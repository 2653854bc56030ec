#include "cli/log_seen.h"

#include "core/hash.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

enum { SLICE = 8000, SMALLEST = 32 };

/* How often an event came, and how often it was shown. */
struct match {
    uint64_t key; /* 0: free */
    uint8_t shown, polled, live;
    uint8_t session; /* that `live` counts for */
};

/* The events of SLICE ms. Both are hash tables with open addressing; capacities are powers of two,
 * key 0 is free. */
struct log_slice {
    int64_t number; /* of SLICE since 1970 */
    uint64_t *ids;
    size_t id_count, id_capacity;
    struct match *matches;
    size_t match_count, match_capacity;
};

void log_seen_init(struct log_seen *seen)
{
    *seen = (struct log_seen){.floor = INT64_MIN};
    hash_random(&seen->seed, sizeof(seen->seed));
}

static void free_slice(struct log_slice *slice)
{
    free(slice->ids);
    free(slice->matches);
}

void log_seen_release(struct log_seen *seen)
{
    for (size_t i = 0; i < seen->count; i++)
        free_slice(&seen->slices[i]);
    free(seen->slices);
    *seen = (struct log_seen){0};
}

/* FNV-1a from a secret start, and its bits mixed: the low ones pick the place. */
static uint64_t hash_bytes(uint64_t hash, const void *data, size_t len)
{
    const unsigned char *bytes = data;

    for (size_t i = 0; i < len; i++)
        hash = (hash ^ bytes[i]) * 1099511628211u;
    return hash;
}

static uint64_t finish(uint64_t hash)
{
    hash ^= hash >> 32;
    hash *= 0xd6e8feb86659fd93u;
    hash ^= hash >> 32;
    return hash ? hash : 1;
}

static uint64_t identity(const struct log_seen *seen, const struct log_event *event)
{
    uint64_t hash = hash_bytes(seen->seed, &event->timestamp, sizeof(event->timestamp));

    hash = hash_bytes(hash, event->stream, strlen(event->stream) + 1);
    return finish(hash_bytes(hash, event->message, event->message_len));
}

static struct log_slice *find_slice(struct log_seen *seen, int64_t timestamp)
{
    int64_t number = timestamp / SLICE;

    /* The latest are looked for most. */
    for (size_t i = seen->count; i-- > 0;)
        if (seen->slices[i].number == number)
            return &seen->slices[i];
    if (seen->count == seen->capacity) {
        seen->capacity = seen->capacity ? seen->capacity * 2 : 16;
        seen->slices = xreallocarray(seen->slices, seen->capacity, sizeof(*seen->slices));
    }
    seen->slices[seen->count] = (struct log_slice){.number = number};
    return &seen->slices[seen->count++];
}

static uint64_t *id_place(uint64_t *ids, size_t capacity, uint64_t key)
{
    size_t at = key & (capacity - 1);

    while (ids[at] && ids[at] != key)
        at = (at + 1) & (capacity - 1);
    return &ids[at];
}

/* Adds an id; false when it is there. */
static bool add_id(struct log_slice *slice, uint64_t key)
{
    uint64_t *place;

    if (slice->id_count * 4 >= slice->id_capacity * 3) {
        size_t capacity = slice->id_capacity ? slice->id_capacity * 2 : SMALLEST;
        uint64_t *ids = xcalloc(capacity, sizeof(*ids));

        for (size_t i = 0; i < slice->id_capacity; i++)
            if (slice->ids[i])
                *id_place(ids, capacity, slice->ids[i]) = slice->ids[i];
        free(slice->ids);
        slice->ids = ids;
        slice->id_capacity = capacity;
    }
    place = id_place(slice->ids, slice->id_capacity, key);
    if (*place)
        return false;
    *place = key;
    slice->id_count++;
    return true;
}

static struct match *match_place(struct match *matches, size_t capacity, uint64_t key)
{
    size_t at = key & (capacity - 1);

    while (matches[at].key && matches[at].key != key)
        at = (at + 1) & (capacity - 1);
    return &matches[at];
}

static struct match *find_match(struct log_slice *slice, uint64_t key)
{
    struct match *match;

    if (slice->match_count * 4 >= slice->match_capacity * 3) {
        size_t capacity = slice->match_capacity ? slice->match_capacity * 2 : SMALLEST;
        struct match *matches = xcalloc(capacity, sizeof(*matches));

        for (size_t i = 0; i < slice->match_capacity; i++)
            if (slice->matches[i].key)
                *match_place(matches, capacity, slice->matches[i].key) = slice->matches[i];
        free(slice->matches);
        slice->matches = matches;
        slice->match_capacity = capacity;
    }
    match = match_place(slice->matches, slice->match_capacity, key);
    slice->match_count += match->key == 0;
    match->key = key;
    return match;
}

/* Whether the event that was counted up to `came` is one more than was shown. Beyond 255 equal
 * events in a millisecond each is shown. */
static bool is_news(struct match *match, uint8_t *came)
{
    if (*came == UINT8_MAX)
        return true;
    (*came)++;
    if (*came <= match->shown)
        return false;
    match->shown = *came;
    return true;
}

bool log_seen_polled(struct log_seen *seen, const struct log_event *event)
{
    struct log_slice *slice;
    struct match *match;

    if (event->timestamp < seen->floor)
        return true;
    slice = find_slice(seen, event->timestamp);
    if (!add_id(slice, finish(hash_bytes(seen->seed, event->id, strlen(event->id)))))
        return false;
    if (!seen->live)
        return true;
    match = find_match(slice, identity(seen, event));
    return is_news(match, &match->polled);
}

bool log_seen_live(struct log_seen *seen, const struct log_event *event, unsigned session)
{
    struct match *match;

    if (event->timestamp < seen->floor)
        return true;
    match = find_match(find_slice(seen, event->timestamp), identity(seen, event));
    /* What one session has brought, another does not bring again. */
    if (match->session != (uint8_t)session) {
        match->session = (uint8_t)session;
        match->live = 0;
    }
    return is_news(match, &match->live);
}

void log_seen_forget(struct log_seen *seen, int64_t floor)
{
    size_t kept = 0;

    if (floor <= seen->floor)
        return;
    seen->floor = floor;
    for (size_t i = 0; i < seen->count; i++) {
        if ((seen->slices[i].number + 1) * SLICE <= floor)
            free_slice(&seen->slices[i]);
        else
            seen->slices[kept++] = seen->slices[i];
    }
    seen->count = kept;
}
