#include "core/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

/* Lock-free, so that a handler may write and other threads may read it. */
static atomic_bool signalled;
static _Atomic int64_t signalled_at; /* ms, monotonic */
static int wakeup[2] = {-1, -1};

/* timeout(1), and programs that pass Ctrl-C on to a child that gets it from the terminal as well,
 * send every signal twice: that is one wish. */
enum { ECHO_MS = 250 };

static int64_t monotonic(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void handle(int number)
{
    int saved = errno;

    if (signalled && monotonic() - signalled_at > ECHO_MS)
        _exit(128 + number);
    if (!signalled)
        signalled_at = monotonic();
    signalled = true;
    if (write(wakeup[1], "", 1) < 0) {
        /* The pipe is full only when a byte is in it already, which is all that counts. */
    }
    errno = saved;
}

void interrupt_install(void)
{
    struct sigaction action = {.sa_handler = handle}, hangup;
    struct sigaction ignore = {.sa_handler = SIG_IGN};

    if (wakeup[0] >= 0 || pipe2(wakeup, O_CLOEXEC | O_NONBLOCK) < 0)
        return;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN)
        sigaction(SIGHUP, &action, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
}

bool interrupt_pending(void)
{
    return signalled;
}

int interrupt_fd(void)
{
    return wakeup[0];
}

int interrupt_sleep(int64_t milliseconds)
{
    struct pollfd wait = {.fd = wakeup[0], .events = POLLIN};
    int64_t deadline = monotonic() + milliseconds;
    int64_t left;

    while (!signalled && (left = deadline - monotonic()) > 0)
        poll(&wait, 1, left > 60000 ? 60000 : (int)left);
    return signalled ? -1 : 0;
}

int interrupt_wait_readable(int fd)
{
    struct pollfd wait[] = {{.fd = fd, .events = POLLIN}, {.fd = wakeup[0], .events = POLLIN}};

    while (!signalled && wait[0].revents == 0)
        poll(wait, 2, -1);
    return signalled ? -1 : 0;
}

int interrupt_check(struct err *err)
{
    if (!signalled)
        return 0;
    return err_set(err, ERR_INTERRUPTED, "interrupted");
}
