#include "providers/local/launch.h"

#include "core/file.h"
#include "core/http.h"
#include "core/interrupt.h"
#include "core/json.h"
#include "core/memory.h"
#include "core/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define PROGRAM "fnctl-local"

enum {
    STATE_FILE_MAX = 65536,
    STATE_FILE_DEPTH = 8,
    HEALTH_TIMEOUT = 5000,   /* ms */
    START_LIMIT = 30000,     /* ms */
    STOP_LIMIT = 10000,      /* ms until SIGKILL */
    KILL_LIMIT = 5000,       /* ms after it */
    FIRST_PAUSE = 10,        /* ms */
    LONGEST_PAUSE = 200,     /* ms */
    PROGRAM_PATH_MAX = 4096, /* bytes */
};

char *launch_folder(struct err *err)
{
    const char *state = getenv("FNCTL_STATE");
    const char *base = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    char *here;
    char *folder;

    if (state && *state) {
        here = getcwd(NULL, 0);
        folder = file_join(here, state);
        free(here);
        return folder;
    }
    if (base && *base == '/')
        return file_join(base, "fnctl");
    if (home && *home)
        return file_join(home, ".local/state/fnctl");
    err_set(err, ERR_FAILED,
            "there is no place for the local engine's state: set HOME or FNCTL_STATE");
    return NULL;
}

