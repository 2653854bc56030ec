/* fnctl-local: the engine of the provider "local". */
#include "core/file.h"
#include "core/memory.h"
#include "core/options.h"
#include "providers/local/engine/engine.h"
#include "providers/local/engine/events/mappings.h"
#include "providers/local/engine/events/schedules.h"
#include "providers/local/engine/front/front.h"
#include "providers/local/engine/http/server.h"
#include "providers/local/engine/logs/logs.h"
#include "providers/local/engine/loop.h"
#include "providers/local/engine/metrics/metrics.h"
#include "providers/local/engine/run/functions.h"
#include "providers/local/engine/run/invoke.h"
#include "providers/local/engine/run/layers.h"
#include "providers/local/engine/services/operations.h"
#include "providers/local/engine/services/s3.h"
#include "providers/local/engine/services/sqs.h"
#include "providers/local/engine/state.h"
#include "providers/local/engine/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEFAULT_PORT = 4700, LOG_MAX = 4 * 1024 * 1024, DESCRIPTORS = 65536 };

struct arguments {
    const char *state;
    int64_t port;
    bool foreground;
    bool help;
};

static const struct field fields[] = {
    {.name = "state",
     .type = FIELD_STRING,
     .offset = offsetof(struct arguments, state),
     .value = "FOLDER",
     .help = "where everything is kept (required)"},
    {.name = "port",
     .type = FIELD_INT,
     .offset = offsetof(struct arguments, port),
     .value = "PORT",
     .max = 65535,
     .help = "the port to listen on; 0: that of the last time, 4700, or a free one"},
    {.name = "foreground",
     .type = FIELD_BOOL,
     .offset = offsetof(struct arguments, foreground),
     .help = "stay attached and log to standard error"},
    {.name = "help",
     .type = FIELD_BOOL,
     .offset = offsetof(struct arguments, help),
     .help = "say this"},
    FIELD_END};

static void stop(void *context, int fd, uint32_t events)
{
    struct signalfd_siginfo info;

    (void)events;
    if (read(fd, &info, sizeof(info)) == sizeof(info))
        loop_stop(context);
}

/* The port asked for, or the first that is free of: the last one (URLs stay the same), the usual
 * one, any. */
static struct server *listen_somewhere(struct engine *engine, int wanted, struct err *err)
{
    const int candidates[] = {state_remembered_port(engine->folder), DEFAULT_PORT, 0};
    struct server *server = NULL;

    if (wanted)
        return server_new(engine, wanted, operations_handle, err);
    for (size_t i = candidates[0] ? 0 : 1; i < 3 && !server; i++)
        server = server_new(engine, candidates[i], operations_handle, err);
    return server;
}

static int open_engine(struct engine *engine, int port, struct err *err)
{
    if (state_credentials(engine, err) < 0)
        return -1;
    engine->loop = loop_new(err);
    if (!engine->loop)
        return -1;
    engine->store = store_open(engine->folder, err);
    if (!engine->store)
        return -1;
    store_sweep(engine->store);
    layers_sweep(engine);
    engine->server = listen_somewhere(engine, port, err);
    if (!engine->server)
        return -1;
    server_look_first(engine->server, operations_look);
    engine->port = server_port(engine->server);
    engine->base_url = xasprintf("http://127.0.0.1:%d", engine->port);
    engine->logs = logs_new(engine);
    engine->metrics = metrics_new(engine);
    engine->front = front_new(engine);
    engine->invoker = invoker_new(engine, err);
    if (!engine->invoker)
        return -1;
    logs_expire(engine);
    s3_expire(engine);
    invoke_resume(engine->invoker);
    schedules_reload(engine);
    mappings_reload(engine);
    return 0;
}

/* Everything is ended from the outside in: processes, requests, state. */
static void close_engine(struct engine *engine)
{
    schedules_free(engine->schedules);
    front_stop(engine->front);
    mappings_stop(engine);
    sqs_free(engine);
    if (engine->invoker)
        invoker_free(engine->invoker);
    mappings_free(engine->mappings);
    front_free(engine->front);
    server_free(engine->server);
    logs_free(engine->logs);
    metrics_free(engine->metrics);
    store_close(engine->store);
    if (engine->loop)
        loop_free(engine->loop);
    if (engine->secret)
        memory_wipe(engine->secret, strlen(engine->secret));
    free(engine->secret);
    free(engine->key_id);
    free(engine->base_url);
}

/* Signals that end the engine come through the loop. */
static int watch_signals(struct engine *engine, struct err *err)
{
    sigset_t signals;
    int fd;

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0)
        return err_set(err, ERR_FAILED, "cannot watch signals: %s", strerror(errno));
    return loop_add_fd(engine->loop, fd, EPOLLIN, stop, engine->loop, err);
}

