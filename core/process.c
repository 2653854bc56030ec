#include "core/process.h"

#include "core/clock.h"
#include "core/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { IN, OUT, ERR, PIPES };

/* A child under way: our ends of its pipes (-1: closed) and how much of the input it has. */
struct running {
    const struct process *process;
    pid_t pid;
    int fds[PIPES];
    size_t sent;
};

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static _Noreturn void become(const struct process *process, int in, int out, int errors, int report)
{
    struct sigaction standard = {.sa_handler = SIG_DFL};
    int failure;

    setpgid(0, 0);
    sigaction(SIGPIPE, &standard, NULL);
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(errors, STDERR_FILENO);
    for (size_t i = 0; process->environment && process->environment[i]; i++)
        putenv((char *)(uintptr_t)process->environment[i]);
    if (!process->folder || chdir(process->folder) == 0)
        execvp(process->argv[0], (char *const *)(uintptr_t)process->argv);
    failure = errno;
    if (write(report, &failure, sizeof(failure)) < 0)
        _exit(126);
    _exit(127);
}

/* Opens a pipe when `wanted`, else gives the child `fallback` (a descriptor it may share). */
static int open_pipe(bool wanted, bool child_reads, int fallback, int *ours, int *theirs)
{
    int fds[2];

    *ours = -1;
    *theirs = fallback;
    if (!wanted)
        return 0;
    if (pipe2(fds, O_CLOEXEC) < 0)
        return -1;
    *ours = fds[child_reads ? 1 : 0];
    *theirs = fds[child_reads ? 0 : 1];
    fcntl(*ours, F_SETFL, O_NONBLOCK);
    return 0;
}

/* Reads the errno of a child that could not start; 0 when it did. A signal must not end this: the
 * child has its process group, by which it is killed, only afterwards. */
static ssize_t await(int report, int *failure)
{
    ssize_t len;

    do
        len = read(report, failure, sizeof(*failure));
    while (len < 0 && errno == EINTR);
    return len;
}

/* Starts the child; returns 0, or the errno that kept it from starting. */
static int start(struct running *run)
{
    const struct process *process = run->process;
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int theirs[PIPES] = {-1, -1, -1}, report[2] = {-1, -1};
    int failure = 0;

    if (null < 0 || pipe2(report, O_CLOEXEC) < 0 ||
        open_pipe(process->input, true, null, &run->fds[IN], &theirs[IN]) < 0 ||
        open_pipe(process->output, false, STDERR_FILENO, &run->fds[OUT], &theirs[OUT]) < 0 ||
        open_pipe(process->errors, false, STDERR_FILENO, &run->fds[ERR], &theirs[ERR]) < 0 ||
        (run->pid = fork()) < 0)
        failure = errno;
    if (!failure && run->pid == 0)
        become(process, theirs[IN], theirs[OUT], theirs[ERR], report[1]);
    close_fd(&report[1]);
    /* The pipe closes by itself when exec succeeds; a failure sends its errno. */
    if (!failure && await(report[0], &failure) > 0)
        waitpid(run->pid, NULL, 0);
    close_fd(&report[0]);
    for (int i = 0; i < PIPES; i++)
        if (theirs[i] != null && theirs[i] != STDERR_FILENO)
            close_fd(&theirs[i]);
    close_fd(&null);
    return failure;
}

static void send_input(struct running *run)
{
    const struct process *process = run->process;
    ssize_t len = write(run->fds[IN], (const char *)process->input + run->sent,
                        process->input_len - run->sent);

    if (len > 0)
        run->sent += (size_t)len;
    if (run->sent == process->input_len || (len < 0 && errno != EAGAIN && errno != EINTR))
        close_fd(&run->fds[IN]);
}

static int take_output(int *fd, struct buf *buf, const char *name, struct err *err)
{
    char chunk[16384];
    ssize_t len = read(*fd, chunk, sizeof(chunk));

    if (len == 0 || (len < 0 && errno != EAGAIN && errno != EINTR))
        close_fd(fd);
    if (len > 0 && buf_append(buf, chunk, (size_t)len) < 0)
        return err_set(err, ERR_FAILED, "'%s' wrote more than %zu bytes", name, buf->max);
    return 0;
}

/* Moves bytes until the child has closed its ends. */
static int serve(struct running *run, struct err *err)
{
    const struct process *process = run->process;
    const char *name = process->argv[0];
    int64_t deadline = clock_monotonic(clock_system()) + process->timeout;

    while (run->fds[OUT] >= 0 || run->fds[ERR] >= 0 || run->fds[IN] >= 0) {
        struct pollfd polls[] = {{run->fds[IN], POLLOUT, 0},
                                 {run->fds[OUT], POLLIN, 0},
                                 {run->fds[ERR], POLLIN, 0},
                                 {interrupt_fd(), POLLIN, 0}};
        int64_t left = deadline - clock_monotonic(clock_system());

        if (interrupt_check(err) < 0)
            return -1;
        if (process->timeout && left <= 0)
            return err_set(err, ERR_FAILED, "'%s' did not end within %lld ms", name,
                           (long long)process->timeout);
        if (poll(polls, 4, process->timeout ? (int)left : -1) < 0 && errno != EINTR)
            return err_set(err, ERR_FAILED, "cannot wait for '%s': %s", name, strerror(errno));
        if (polls[0].revents)
            send_input(run);
        if (polls[1].revents && take_output(&run->fds[OUT], process->output, name, err) < 0)
            return -1;
        if (polls[2].revents && take_output(&run->fds[ERR], process->errors, name, err) < 0)
            return -1;
    }
    return 0;
}

/* Waits for the end of the child, which may outlive its pipes. */
static int finish(struct running *run, int *status, struct err *err)
{
    int64_t deadline = clock_monotonic(clock_system()) + run->process->timeout;
    int64_t pause = 1;
    pid_t done;

    while ((done = waitpid(run->pid, status, WNOHANG)) == 0) {
        if (run->process->timeout && clock_monotonic(clock_system()) > deadline)
            return err_set(err, ERR_FAILED, "'%s' did not end in time", run->process->argv[0]);
        if (interrupt_sleep(pause) < 0)
            return interrupt_check(err);
        pause = pause < 20 ? pause * 2 : pause;
    }
    return 0;
}

int process_run(const struct process *process, int *status, struct err *err)
{
    struct running run = {.process = process, .pid = -1, .fds = {-1, -1, -1}};
    int raw = 0;
    int failure = start(&run);
    int result = -1;

    if (failure) {
        err_set(err, ERR_FAILED, "cannot run '%s': %s", process->argv[0], strerror(failure));
    } else if (serve(&run, err) < 0 || finish(&run, &raw, err) < 0) {
        kill(-run.pid, SIGKILL);
        waitpid(run.pid, NULL, 0);
    } else {
        *status = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
        result = 0;
    }
    for (int i = 0; i < PIPES; i++)
        close_fd(&run.fds[i]);
    return result;
}
