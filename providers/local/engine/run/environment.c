#include "providers/local/engine/run/environment.h"

#include "core/file.h"
#include "core/memory.h"
#include "providers/local/engine/loop.h"
#include "providers/local/engine/run/environment_process.h"
#include "providers/local/engine/run/outcome.h"
#include "providers/local/engine/run/runtime_api.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    INIT_TIME = 10000,      /* ms that initialising may take before it is started again */
    FAILED_TIME = 1000,     /* ms that a runtime may take to exit after init/error */
    IDLE_TIME = 10 * 60000, /* ms until a warm environment ends */
    TERM_TIME = 500,        /* ms between SIGTERM and SIGKILL */
    SAMPLE_TIME = 50,       /* ms between looks at the memory */
};

static int start_process(struct environment *environment, struct err *err);

static struct loop *loop_of(const struct environment *environment)
{
    return environment->ground->engine->loop;
}

static void clear_timer(struct environment *environment)
{
    loop_cancel_timer(loop_of(environment), environment->timer);
    environment->timer = 0;
}

static void set_timer(struct environment *environment, int64_t milliseconds,
                      loop_timer_callback *callback)
{
    clear_timer(environment);
    environment->timer = loop_add_timer(loop_of(environment), milliseconds, callback, environment);
}

static void stop_sampling(struct environment *environment)
{
    loop_cancel_timer(loop_of(environment), environment->sampler);
    environment->sampler = 0;
}

static void signal_process(const struct environment *environment, int number)
{
    if (environment->child.pid > 0 && kill(-environment->child.pid, number) < 0)
        kill(environment->child.pid, number);
}

/* SIGKILL, for a reason that tells later what becomes of the invocation. */
static void destroy(struct environment *environment, enum environment_fate fate)
{
    clear_timer(environment);
    stop_sampling(environment);
    if (environment->fate == FATE_NONE)
        environment->fate = fate;
    environment->state = ENVIRONMENT_ENDING;
    signal_process(environment, SIGKILL);
    /* The first process of a namespace is not in the group before it has set it up. */
    if (environment->child.pid > 0)
        kill(environment->child.pid, SIGKILL);
}

static void on_init_timeout(void *context)
{
    struct environment *environment = context;

    environment->timer = 0;
    destroy(environment, FATE_INIT_TIMEOUT);
}

static void on_timeout(void *context)
{
    struct environment *environment = context;

    environment->timer = 0;
    destroy(environment, FATE_TIMEOUT);
}

static void on_patience_ended(void *context)
{
    struct environment *environment = context;

    environment->timer = 0;
    destroy(environment, FATE_RETIRED);
}

static void on_idle(void *context)
{
    struct environment *environment = context;

    environment->timer = 0;
    environment_end(environment);
}

/* Notes how much memory is used; more than the function has ends it. */
static void take_sample(struct environment *environment)
{
    int64_t now, peak;

    sandbox_memory(&environment->child, &now, &peak);
    if (now > environment->peak)
        environment->peak = now;
    if (peak > environment->peak)
        environment->peak = peak;
    if (now > environment->version.memory * 1024)
        destroy(environment, FATE_MEMORY);
}

static void on_sample(void *context)
{
    struct environment *environment = context;

    environment->sampler =
        loop_add_timer(loop_of(environment), SAMPLE_TIME, on_sample, environment);
    take_sample(environment);
}

static void start_sampling(struct environment *environment)
{
    if (!environment->sampler)
        environment->sampler =
            loop_add_timer(loop_of(environment), SAMPLE_TIME / 2, on_sample, environment);
}

/* The first initialisation took too long: once more, within the invocation's own time. */
static bool start_again(struct environment *environment)
{
    struct function_report report = {.init = INIT_TIME, .status = "timeout"};
    struct err err = {0};

    function_log_flush(&environment->log);
    function_log_init_report(&environment->log, &report);
    if (!environment->current)
        return false;
    outcome_begin(environment);
    environment->fate = FATE_NONE;
    environment->again = true;
    environment->state = ENVIRONMENT_STARTING;
    environment->began = outcome_clock();
    return start_process(environment, &err) == 0;
}