char *launch_program(struct err *err)
{
    char own[PROGRAM_PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", own, sizeof(own) - 1);
    char *folder = NULL;
    char *program = NULL;

    if (len > 0) {
        own[len] = '\0';
        folder = file_folder(own);
        program = file_join(folder, PROGRAM);
        free(folder);
        if (access(program, X_OK) == 0)
            return program;
        free(program);
    }
    program = file_find_program(PROGRAM);
    if (!program)
        err_set(err, ERR_FAILED,
                "cannot find the engine '%s', neither beside this program nor in PATH", PROGRAM);
    return program;
}

/* Whether an engine holds the lock of the state folder. */
static bool is_locked(const char *folder)
{
    char *path = file_join(folder, "lock");
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    bool locked = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;

    if (fd >= 0)
        close(fd);
    free(path);
    return locked;
}

/* A JSON file of the state folder; NULL when it cannot be read (yet). */
static json_t *read_state(const char *folder, const char *name)
{
    char *path = file_join(folder, name);
    struct err ignored = {0};
    struct buf text;
    json_t *root = NULL;

    buf_init(&text, STATE_FILE_MAX);
    if (file_read(path, STATE_FILE_MAX, &text, &ignored) == 0)
        root = json_parse(buf_string(&text), text.len, STATE_FILE_DEPTH, &ignored);
    if (text.data)
        memory_wipe(text.data, text.len);
    buf_release(&text);
    free(path);
    return root;
}

static char *text_at(const json_t *root, const char *key)
{
    const char *text = json_string_at(root, key);

    return *text ? xstrdup(text) : NULL;
}

/* Whether the process is an engine: a file that a killed engine left may name another process. */
static bool is_engine(pid_t pid)
{
    char path[64];
    char program[PROGRAM_PATH_MAX];
    ssize_t len;

    if (pid <= 0)
        return false;
    snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
    len = readlink(path, program, sizeof(program) - 1);
    program[len > 0 ? len : 0] = '\0';
    return strncmp(file_name(program), PROGRAM, strlen(PROGRAM)) == 0;
}

static void read_engine(struct engine_status *status)
{
    json_t *engine = read_state(status->folder, "engine.json");
    json_t *credentials = read_state(status->folder, "credentials.json");

    status->pid = (pid_t)json_int_at(engine, "pid");
    status->port = (int)json_int_at(engine, "port");
    status->url = text_at(engine, "url");
    status->version = text_at(engine, "version");
    status->key_id = text_at(credentials, "access_key_id");
    status->secret = text_at(credentials, "secret_access_key");
    status->running = status->url && status->key_id && status->secret && is_engine(status->pid);
    json_decref(engine);
    json_decref(credentials);
}

int launch_status(const struct clock *clock, struct engine_status *status, struct err *err)
{
    (void)clock;
    *status = (struct engine_status){.folder = launch_folder(err)};
    if (!status->folder)
        return -1;
    status->log = file_join(status->folder, "engine.log");
    if (is_locked(status->folder))
        read_engine(status);
    return 0;
}

/* Runs the engine program, which returns when it listens (or another engine does). */
static int run_program(const char *folder, struct err *err)
{
    char *program = launch_program(err);
    const char *argv[] = {program, "--state", folder, NULL};
    struct buf errors;
    struct process process = {.argv = argv, .errors = &errors, .timeout = START_LIMIT};
    int status = 0;
    int result;

    if (!program)
        return -1;
    buf_init(&errors, STATE_FILE_MAX);
    result = process_run(&process, &status, err);
    if (result == 0 && status != 0)
        result = err_set(err, ERR_FAILED,
                         "cannot start the local engine: %.1000s (status %d, log in "
                         "'%s/engine.log')",
                         buf_string(&errors), status, folder);
    buf_release(&errors);
    free(program);
    return result;
}

static int check_health(const struct clock *clock, const struct engine_status *status,
                        struct err *err)
{
    struct http_options options = {.clock = clock,
                                   .connect_timeout = HEALTH_TIMEOUT,
                                   .total_timeout = HEALTH_TIMEOUT,
                                   .attempts = 1};
    struct http_exchange exchange = {.method = "GET", .label = "the local engine's health"};
    struct http *http = http_new(&options);
    int result;

    exchange.url = xasprintf("%s/_fnctl/health", status->url);
    result = http_perform(http, &exchange, 1, err);
    if (result == 0 && exchange.response.status != 200)
        result = err_set(err, ERR_FAILED, "the local engine at %s answers with status %d",
                         status->url, exchange.response.status);
    if (result < 0)
        err_append(err, "; its log is '%s', 'fnctl local stop' ends it", status->log);
    http_exchange_release(&exchange);
    free(exchange.url);
    http_free(http);
    return result;
}

static int pause_for(const struct clock *clock, int64_t *delay, struct err *err)
{
    if (clock_sleep(clock, *delay) < 0)
        return interrupt_check(err) < 0 ? -1 : err_set(err, ERR_INTERRUPTED, "interrupted");
    *delay = *delay * 2 > LONGEST_PAUSE ? LONGEST_PAUSE : *delay * 2;
    return 0;
}

/* Starts an engine where none is, and waits while another one comes up. */
static int ensure_running(const struct clock *clock, struct engine_status *status, struct err *err)
{
    int64_t started = clock_monotonic(clock);
    int64_t delay = FIRST_PAUSE;

    for (;;) {
        if (launch_status(clock, status, err) < 0)
            return -1;
        if (status->running)
            return 0;
        if (clock_monotonic(clock) - started > START_LIMIT)
            return err_set(err, ERR_FAILED, "the local engine does not come up; its log is '%s'",
                           status->log);
        if (!is_locked(status->folder) && run_program(status->folder, err) < 0)
            return -1;
        if (pause_for(clock, &delay, err) < 0)
            return -1;
        engine_status_release(status);
    }
}

int launch_start(const struct clock *clock, struct engine_status *status, struct err *err)
{
    *status = (struct engine_status){0};
    if (ensure_running(clock, status, err) < 0 || check_health(clock, status, err) < 0) {
        engine_status_release(status);
        return -1;
    }
    return 0;
}

/* Waits until the lock is free; 1: it is, 0: not within `limit` ms. */
static int wait_gone(const struct clock *clock, const char *folder, int64_t limit, struct err *err)
{
    int64_t started = clock_monotonic(clock);
    int64_t delay = FIRST_PAUSE;

    while (is_locked(folder)) {
        if (clock_monotonic(clock) - started > limit)
            return 0;
        if (pause_for(clock, &delay, err) < 0)
            return -1;
    }
    return 1;
}

static int end_process(const struct clock *clock, const struct engine_status *status,
                       struct err *err)
{
    int gone;

    if (kill(status->pid, SIGTERM) < 0 && errno != ESRCH)
        return err_set(err, ERR_FAILED, "cannot stop the local engine, process %d: %s",
                       (int)status->pid, strerror(errno));
    gone = wait_gone(clock, status->folder, STOP_LIMIT, err);
    if (gone == 0) {
        kill(status->pid, SIGKILL);
        gone = wait_gone(clock, status->folder, KILL_LIMIT, err);
    }
    if (gone == 0)
        return err_set(err, ERR_FAILED, "the local engine, process %d, does not end",
                       (int)status->pid);
    return gone < 0 ? -1 : 0;
}

int launch_stop(const struct clock *clock, bool *was_running, struct err *err)
{
    struct engine_status status;
    int result = launch_status(clock, &status, err);

    *was_running = result == 0 && status.running;
    if (*was_running)
        result = end_process(clock, &status, err);
    engine_status_release(&status);
    return result;
}

const struct engine_control launch_control = {
    .status = launch_status,
    .start = launch_start,
    .stop = launch_stop,
};
