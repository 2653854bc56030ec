#include "providers/local/engine/events/mappings.h"

#include "core/hash.h"
#include "core/json.h"
#include "core/memory.h"
#include "providers/local/engine/events/queue_event.h"
#include "providers/local/engine/events/queues.h"
#include "providers/local/engine/loop.h"
#include "providers/local/engine/run/functions.h"
#include "providers/local/engine/run/invoke.h"
#include "providers/local/engine/store/store.h"

#include <stdlib.h>
#include <string.h>

enum {
    AT_ONCE = 10,              /* calls of one mapping without a limit of its own */
    AT_A_TIME = 1000,          /* messages taken in one transaction */
    PAYLOAD_MAX = 6 * 1000000, /* bytes of an event */
    THROTTLED_DELAY = 1,       /* s until messages of a throttled call come again */
    LOOK_AGAIN = 60000         /* ms; the clock may be set, the machine may have slept */
};

struct mapping {
    struct mapping *next;
    struct engine *engine;
    char *uuid;
    char *function; /* "NAME" or "NAME:QUALIFIER" */
    char *source;   /* ARN */
    json_t *patterns;
    int64_t batch_size, window; /* ms */
    size_t limit, active;
    bool partial;
    bool gone;     /* changed or removed: freed when nothing is active any more */
    json_t *batch; /* rows that wait for more */
    size_t bytes;  /* of the batch */
    int64_t due;   /* ms since 1970: when the batch goes as it is */
};

struct mappings {
    struct engine *engine;
    struct mapping *items;
    uint64_t timer;
    bool stopped;
};

/* A call under way. */
struct batch {
    struct mapping *mapping;
    json_t *rows;
};

static void free_mapping(struct mapping *mapping)
{
    free(mapping->uuid);
    free(mapping->function);
    free(mapping->source);
    json_decref(mapping->patterns);
    json_decref(mapping->batch);
    free(mapping);
}

/* Whoever is still active frees it. */
static void let_go(struct mapping *mapping)
{
    mapping->gone = true;
    if (!mapping->active)
        free_mapping(mapping);
}

static void work(void *context);

static void work_in(struct mappings *mappings, int64_t delay)
{
    loop_cancel_timer(mappings->engine->loop, mappings->timer);
    mappings->timer = loop_add_timer(mappings->engine->loop, delay, work, mappings);
}

void mappings_wake(struct engine *engine)
{
    struct mappings *mappings = engine->mappings;

    if (mappings && mappings->items && !mappings->stopped)
        work_in(mappings, 0);
}

/* Removes the rows' messages but those whose ids are among `kept`. */
static void delete_messages(struct engine *engine, const char *source, const json_t *rows,
                            const json_t *kept)
{
    json_t *queue = queues_find_arn(engine, source), *row, *id;
    size_t i, k;

    if (!queue)
        return;
    store_begin(engine->store);
    json_array_foreach (rows, i, row) {
        bool keep = false;

        json_array_foreach (kept, k, id)
            keep = keep || json_equal(id, json_object_get(row, "message_id"));
        if (!keep)
            queues_delete(engine, queue, json_string_at(row, "receipt"));
    }
    store_commit(engine->store);
    json_decref(queue);
}

static void hide_messages(struct engine *engine, const char *source, const json_t *rows)
{
    json_t *queue = queues_find_arn(engine, source), *row;
    size_t i;

    json_array_foreach (rows, i, row)
        if (queue)
            queues_hide(engine, queue, json_string_at(row, "receipt"), THROTTLED_DELAY);
    json_decref(queue);
}

/* What failed comes again when its visibility timeout is over, nothing has to be done for that. */
static void settle(const struct batch *batch, const struct invoke_outcome *outcome)
{
    const struct mapping *mapping = batch->mapping;
    json_t *failed = NULL;

    if (outcome->throttled) {
        hide_messages(mapping->engine, mapping->source, batch->rows);
        return;
    }
    if (outcome->function_error)
        return;
    if (mapping->partial) {
        failed = queue_event_failures(outcome->payload, outcome->payload_len, batch->rows);
        if (!failed)
            return;
    }
    delete_messages(mapping->engine, mapping->source, batch->rows, failed);
    json_decref(failed);
}

