/* Work that finds more work. */
#include "core/pool.h"

#include "core/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

enum { WORKERS = 4, DEPTH = 5, BRANCHES = 6 };

/* What a tree of tasks has done. */
struct tally {
    size_t done[WORKERS]; /* each counted by its worker alone, without a lock */
    atomic_size_t at_once[WORKERS];
    atomic_bool doubled;
    struct timespec pause; /* of each task */
};

struct task {
    int depth;
};

static void grow(void *context, size_t worker, struct pool *pool, void *task)
{
    struct tally *tally = context;
    int depth = ((struct task *)task)->depth;

    if (atomic_fetch_add(&tally->at_once[worker], 1) != 0)
        tally->doubled = true;
    nanosleep(&tally->pause, NULL);
    free(task);
    tally->done[worker]++;
    for (int i = 0; depth < DEPTH && i < BRANCHES; i++) {
        struct task *child = xcalloc(1, sizeof(*child));

        child->depth = depth + 1;
        pool_add(pool, child);
    }
    atomic_fetch_sub(&tally->at_once[worker], 1);
}

static size_t run(struct tally *tally, size_t limit, int depth)
{
    struct task *first = xcalloc(1, sizeof(*first));
    size_t sum = 0;

    first->depth = depth;
    pool_run(grow, tally, limit, first);
    for (size_t i = 0; i < WORKERS; i++)
        sum += tally->done[i];
    assert_false(tally->doubled);
    return sum;
}

static void all_that_is_added_is_done_once(void **state)
{
    struct tally tally = {.pause = {0}};

    (void)state;
    /* 1 + 6 + 36 + ... + 6^5 */
    assert_int_equal(run(&tally, WORKERS, 0), 9331);
}

static void one_worker_does_it_alone(void **state)
{
    struct tally tally = {.pause = {0}};

    (void)state;
    assert_int_equal(run(&tally, 1, 1), 1555);
    assert_int_equal(tally.done[0], 1555);
}

static void what_is_small_starts_no_thread(void **state)
{
    struct tally tally = {.pause = {.tv_nsec = 100000}};

    (void)state;
    assert_int_equal(run(&tally, WORKERS, DEPTH - 1), 1 + BRANCHES);
    assert_int_equal(tally.done[0], 1 + BRANCHES);
}

static void others_take_their_part(void **state)
{
    struct tally tally = {.pause = {.tv_nsec = 100000}};

    (void)state;
    assert_int_equal(run(&tally, WORKERS, DEPTH - 3), 259);
    for (size_t i = 0; i < WORKERS; i++)
        assert_in_range(tally.done[i], 1, 258);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_that_is_added_is_done_once),
        cmocka_unit_test(one_worker_does_it_alone),
        cmocka_unit_test(what_is_small_starts_no_thread),
        cmocka_unit_test(others_take_their_part),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