/* Each connection and each environment takes a few descriptors. */
static void allow_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= DESCRIPTORS)
        return;
    limit.rlim_cur = limit.rlim_max < DESCRIPTORS ? limit.rlim_max : DESCRIPTORS;
    setrlimit(RLIMIT_NOFILE, &limit);
}

/* Tells the waiting parent how the start went: nothing for well, else the reason. */
static void report(int fd, const char *message)
{
    if (fd < 0)
        return;
    if (write(fd, message, strlen(message)) < 0)
        engine_log("cannot report: %s", strerror(errno));
    close(fd);
}

static int run_engine(const char *folder, int port, int report_fd)
{
    struct engine engine = {.folder = folder, .clock = clock_system()};
    struct err err = {0};
    int result = -1;

    allow_descriptors();
    if (open_engine(&engine, port, &err) == 0 && watch_signals(&engine, &err) == 0 &&
        state_announce(&engine, &err) == 0) {
        engine_log("fnctl-local %s listens on %s", FNCTL_VERSION, engine.base_url);
        report(report_fd, "");
        report_fd = -1;
        result = loop_run(engine.loop, &err);
    }
    state_withdraw(&engine);
    if (result < 0) {
        engine_log("%s", err.message);
        report(report_fd, err.message);
    } else {
        engine_log("stopped");
    }
    close_engine(&engine);
    return result < 0 ? 1 : 0;
}

static int redirect(const char *folder)
{
    char *path = file_join(folder, "engine.log");
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    int log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    struct stat status;
    int result = -1;

    if (log >= 0 && fstat(log, &status) == 0 && status.st_size > LOG_MAX)
        result = ftruncate(log, 0);
    if (null >= 0 && log >= 0)
        result = dup2(null, 0) < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0 ? -1 : 0;
    free(path);
    return result;
}

/* The parent's side: waits until the engine listens or says why not. */
static int await(int fd)
{
    char message[4096];
    size_t len = 0;
    ssize_t got;

    while (len < sizeof(message) - 1 &&
           (got = read(fd, message + len, sizeof(message) - 1 - len)) != 0) {
        if (got < 0 && errno != EINTR)
            break;
        len += got > 0 ? (size_t)got : 0;
    }
    message[len] = '\0';
    if (len)
        fprintf(stderr, "fnctl-local: %s\n", message);
    return len ? 1 : 0;
}

static int detach(const char *folder, int port)
{
    int fds[2];
    pid_t pid;

    if (pipe2(fds, O_CLOEXEC) < 0 || (pid = fork()) < 0) {
        fprintf(stderr, "fnctl-local: cannot start: %s\n", strerror(errno));
        return 1;
    }
    if (pid > 0) {
        close(fds[1]);
        return await(fds[0]);
    }
    close(fds[0]);
    setsid();
    if (chdir("/") < 0 || redirect(folder) < 0) {
        report(fds[1], "cannot write engine.log in the state folder");
        return 1;
    }
    return run_engine(folder, port, fds[1]);
}

static void usage(FILE *out)
{
    fputs("usage: fnctl-local --state FOLDER [--port PORT] [--foreground]\n\n"
          "The engine behind fnctl's provider \"local\"; fnctl starts and stops it by itself.\n\n",
          out);
    for (const struct field *field = fields; field->name; field++)
        fprintf(out, "  --%s%s%s\n      %s\n", field->name, field->value ? " " : "",
                field->value ? field->value : "", field->help);
}

static int start(const struct arguments *arguments, const char *folder)
{
    struct err err = {0};
    int lock = state_lock(folder, &err);

    if (lock < 0) {
        fprintf(stderr, "fnctl-local: %s\n", err.message);
        return lock == -2 ? 0 : 1;
    }
    if (arguments->foreground)
        return run_engine(folder, (int)arguments->port, -1);
    return detach(folder, (int)arguments->port);
}

int main(int argc, char **argv)
{
    struct arguments arguments = {0};
    const struct options_group group = {.fields = fields, .target = &arguments};
    struct strings rest = {0};
    struct err err = {0};
    int status = err_exit_status(ERR_USAGE);
    char *folder = NULL, *here = NULL;

    umask(077);
    if (options_parse(argc - 1, argv + 1, &group, 1, &rest, &err) < 0) {
        fprintf(stderr, "fnctl-local: %s\n", err.message);
    } else if (arguments.help) {
        usage(stdout);
        status = 0;
    } else if (!arguments.state || rest.count) {
        usage(stderr);
    } else {
        here = getcwd(NULL, 0);
        folder = file_join(here, arguments.state);
        status = start(&arguments, folder);
    }
    free(rest.items);
    free(here);
    free(folder);
    return status;
}