static void on_outcome(void *context, const struct invoke_outcome *outcome)
{
    struct batch *batch = context;
    struct mapping *mapping = batch->mapping;
    struct engine *engine = mapping->engine;

    mapping->active--;
    if (!engine->mappings->stopped)
        settle(batch, outcome);
    if (mapping->gone && !mapping->active)
        free_mapping(mapping);
    json_decref(batch->rows);
    free(batch);
    mappings_wake(engine);
}

/* Calls the function with the batch; without a function the messages come again later. */
static void fire(struct mapping *mapping)
{
    json_t *records = json_array(), *event, *row;
    struct function_version version = {0};
    struct err err = {0};
    struct batch *batch;
    char id[UUID_LEN];
    char *payload;
    size_t i;

    json_array_foreach (mapping->batch, i, row)
        json_array_append_new(records, queue_event_record(row, mapping->source));
    event = json_pack("{s:o}", "Records", records);
    payload = json_dumps(event, JSON_COMPACT);
    if (functions_resolve(mapping->engine, mapping->function, NULL, &version, &err) == 0) {
        batch = xcalloc(1, sizeof(*batch));
        *batch = (struct batch){.mapping = mapping, .rows = json_incref(mapping->batch)};
        mapping->active++;
        hash_uuid(id);
        invoke_sync(mapping->engine->invoker, &version, id, payload, strlen(payload), NULL,
                    on_outcome, batch);
    } else {
        engine_log("event source mapping %s: %s", mapping->uuid, err.message);
    }
    function_version_release(&version);
    json_decref(mapping->batch);
    mapping->batch = json_array();
    mapping->bytes = 0;
    json_decref(event);
    free(payload);
}

/* Bytes that a message takes in an event, about. */
static size_t size_of(const json_t *row)
{
    return 2 * json_string_length(json_object_get(row, "body")) + 1024;
}

/* Takes messages into the batch; false: none can be received. */
static bool collect(struct mapping *mapping, const json_t *queue)
{
    struct engine *engine = mapping->engine;
    int64_t room = mapping->batch_size - (int64_t)json_array_size(mapping->batch);
    json_t *rows, *unwanted = json_array(), *row;
    bool any;
    size_t i;

    /* A message has up to 1 MiB: few at a time, so that an event of them is not too large. */
    if (mapping->bytes && room > 1)
        room = room < 16 ? room : 16;
    rows = queues_receive(engine, queue, room < AT_A_TIME ? room : AT_A_TIME, -1);
    any = json_array_size(rows) > 0;
    json_array_foreach (rows, i, row) {
        json_t *record = queue_event_record(row, mapping->source);

        if (!queue_event_wanted(mapping->patterns, record)) {
            json_array_append(unwanted, row);
        } else {
            if (!json_array_size(mapping->batch))
                mapping->due = clock_now(engine->clock) + mapping->window;
            json_array_append(mapping->batch, row);
            mapping->bytes += size_of(row);
        }
        json_decref(record);
    }
    if (json_array_size(unwanted))
        delete_messages(engine, mapping->source, unwanted, NULL);
    json_decref(unwanted);
    json_decref(rows);
    return any;
}

static bool is_full(const struct mapping *mapping)
{
    return (int64_t)json_array_size(mapping->batch) >= mapping->batch_size ||
           mapping->bytes >= PAYLOAD_MAX / 2;
}

