#include "providers/local/engine/loop.h"

#include "core/memory.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 64, MAX_SLEEP = 24 * 3600 * 1000 };

/* Who watches a descriptor. The generation tells an event of a closed descriptor from one of a new
 * descriptor with the same number. */
struct watch {
    loop_fd_callback *callback;
    void *context;
    uint32_t generation;
};

struct timer {
    int64_t due; /* ms, monotonic */
    uint64_t id;
    loop_timer_callback *callback;
    void *context;
};

struct child {
    struct child *next;
    struct loop *loop;
    int fd;
    pid_t pid;
    loop_child_callback *callback;
    void *context;
};

struct loop {
    int epoll;
    bool stopped;
    uint32_t generation;
    struct watch *watches; /* by descriptor */
    size_t watch_count;
    struct timer *timers; /* a heap, the next one first */
    size_t timer_count, timer_capacity;
    uint64_t timer_id;
    struct child *children;
};

static int64_t monotonic(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

struct loop *loop_new(struct err *err)
{
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct loop *loop;

    if (epoll < 0) {
        err_set(err, ERR_FAILED, "cannot make an event loop: %s", strerror(errno));
        return NULL;
    }
    loop = xcalloc(1, sizeof(*loop));
    loop->epoll = epoll;
    return loop;
}

void loop_free(struct loop *loop)
{
    if (!loop)
        return;
    while (loop->children) {
        struct child *child = loop->children;

        loop->children = child->next;
        close(child->fd);
        free(child);
    }
    close(loop->epoll);
    free(loop->watches);
    free(loop->timers);
    free(loop);
}

int loop_add_fd(struct loop *loop, int fd, uint32_t events, loop_fd_callback *callback,
                void *context, struct err *err)
{
    struct epoll_event event = {.events = events};
    size_t index = (size_t)fd;

    if (index >= loop->watch_count) {
        size_t count = index + 64;

        loop->watches = xreallocarray(loop->watches, count, sizeof(*loop->watches));
        memset(loop->watches + loop->watch_count, 0,
               (count - loop->watch_count) * sizeof(*loop->watches));
        loop->watch_count = count;
    }
    loop->generation++;
    event.data.u64 = (uint64_t)loop->generation << 32 | (uint32_t)fd;
    if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
        return err_set(err, ERR_FAILED, "cannot watch descriptor %d: %s", fd, strerror(errno));
    loop->watches[index] = (struct watch){callback, context, loop->generation};
    return 0;
}

void loop_remove_fd(struct loop *loop, int fd)
{
    if (fd < 0 || (size_t)fd >= loop->watch_count || !loop->watches[fd].callback)
        return;
    epoll_ctl(loop->epoll, EPOLL_CTL_DEL, fd, NULL);
    loop->watches[fd] = (struct watch){0};
}

static bool before(const struct timer *a, const struct timer *b)
{
    return a->due != b->due ? a->due < b->due : a->id < b->id;
}

static void sift_up(struct timer *timers, size_t index)
{
    struct timer timer = timers[index];

    while (index > 0 && before(&timer, &timers[(index - 1) / 2])) {
        timers[index] = timers[(index - 1) / 2];
        index = (index - 1) / 2;
    }
    timers[index] = timer;
}

static void sift_down(struct timer *timers, size_t count, size_t index)
{
    struct timer timer = timers[index];
    size_t child;

    while ((child = 2 * index + 1) < count) {
        if (child + 1 < count && before(&timers[child + 1], &timers[child]))
            child++;
        if (!before(&timers[child], &timer))
            break;
        timers[index] = timers[child];
        index = child;
    }
    timers[index] = timer;
}

static void remove_timer(struct loop *loop, size_t index)
{
    loop->timer_count--;
    if (index == loop->timer_count)
        return;
    loop->timers[index] = loop->timers[loop->timer_count];
    sift_up(loop->timers, index);
    sift_down(loop->timers, loop->timer_count, index);
}

uint64_t loop_add_timer(struct loop *loop, int64_t milliseconds, loop_timer_callback *callback,
                        void *context)
{
    int64_t delay = milliseconds > 0 ? milliseconds : 0;
    int64_t now = monotonic();
    int64_t due = delay > INT64_MAX - now ? INT64_MAX : now + delay;

    if (loop->timer_count == loop->timer_capacity) {
        loop->timer_capacity = loop->timer_capacity ? 2 * loop->timer_capacity : 16;
        loop->timers = xreallocarray(loop->timers, loop->timer_capacity, sizeof(*loop->timers));
    }
    loop->timers[loop->timer_count] = (struct timer){due, ++loop->timer_id, callback, context};
    sift_up(loop->timers, loop->timer_count++);
    return loop->timer_id;
}

void loop_cancel_timer(struct loop *loop, uint64_t timer)
{
    for (size_t i = 0; timer && i < loop->timer_count; i++) {
        if (loop->timers[i].id == timer) {
            remove_timer(loop, i);
            return;
        }
    }
}

/* Those that are due now, not those that their callbacks add. */
static void run_timers(struct loop *loop)
{
    int64_t now = monotonic();
    uint64_t last = loop->timer_id;

    while (!loop->stopped && loop->timer_count && loop->timers[0].due <= now &&
           loop->timers[0].id <= last) {
        struct timer timer = loop->timers[0];

        remove_timer(loop, 0);
        timer.callback(timer.context);
    }
}

static void child_ended(void *context, int fd, uint32_t events)
{
    struct child *child = context;
    struct child **link = &child->loop->children;
    int status = 0;

    (void)events;
    if (waitpid(child->pid, &status, WNOHANG) == 0)
        return;
    while (*link != child)
        link = &(*link)->next;
    *link = child->next;
    loop_remove_fd(child->loop, fd);
    close(fd);
    child->callback(child->context, child->pid, status);
    free(child);
}

int loop_add_child(struct loop *loop, pid_t pid, loop_child_callback *callback, void *context,
                   struct err *err)
{
    /* By number: older C libraries have no wrapper. The descriptor is close-on-exec by itself. */
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    struct child *child;

    if (fd < 0)
        return err_set(err, ERR_FAILED, "cannot watch process %d: %s", (int)pid, strerror(errno));
    child = xcalloc(1, sizeof(*child));
    *child = (struct child){loop->children, loop, fd, pid, callback, context};
    if (loop_add_fd(loop, fd, EPOLLIN, child_ended, child, err) < 0) {
        close(fd);
        free(child);
        return -1;
    }
    loop->children = child;
    return 0;
}

/* How long epoll may sleep: until the next timer, rounded up so that it is due then. */
static int sleep_time(const struct loop *loop)
{
    int64_t left;

    if (!loop->timer_count)
        return -1;
    left = loop->timers[0].due - monotonic();
    if (left <= 0)
        return 0;
    return left >= MAX_SLEEP ? MAX_SLEEP : (int)left + 1;
}

int loop_run(struct loop *loop, struct err *err)
{
    struct epoll_event events[EVENTS];

    loop->stopped = false;
    while (!loop->stopped) {
        int count = epoll_wait(loop->epoll, events, EVENTS, sleep_time(loop));

        if (count < 0 && errno != EINTR)
            return err_set(err, ERR_FAILED, "cannot wait for events: %s", strerror(errno));
        for (int i = 0; i < count && !loop->stopped; i++) {
            int fd = (int)(events[i].data.u64 & UINT32_MAX);
            struct watch *watch = &loop->watches[fd];

            if (watch->callback && watch->generation == events[i].data.u64 >> 32)
                watch->callback(watch->context, fd, events[i].events);
        }
        run_timers(loop);
    }
    return 0;
}

void loop_stop(struct loop *loop)
{
    loop->stopped = true;
}
