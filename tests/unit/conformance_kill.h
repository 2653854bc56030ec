/* Killed at any point of a deploy, a provider finishes the work the next time. */
#ifndef FNCTL_TESTS_UNIT_CONFORMANCE_KILL_H
#define FNCTL_TESTS_UNIT_CONFORMANCE_KILL_H

#include "tests/unit/conformance.h"

#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KILLED = 99 }; /* exit status of a child that was ended on purpose */

/* A clock that ends the process when it has been asked `left` times. */
struct deadly_clock {
    struct clock clock;
    atomic_int left;
};

static inline void deadly_step(void *context)
{
    struct deadly_clock *deadly = context;

    if (atomic_fetch_sub(&deadly->left, 1) <= 0)
        _exit(KILLED);
}

static inline int64_t deadly_now(void *context)
{
    deadly_step(context);
    return clock_now(clock_system());
}

static inline int64_t deadly_monotonic(void *context)
{
    deadly_step(context);
    return clock_monotonic(clock_system());
}

static inline int deadly_sleep(void *context, int64_t milliseconds)
{
    deadly_step(context);
    return clock_sleep(clock_system(), milliseconds);
}

/* What a child is doing when it ends: a deploy of these settings, or with NULL removing all. */
static inline void conform_work(struct conformance *conformance, const char *settings)
{
    struct err err = {0};
    struct run run;

    conform_open(conformance, settings ? settings : SETTINGS_FULL, true, &run);
    if (settings)
        conform_deploy(&run, "code", "library");
    else if (conformance->provider->remove(run.session, false, &run.changes, &err) < 0)
        fail_msg("%s", err.message);
    conform_expect_done(&run);
    conform_close(&run);
}

/* Works in a child that ends without warning at the given look at the clock; true: it did. */
static inline bool conform_work_killed(struct conformance *conformance, const char *settings,
                                       int left)
{
    struct deadly_clock deadly = {
        .clock = {.now = deadly_now, .monotonic = deadly_monotonic, .sleep = deadly_sleep}};
    int status = 0;
    pid_t pid = fork();

    if (pid == 0) {
        deadly.clock.context = &deadly;
        atomic_init(&deadly.left, left);
        conformance->clock = &deadly.clock;
        conform_work(conformance, settings);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == KILLED));
    return WEXITSTATUS(status) == KILLED;
}

/* Killed at any point of a deploy, of pruning, of removing: the next run finishes the work, and
 * nothing is there twice or stays. */
static inline void conform_survives_kill(struct conformance *conformance, int first, int stride)
{
    struct err err = {0};
    struct run run;
    bool killed = true;

    for (int left = first; killed; left += stride) {
        killed = conform_work_killed(conformance, SETTINGS_FULL, left);
        conform_work(conformance, SETTINGS_FULL);
        conform_finds_nothing(conformance, SETTINGS_FULL, "code", "library");
        conform_work_killed(conformance, SETTINGS_FEW, left);
        conform_work(conformance, SETTINGS_FEW);
        conform_finds_nothing(conformance, SETTINGS_FEW, "code", "library");
        conform_work_killed(conformance, NULL, left);
        conform_work(conformance, NULL);
        conform_open(conformance, SETTINGS_FULL, true, &run);
        assert_int_equal(conformance->provider->remove(run.session, false, &run.changes, &err), 0);
        conform_expect_none(&run);
        conform_close(&run);
    }
}

#endif
