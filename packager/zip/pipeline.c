#include "packager/zip/pipeline.h"

#include "core/interrupt.h"
#include "core/memory.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

enum { SLOTS_MORE = 3 }; /* than threads: done, but not their turn yet */

struct slot {
    void *piece;
    bool done;
    int result;
    struct err err;
};

/* What the threads share. Pieces have numbers; number n is in slot n modulo their count. */
struct line {
    const struct pipeline *pipeline;
    struct slot *slots;
    size_t slot_count;
    uint64_t made, finished; /* pieces */
    bool ended;              /* there are no more, or they are of no use any more */
    pthread_mutex_t lock;
    pthread_cond_t room; /* a slot is free, or the line has ended */
    pthread_cond_t work; /* a piece was done, or the line has ended */
};

/* The slot of a new piece; NULL at the end. */
static struct slot *take(struct line *line)
{
    const struct pipeline *pipeline = line->pipeline;
    struct slot *slot = NULL;

    pthread_mutex_lock(&line->lock);
    while (!line->ended && line->made - line->finished >= line->slot_count)
        pthread_cond_wait(&line->room, &line->lock);
    if (!line->ended) {
        slot = &line->slots[line->made % line->slot_count];
        slot->done = false;
        if (pipeline->next(pipeline->context, slot->piece)) {
            line->made++;
        } else {
            slot = NULL;
            line->ended = true;
            pthread_cond_broadcast(&line->room);
            pthread_cond_signal(&line->work);
        }
    }
    pthread_mutex_unlock(&line->lock);
    return slot;
}

static void *work(void *context)
{
    struct line *line = context;
    const struct pipeline *pipeline = line->pipeline;
    void *worker = pipeline->worker_new(pipeline->context);
    struct slot *slot;

    while ((slot = take(line)) != NULL) {
        err_clear(&slot->err);
        slot->result = pipeline->work(pipeline->context, worker, slot->piece, &slot->err);
        pthread_mutex_lock(&line->lock);
        slot->done = true;
        pthread_cond_signal(&line->work);
        pthread_mutex_unlock(&line->lock);
    }
    pipeline->worker_free(worker);
    return NULL;
}

/* The next piece to finish, once it is done; NULL when there are no more. */
static struct slot *await(struct line *line)
{
    struct slot *slot = &line->slots[line->finished % line->slot_count];

    pthread_mutex_lock(&line->lock);
    while (line->made == line->finished ? !line->ended : !slot->done)
        pthread_cond_wait(&line->work, &line->lock);
    if (line->made == line->finished)
        slot = NULL;
    pthread_mutex_unlock(&line->lock);
    return slot;
}

static int finish(struct line *line, struct slot *slot, struct err *err)
{
    const struct pipeline *pipeline = line->pipeline;
    int result = slot->result;

    if (interrupt_check(err) < 0)
        return -1;
    if (result < 0)
        *err = slot->err;
    else
        result = pipeline->finish(pipeline->context, slot->piece, err);
    pthread_mutex_lock(&line->lock);
    line->finished++;
    pthread_cond_signal(&line->room);
    pthread_mutex_unlock(&line->lock);
    return result;
}

static void end(struct line *line)
{
    pthread_mutex_lock(&line->lock);
    line->ended = true;
    pthread_cond_broadcast(&line->room);
    pthread_mutex_unlock(&line->lock);
}

/* Works on pieces itself, where the machine gives no threads. */
static int run_alone(struct line *line, struct err *err)
{
    const struct pipeline *pipeline = line->pipeline;
    void *worker = pipeline->worker_new(pipeline->context);
    struct slot *slot;
    int result = 0;

    while (result == 0 && (slot = take(line)) != NULL) {
        slot->result = pipeline->work(pipeline->context, worker, slot->piece, &slot->err);
        result = finish(line, slot, err);
    }
    pipeline->worker_free(worker);
    return result;
}

static int run_with(struct line *line, pthread_t *threads, struct err *err)
{
    size_t started = 0;
    struct slot *slot;
    int result = 0;

    while (started < line->pipeline->threads &&
           pthread_create(&threads[started], NULL, work, line) == 0)
        started++;
    if (!started)
        return run_alone(line, err);
    while (result == 0 && (slot = await(line)) != NULL)
        result = finish(line, slot, err);
    end(line);
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    return result;
}

int pipeline_run(const struct pipeline *pipeline, struct err *err)
{
    struct line line = {.pipeline = pipeline, .slot_count = pipeline->threads + SLOTS_MORE};
    pthread_t *threads = xcalloc(pipeline->threads, sizeof(*threads));
    int result;

    pthread_mutex_init(&line.lock, NULL);
    pthread_cond_init(&line.room, NULL);
    pthread_cond_init(&line.work, NULL);
    line.slots = xcalloc(line.slot_count, sizeof(*line.slots));
    for (size_t i = 0; i < line.slot_count; i++)
        line.slots[i].piece = xcalloc(1, pipeline->slot_size);
    result = run_with(&line, threads, err);
    for (size_t i = 0; i < line.slot_count; i++) {
        pipeline->slot_release(line.slots[i].piece);
        free(line.slots[i].piece);
    }
    free(line.slots);
    free(threads);
    pthread_cond_destroy(&line.work);
    pthread_cond_destroy(&line.room);
    pthread_mutex_destroy(&line.lock);
    return result;
}
