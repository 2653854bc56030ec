#include "core/task.h"

#include "core/memory.h"

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

/* What the threads share. */
struct crew {
    task_function *task;
    void *context;
    size_t count;
    size_t next;
    bool failed;
    size_t failed_index;
    struct err err;
    pthread_mutex_t lock;
};

/* Takes the next piece; false when there is none or one has failed. */
static bool take(struct crew *crew, size_t *index)
{
    bool taken;

    pthread_mutex_lock(&crew->lock);
    taken = !crew->failed && crew->next < crew->count;
    if (taken)
        *index = crew->next++;
    pthread_mutex_unlock(&crew->lock);
    return taken;
}

static void note_failure(struct crew *crew, size_t index, const struct err *err)
{
    pthread_mutex_lock(&crew->lock);
    if (!crew->failed || index < crew->failed_index) {
        crew->failed = true;
        crew->failed_index = index;
        crew->err = *err;
    }
    pthread_mutex_unlock(&crew->lock);
}

static void *work(void *context)
{
    struct crew *crew = context;
    struct err err;
    size_t index;

    while (take(crew, &index)) {
        err_clear(&err);
        if (crew->task(crew->context, index, &err) < 0)
            note_failure(crew, index, &err);
    }
    return NULL;
}

int task_run_all(task_function *task, void *context, size_t count, size_t limit, struct err *err)
{
    struct crew crew = {.task = task, .context = context, .count = count};
    size_t threads = count < limit ? count : limit;
    pthread_t *helpers = xcalloc(threads, sizeof(*helpers));
    size_t started = 0;

    pthread_mutex_init(&crew.lock, NULL);
    /* This thread is one of the crew, so a machine that gives no more threads still gets it done.
     */
    while (started + 1 < threads && pthread_create(&helpers[started], NULL, work, &crew) == 0)
        started++;
    work(&crew);
    for (size_t i = 0; i < started; i++)
        pthread_join(helpers[i], NULL);
    pthread_mutex_destroy(&crew.lock);
    free(helpers);
    if (crew.failed)
        *err = crew.err;
    return crew.failed ? -1 : 0;
}

size_t task_processors(void)
{
    cpu_set_t allowed;
    long online;

    if (sched_getaffinity(0, sizeof(allowed), &allowed) == 0)
        return (size_t)CPU_COUNT(&allowed);
    online = sysconf(_SC_NPROCESSORS_ONLN); /* more than a cpu_set_t has */
    return online > 0 ? (size_t)online : 1;
}
