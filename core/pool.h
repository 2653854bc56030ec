/* Work that finds more work as it goes, on several threads: a walk through folders. */
#ifndef FNCTL_CORE_POOL_H
#define FNCTL_CORE_POOL_H

#include <stddef.h>

struct pool;

/* Does one piece of work, as worker number `worker` (below the limit): pieces of one worker are
 * done one after the other, those of two at the same time. */
typedef void pool_work(void *context, size_t worker, struct pool *pool, void *task);

/*
 * Does the piece `first`, and those that are added by doing it, in no
 * particular order, by at most `limit` threads; returns when all is done.
 * A thread is only started once several pieces wait.
 */
void pool_run(pool_work *work, void *context, size_t limit, void *first);

/* To be called by a piece of work: adds another one. */
void pool_add(struct pool *pool, void *task);

#endif
