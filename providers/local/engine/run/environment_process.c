#include "providers/local/engine/run/environment_process.h"

#include "providers/local/engine/run/launch.h"
#include "providers/local/engine/run/outcome.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    READ_AT_ONCE = 16 * 1024, /* bytes of output in one round of the loop */
};

void environment_close_output(struct environment *environment)
{
    if (environment->output < 0)
        return;
    loop_remove_fd(environment->ground->engine->loop, environment->output);
    close(environment->output);
    environment->output = -1;
}

/* Reads at most `max` bytes of what the process wrote; the end of it closes the pipe. */
static void read_output(struct environment *environment, size_t max)
{
    char chunk[READ_AT_ONCE];
    size_t total = 0;

    while (environment->output >= 0 && total < max) {
        size_t wanted = max - total < sizeof(chunk) ? max - total : sizeof(chunk);
        ssize_t len = read(environment->output, chunk, wanted);

        if (len < 0 && errno == EINTR)
            continue;
        if (len < 0 && errno == EAGAIN)
            return;
        if (len <= 0) {
            environment_close_output(environment);
            return;
        }
        function_log_output(&environment->log, chunk, (size_t)len);
        total += (size_t)len;
    }
}

static void output_ready(void *context, int fd, uint32_t events)
{
    (void)fd;
    (void)events;
    read_output(context, READ_AT_ONCE);
}

void environment_read(struct environment *environment)
{
    int waiting = 0;

    /* Only what is there now: a process that never stops writing must not keep the engine. */
    if (environment->output >= 0 && ioctl(environment->output, FIONREAD, &waiting) == 0 &&
        waiting > 0)
        read_output(environment, (size_t)waiting);
}

static void write_first_lines(struct environment *environment, const struct launch *launch)
{
    if (environment->again)
        return;
    function_log_init_start(&environment->log, launch->shown);
    /* Once for each revision: it is the same for all its environments. */
    if (!*environment->runtime.warning ||
        strlist_has(environment->ground->warned, environment->version.revision))
        return;
    strlist_add(environment->ground->warned, environment->version.revision);
    function_log_line(&environment->log, "[WARN] %s", environment->runtime.warning);
    engine_log("%s: %s", environment->version.name, environment->runtime.warning);
}

static int start(struct environment *environment, const struct launch *launch, int output,
                 struct err *err)
{
    const struct environment_ground *ground = environment->ground;
    const struct sandbox_process process = {
        .task = launch->task,
        .layer = launch->layer,
        .runtime = ground->clients,
        .temporary = environment->version.ephemeral_storage,
        .argv = (const char *const *)launch->argv.items,
        .variables = (const char *const *)launch->variables.items,
        .folder = launch->folder,
        .output = output,
    };

    environment->started = outcome_clock();
    return sandbox_start(ground->sandbox, &process, &environment->child, err);
}

/* Without being watched it may not run. */
static int watch(struct environment *environment, loop_child_callback *ended, struct err *err)
{
    struct loop *loop = environment->ground->engine->loop;
    pid_t pid = environment->child.pid;

    if (loop_add_fd(loop, environment->output, EPOLLIN, output_ready, environment, err) == 0 &&
        loop_add_child(loop, pid, ended, environment, err) == 0)
        return 0;
    kill(-pid, SIGKILL);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    sandbox_finish(&environment->child, 0);
    environment->child.pid = -1;
    environment_close_output(environment);
    return -1;
}

int environment_spawn(struct environment *environment, loop_child_callback *ended, struct err *err)
{
    struct launch launch = {0};
    int fds[2] = {-1, -1};
    int result = -1;

    if (launch_prepare(environment, &launch, err) < 0)
        goto out;
    write_first_lines(environment, &launch);
    if (pipe2(fds, O_CLOEXEC) < 0) {
        err_set(err, ERR_FAILED, "cannot make a pipe: %s", strerror(errno));
        goto out;
    }
    fcntl(fds[0], F_SETFL, O_NONBLOCK);
    if (start(environment, &launch, fds[1], err) < 0)
        goto out;
    environment->output = fds[0];
    fds[0] = -1;
    result = watch(environment, ended, err);
out:
    for (int i = 0; i < 2; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    launch_release(&launch);
    return result;
}