/* Polls one queue; the time at which to look again, ms since 1970, -1: when woken. */
static int64_t poll_queue(struct mapping *mapping)
{
    struct engine *engine = mapping->engine;
    json_t *queue = queues_find_arn(engine, mapping->source);
    int64_t next = -1;
    bool more = queue != NULL;

    while (more && mapping->active < mapping->limit) {
        more = is_full(mapping) || collect(mapping, queue);
        if (json_array_size(mapping->batch) &&
            (is_full(mapping) || (!more && clock_now(engine->clock) >= mapping->due)))
            fire(mapping);
    }
    if (queue && mapping->active < mapping->limit)
        next = queues_next(engine, queue);
    if (json_array_size(mapping->batch) && mapping->active < mapping->limit &&
        (next < 0 || mapping->due < next))
        next = mapping->due;
    json_decref(queue);
    return next;
}

static void work(void *context)
{
    struct mappings *mappings = context;
    int64_t now = clock_now(mappings->engine->clock), delay = -1;

    mappings->timer = 0;
    for (struct mapping *mapping = mappings->items; mapping; mapping = mapping->next) {
        int64_t next = poll_queue(mapping);
        int64_t wait = next <= now ? 1 : next - now;

        if (next >= 0 && (delay < 0 || wait < delay))
            delay = wait;
    }
    if (delay >= 0)
        work_in(mappings, delay < LOOK_AGAIN ? delay : LOOK_AGAIN);
}

static json_t *read_patterns(const json_t *document)
{
    json_t *patterns = json_array(), *filter;
    size_t i;

    json_array_foreach (json_at(document, "FilterCriteria.Filters"), i, filter) {
        json_t *pattern = json_loads(json_string_at(filter, "Pattern"), 0, NULL);

        if (pattern)
            json_array_append_new(patterns, pattern);
    }
    return patterns;
}

static struct mapping *read_mapping(struct engine *engine, const json_t *row)
{
    const json_t *document = json_object_get(row, "document");
    const char *qualifier = json_string_at(row, "qualifier");
    const char *type =
        json_string_value(json_array_get(json_at(document, "FunctionResponseTypes"), 0));
    int64_t most = json_int_at(document, "ScalingConfig.MaximumConcurrency");
    struct mapping *mapping = xcalloc(1, sizeof(*mapping));

    *mapping = (struct mapping){
        .engine = engine,
        .uuid = xstrdup(json_string_at(row, "uuid")),
        .function =
            xasprintf("%s%s%s", json_string_at(row, "function"), *qualifier ? ":" : "", qualifier),
        .source = xstrdup(json_string_at(row, "source")),
        .patterns = read_patterns(document),
        .batch_size = json_int_at(document, "BatchSize"),
        .window = json_int_at(document, "MaximumBatchingWindowInSeconds") * 1000,
        .limit = most ? (size_t)most : AT_ONCE,
        .partial = type != NULL,
        .batch = json_array(),
    };
    return mapping;
}

void mappings_reload(struct engine *engine)
{
    struct mappings *mappings = engine->mappings;
    json_t *rows = store_rows(engine->store,
                              "SELECT uuid, function, qualifier, source,"
                              " document AS \"{document\" FROM event_source_mappings"
                              " WHERE enabled <> 0",
                              "");
    json_t *row;
    size_t i;

    if (!mappings) {
        mappings = engine->mappings = xcalloc(1, sizeof(*mappings));
        mappings->engine = engine;
    }
    /* What waits in a batch comes again after its visibility timeout. */
    while (mappings->items) {
        struct mapping *mapping = mappings->items;

        mappings->items = mapping->next;
        let_go(mapping);
    }
    json_array_foreach (rows, i, row) {
        struct mapping *mapping = read_mapping(engine, row);

        mapping->next = mappings->items;
        mappings->items = mapping;
    }
    json_decref(rows);
    mappings_wake(engine);
}

void mappings_stop(struct engine *engine)
{
    if (!engine->mappings)
        return;
    engine->mappings->stopped = true;
    loop_cancel_timer(engine->loop, engine->mappings->timer);
}

void mappings_free(struct mappings *mappings)
{
    if (!mappings)
        return;
    while (mappings->items) {
        struct mapping *mapping = mappings->items;

        mappings->items = mapping->next;
        let_go(mapping);
    }
    free(mappings);
}
