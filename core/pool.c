#include "core/pool.h"

#include "core/memory.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

enum { CROWD = 8 /* that wait: a thread takes as long to start as a few pieces do */ };

struct pool {
    pool_work *work;
    void *context;
    size_t limit;
    pthread_t *helpers;
    size_t started;
    bool refused; /* the machine gives no more threads */
    pthread_mutex_t lock;
    /* Under the lock: */
    void **waiting; /* the last goes first */
    size_t count, capacity;
    size_t active;   /* workers that do a piece, which may add others */
    size_t sleeping; /* workers that found nothing */
    pthread_cond_t change;
};

/* What a thread is told. */
struct helper {
    struct pool *pool;
    size_t number;
};

/* The next piece; waits while others may still add one. NULL: all is done. */
static void *take(struct pool *pool)
{
    void *task = NULL;

    pthread_mutex_lock(&pool->lock);
    while (!pool->count && pool->active) {
        pool->sleeping++;
        pthread_cond_wait(&pool->change, &pool->lock);
        pool->sleeping--;
    }
    if (pool->count) {
        task = pool->waiting[--pool->count];
        pool->active++;
    }
    pthread_mutex_unlock(&pool->lock);
    return task;
}

static void end(struct pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    if (--pool->active == 0 && !pool->count)
        pthread_cond_broadcast(&pool->change);
    pthread_mutex_unlock(&pool->lock);
}

static void work_on(struct pool *pool, size_t number)
{
    void *task;

    while ((task = take(pool)) != NULL) {
        pool->work(pool->context, number, pool, task);
        end(pool);
    }
}

static void *help(void *context)
{
    struct helper *helper = context;

    work_on(helper->pool, helper->number);
    free(helper);
    return NULL;
}

/* Starts one more thread; called under the lock. */
static void start(struct pool *pool)
{
    struct helper *helper = xcalloc(1, sizeof(*helper));

    *helper = (struct helper){pool, pool->started + 1}; /* worker 0 is the caller */
    pool->refused = pthread_create(&pool->helpers[pool->started], NULL, help, helper) != 0;
    if (pool->refused)
        free(helper);
    else
        pool->started++;
}

void pool_add(struct pool *pool, void *task)
{
    pthread_mutex_lock(&pool->lock);
    if (pool->count == pool->capacity) {
        pool->capacity = pool->capacity ? pool->capacity * 2 : 64;
        pool->waiting = xreallocarray(pool->waiting, pool->capacity, sizeof(*pool->waiting));
    }
    pool->waiting[pool->count++] = task;
    if (pool->sleeping)
        pthread_cond_signal(&pool->change);
    else if (pool->count >= CROWD && pool->started + 1 < pool->limit && !pool->refused)
        start(pool);
    pthread_mutex_unlock(&pool->lock);
}

void pool_run(pool_work *work, void *context, size_t limit, void *first)
{
    struct pool pool = {.work = work, .context = context, .limit = limit};

    pool.helpers = xcalloc(limit, sizeof(*pool.helpers));
    pthread_mutex_init(&pool.lock, NULL);
    pthread_cond_init(&pool.change, NULL);
    pool_add(&pool, first);
    work_on(&pool, 0);
    for (size_t i = 0; i < pool.started; i++)
        pthread_join(pool.helpers[i], NULL);
    pthread_cond_destroy(&pool.change);
    pthread_mutex_destroy(&pool.lock);
    free(pool.waiting);
    free(pool.helpers);
}