static void close_waiting(struct environment *environment)
{
    struct request *request = environment->waiting;

    environment->waiting = NULL;
    if (request)
        request_respond(request, 410, NULL, NULL, 0);
}

static void process_ended(void *context, pid_t pid, int status)
{
    struct environment *environment = context;
    const struct environment_owner *owner = &environment->ground->owner;

    status = sandbox_finish(&environment->child, status);
    /* What is left of its group where no process namespace takes care of it. */
    kill(-pid, SIGKILL);
    environment->child.pid = -1;
    clear_timer(environment);
    stop_sampling(environment);
    environment_read(environment);
    environment_close_output(environment);
    close_waiting(environment);
    if (environment->fate == FATE_INIT_TIMEOUT && start_again(environment))
        return;
    environment->state = ENVIRONMENT_ENDING;
    if (environment->current && environment->fate == FATE_TIMEOUT)
        outcome_timed_out(environment);
    else if (!environment->initialised &&
             (environment->fate != FATE_RETIRED || environment->init_error.len))
        outcome_init_failed(environment, status);
    else if (environment->current)
        outcome_exited(environment, status);
    else
        function_log_flush(&environment->log);
    server_unlisten(environment->ground->engine->server, environment);
    owner->ended(owner->context, environment);
}

/* Starts the process, for the first time or again. */
static int start_process(struct environment *environment, struct err *err)
{
    if (environment_spawn(environment, process_ended, err) < 0)
        return -1;
    if (environment->again)
        set_timer(environment, environment->version.timeout * 1000, on_timeout);
    else
        set_timer(environment, INIT_TIME, on_init_timeout);
    start_sampling(environment);
    return 0;
}

/* A folder of its own for TMPDIR, where /tmp is the machine's. */
static int make_temporary(struct environment *environment, struct err *err)
{
    if (sandbox_isolates(environment->ground->sandbox))
        return 0;
    environment->temporary = file_temporary_folder("fnctl-function-", err);
    return environment->temporary ? 0 : -1;
}

/* A start that failed is in the log, too. */
static void report_failed_start(struct environment *environment, const struct err *err)
{
    char message[4096 + 128];

    engine_log("%s: %s", environment->version.name, err->message);
    if (!environment->current)
        return;
    snprintf(message, sizeof(message), "RequestId: %.64s Error: %s",
             environment->current->request_id, err->message);
    outcome_begin(environment);
    function_log_line(&environment->log, "%s\nRuntime.InvalidEntrypoint", message);
    snprintf(environment->error_type, sizeof(environment->error_type), "Runtime.InvalidEntrypoint");
    outcome_error(environment->current, environment->error_type, message);
    outcome_answered(environment);
}

struct environment *environment_start(const struct environment_ground *ground,
                                      struct function_version *version, struct invocation *first)
{
    struct environment *environment = xcalloc(1, sizeof(*environment));
    struct err err = {0};

    environment->ground = ground;
    environment->version = *version;
    *version = (struct function_version){0};
    environment->current = first;
    environment->warmth = first ? WARMTH_ON_DEMAND : WARMTH_PROVISIONED;
    environment->output = environment->child.pid = environment->child.status = -1;
    environment->init = -1;
    buf_init(&environment->init_error, 0);
    function_log_init(&environment->log, ground->engine, &environment->version);
    environment->port =
        server_listen(ground->engine->server, runtime_api_handle, environment, &err);
    if (environment->port >= 0 && make_temporary(environment, &err) == 0 &&
        start_process(environment, &err) == 0)
        return environment;
    report_failed_start(environment, &err);
    if (environment->port >= 0)
        server_unlisten(ground->engine->server, environment);
    environment_free(environment);
    return NULL;
}

void environment_free(struct environment *environment)
{
    struct err ignored = {0};

    clear_timer(environment);
    stop_sampling(environment);
    environment_close_output(environment);
    if (environment->temporary)
        file_remove(environment->temporary, &ignored);
    free(environment->temporary);
    buf_release(&environment->init_error);
    function_log_release(&environment->log);
    function_version_release(&environment->version);
    free(environment);
}

bool environment_is_free(const struct environment *environment)
{
    return environment->state == ENVIRONMENT_IDLE && environment->waiting && !environment->retired;
}

void environment_run(struct environment *environment, struct invocation *invocation)
{
    struct request *request = environment->waiting;
    int64_t timeout = environment->version.timeout * 1000;

    environment->waiting = NULL;
    environment->current = invocation;
    environment->used = true;
    environment->state = ENVIRONMENT_BUSY;
    environment_read(environment);
    function_log_flush(&environment->log);
    if (!environment->begun && environment->init < 0)
        buf_clear(&environment->log.tail);
    outcome_begin(environment);
    if (!environment->began)
        environment->began = outcome_clock();
    environment->peak = 0;
    timeout -= (outcome_clock() - environment->began) / 1000;
    set_timer(environment, timeout, on_timeout);
    start_sampling(environment);
    runtime_api_send(request, environment, timeout);
}

void environment_end(struct environment *environment)
{
    stop_sampling(environment);
    environment->state = ENVIRONMENT_ENDING;
    if (environment->fate == FATE_NONE)
        environment->fate = FATE_RETIRED;
    signal_process(environment, SIGTERM);
    set_timer(environment, TERM_TIME, on_patience_ended);
}

void environment_retire(struct environment *environment)
{
    environment->retired = true;
    if (environment->state == ENVIRONMENT_IDLE ||
        (environment->state == ENVIRONMENT_STARTING && !environment->current))
        environment_end(environment);
}

static void on_runtime_gone(void *context)
{
    struct environment *environment = context;

    close_waiting(environment);
}

/* Whether the runtime may ask for work now. */
static bool may_ask(const struct environment *environment)
{
    if (environment->waiting)
        return false;
    return environment->state == ENVIRONMENT_STARTING || environment->state == ENVIRONMENT_IDLE ||
           (environment->state == ENVIRONMENT_BUSY && environment->current->answered);
}

void environment_next(struct environment *environment, struct request *request)
{
    const struct environment_owner *owner = &environment->ground->owner;

    if (!may_ask(environment)) {
        runtime_api_refuse(request, 403, "InvalidStateTransition",
                           "State transition is not allowed");
        return;
    }
    environment->waiting = request;
    request->gone = on_runtime_gone;
    request->context = environment;
    clear_timer(environment);
    if (environment->state == ENVIRONMENT_BUSY) {
        take_sample(environment);
        stop_sampling(environment);
        environment_read(environment);
        outcome_answered(environment);
    } else if (!environment->initialised) {
        environment->init = environment->again ? -1 : outcome_clock() - environment->started;
        stop_sampling(environment);
    }
    environment->initialised = true;
    environment->state = ENVIRONMENT_IDLE;
    if (environment->current)
        environment_run(environment, environment->current);
    else if (environment->retired)
        environment_end(environment);
    else if (environment->warmth == WARMTH_ON_DEMAND)
        set_timer(environment, IDLE_TIME, on_idle);
    owner->ready(owner->context, environment);
}

void environment_result(struct environment *environment, const struct request *request, bool failed,
                        bool http, const char *error_type)
{
    struct invocation *invocation = environment->current;

    buf_append(&invocation->result, request->body.data, request->body.len);
    invocation->answered = true;
    invocation->failed = failed;
    invocation->http = http;
    snprintf(environment->error_type, sizeof(environment->error_type), "%s",
             error_type ? error_type : "");
}

void environment_init_failed(struct environment *environment, const struct request *request,
                             const char *error_type)
{
    buf_clear(&environment->init_error);
    buf_append(&environment->init_error, request->body.data, request->body.len);
    snprintf(environment->error_type, sizeof(environment->error_type), "%s",
             error_type ? error_type : "Runtime.Unknown");
    set_timer(environment, FAILED_TIME, on_patience_ended);
}
