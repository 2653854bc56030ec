#include "providers/local/engine/run/invoke.h"

#include "core/file.h"
#include "core/hash.h"
#include "core/memory.h"
#include "providers/local/engine/logs/logs.h"
#include "providers/local/engine/loop.h"
#include "providers/local/engine/metrics/metrics.h"
#include "providers/local/engine/run/async.h"
#include "providers/local/engine/run/environment.h"
#include "providers/local/engine/run/keep_warm.h"
#include "providers/local/engine/run/outcome.h"
#include "providers/local/engine/run/runtime_api.h"
#include "providers/local/engine/run/runtime_clients.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    CONCURRENCY = 1000, /* of all functions together, as of a new account */
    STARTS = 16,        /* environments that initialise at the same time */
    STOP_TIME = 500,    /* ms between SIGTERM and SIGKILL at the end */
};

struct invoker {
    struct engine *engine;
    struct environment_ground ground;
    char *clients;
    struct strlist warned;
    struct environment *environments; /* the one that was free last comes first */
    struct invocation *queue;         /* wait for an environment */
    struct invocation **queue_end;
    struct invocation *finished; /* wait for the log to be on disk */
    struct invocation **finished_end;
    size_t count;   /* invocations under way */
    uint64_t timer; /* that hands out what is finished */
    struct async *async;
    struct keep_warm *warm;
};

/* The context as the runtime wants it: JSON, in one line since it becomes a header. */
static char *decode_context(const char *text)
{
    size_t len;
    char *decoded = text ? hash_unbase64(text, strlen(text), &len) : NULL;

    if (decoded && (strlen(decoded) != len || strpbrk(decoded, "\r\n"))) {
        free(decoded);
        return NULL;
    }
    return decoded;
}

static void free_invocation(struct invocation *invocation)
{
    function_version_release(&invocation->version);
    free(invocation->name);
    free(invocation->revision);
    free(invocation->number);
    free(invocation->request_id);
    free(invocation->arn);
    free(invocation->payload);
    free(invocation->client_context);
    buf_release(&invocation->result);
    buf_release(&invocation->tail);
    free(invocation);
}

static void append(struct invocation ***end, struct invocation *invocation)
{
    invocation->next = NULL;
    **end = invocation;
    *end = &invocation->next;
}

static void hand_out(struct invocation *invocation)
{
    struct invoke_outcome outcome = {
        .function_error = invocation->failed ? "Unhandled" : NULL,
        .payload = buf_string(&invocation->result),
        .payload_len = invocation->result.len,
        .log = buf_string(&invocation->tail),
        .log_len = invocation->tail.len,
        .version = invocation->number,
        .throttled = !invocation->answered,
        .reserved = invocation->reserved,
        .http = invocation->http,
    };

    invocation->callback(invocation->context, &outcome);
    free_invocation(invocation);
}

/* One flush serves all invocations that ended in this round of the loop. */
static void hand_out_finished(void *context)
{
    struct invoker *invoker = context;
    struct invocation *list = invoker->finished;

    invoker->timer = 0;
    invoker->finished = NULL;
    invoker->finished_end = &invoker->finished;
    logs_flush(invoker->engine);
    while (list) {
        struct invocation *invocation = list;

        list = invocation->next;
        hand_out(invocation);
    }
}

static void finish(struct invoker *invoker, struct invocation *invocation)
{
    append(&invoker->finished_end, invocation);
    if (!invoker->timer)
        invoker->timer = loop_add_timer(invoker->engine->loop, 0, hand_out_finished, invoker);
}

static struct environment *find_free(const struct invoker *invoker,
                                     const struct invocation *invocation)
{
    for (struct environment *environment = invoker->environments; environment;
         environment = environment->next)
        if (environment_is_free(environment) &&
            strcmp(environment->version.revision, invocation->revision) == 0 &&
            strcmp(environment->version.name, invocation->name) == 0)
            return environment;
    return NULL;
}

static size_t count_starting(const struct invoker *invoker)
{
    size_t count = 0;

    for (struct environment *environment = invoker->environments; environment;
         environment = environment->next)
        count += environment->state == ENVIRONMENT_STARTING;
    return count;
}

/* Gives waiting invocations to free environments, and starts new ones for the rest. */
static void dispatch(struct invoker *invoker)
{
    struct invocation **link = &invoker->queue;
    size_t starting = count_starting(invoker);

    while (*link) {
        struct invocation *invocation = *link;
        struct environment *environment = find_free(invoker, invocation);

        if (!environment && starting >= STARTS) {
            link = &invocation->next;
            continue;
        }
        *link = invocation->next;
        if (!*link)
            invoker->queue_end = link;
        if (environment) {
            environment_run(environment, invocation);
            continue;
        }
        environment = environment_start(&invoker->ground, &invocation->version, invocation);
        if (environment) {
            starting++;
            environment->next = invoker->environments;
            invoker->environments = environment;
        }
    }
}

static void unlink_environment(struct invoker *invoker, struct environment *environment)
{
    struct environment **link = &invoker->environments;

    while (*link && *link != environment)
        link = &(*link)->next;
    if (*link)
        *link = environment->next;
}

static void on_ready(void *context, struct environment *environment)
{
    struct invoker *invoker = context;

    unlink_environment(invoker, environment);
    environment->next = invoker->environments;
    invoker->environments = environment;
    if (!environment->used && environment->warmth == WARMTH_PROVISIONED)
        keep_warm_soon(invoker);
    dispatch(invoker);
}

static void on_finished(void *context, struct invocation *invocation)
{
    struct invoker *invoker = context;

    invoker->count--;
    metrics_count(invoker->engine, invocation->name, invocation->failed, invocation->duration);
    finish(invoker, invocation);
}

static void on_ended(void *context, struct environment *environment)
{
    struct invoker *invoker = context;

    unlink_environment(invoker, environment);
    keep_warm_ended(invoker->warm, environment);
    environment_free(environment);
    dispatch(invoker);
}

struct invoker *invoker_new(struct engine *engine, struct err *err)
{
    struct invoker *invoker = xcalloc(1, sizeof(*invoker));
    struct environment_ground *ground = &invoker->ground;

    invoker->engine = engine;
    strlist_init(&invoker->warned);
    invoker->queue_end = &invoker->queue;
    invoker->finished_end = &invoker->finished;
    invoker->clients = file_join(engine->folder, "runtime");
    invoker->async = async_new(invoker, engine);
    invoker->warm = keep_warm_new(invoker, engine);
    if (runtime_clients_write(invoker->clients, err) < 0) {
        invoker_free(invoker);
        return NULL;
    }
    ground->engine = engine;
    server_look_further(engine->server, runtime_api_look);
    ground->sandbox = sandbox_new(engine->folder);
    ground->interpreters = interpreters_new(sandbox_isolates(ground->sandbox));
    ground->clients = invoker->clients;
    ground->warned = &invoker->warned;
    ground->owner = (struct environment_owner){on_ready, on_finished, on_ended, invoker};
    if (!sandbox_isolates(ground->sandbox))
        engine_log("namespaces are not allowed here: functions run without /var/task and /opt");
    return invoker;
}

/* Waits until no process is left, at most until `deadline` (us). */
static bool await_end(const struct invoker *invoker, int64_t deadline)
{
    for (;;) {
        bool left = false;

        for (struct environment *environment = invoker->environments; environment;
             environment = environment->next) {
            if (environment->child.pid > 0 && waitpid(environment->child.pid, NULL, WNOHANG) != 0) {
                kill(-environment->child.pid, SIGKILL);
                environment->child.pid = -1;
            }
            left = left || environment->child.pid > 0;
        }
        if (!left || outcome_clock() > deadline)
            return !left;
        usleep(2000);
    }
}

static void signal_all(const struct invoker *invoker, int number)
{
    for (struct environment *environment = invoker->environments; environment;
         environment = environment->next) {
        if (environment->child.pid <= 0)
            continue;
        kill(-environment->child.pid, number);
        if (number == SIGKILL)
            kill(environment->child.pid, number);
    }
}

/* Answers what nobody will answer any more. */
static void abandon(struct invoker *invoker, struct invocation *invocation)
{
    outcome_error(invocation, "Engine.Stopped", "the engine was stopped during the invocation");
    finish(invoker, invocation);
}

void invoker_free(struct invoker *invoker)
{
    if (!invoker)
        return;
    async_stop(invoker->async);
    signal_all(invoker, SIGTERM);
    if (!await_end(invoker, outcome_clock() + STOP_TIME * 1000)) {
        signal_all(invoker, SIGKILL);
        await_end(invoker, outcome_clock() + 10 * STOP_TIME * 1000);
    }
    while (invoker->environments) {
        struct environment *environment = invoker->environments;

        invoker->environments = environment->next;
        if (environment->current)
            abandon(invoker, environment->current);
        if (environment->child.status >= 0)
            close(environment->child.status);
        environment_free(environment);
    }
    while (invoker->queue) {
        struct invocation *invocation = invoker->queue;

        invoker->queue = invocation->next;
        abandon(invoker, invocation);
    }
    loop_cancel_timer(invoker->engine->loop, invoker->timer);
    hand_out_finished(invoker);
    async_free(invoker->async);
    keep_warm_free(invoker->warm);
    sandbox_free(invoker->ground.sandbox);
    interpreters_free(invoker->ground.interpreters);
    strlist_release(&invoker->warned);
    free(invoker->clients);
    free(invoker);
}

/* Invocations of a function that wait or run. */
static int64_t count_active(const struct invoker *invoker, const char *name)
{
    int64_t count = 0;

    for (const struct environment *environment = invoker->environments; environment;
         environment = environment->next)
        count += environment->current && strcmp(environment->version.name, name) == 0;
    for (const struct invocation *invocation = invoker->queue; invocation;
         invocation = invocation->next)
        count += strcmp(invocation->name, name) == 0;
    return count;
}

/* Whether the function's own, reserved concurrency is used up. */
static bool is_full(const struct invoker *invoker, const struct function_version *version)
{
    return version->concurrency >= 0 &&
           count_active(invoker, version->name) >= version->concurrency;
}

void invoke_stream(struct invoker *invoker, const struct function_version *version,
                   const char *request_id, const void *payload, size_t len,
                   const char *client_context, invoke_piece *piece, invoke_callback *callback,
                   void *context)
{
    struct invocation *invocation = xcalloc(1, sizeof(*invocation));

    *invocation = (struct invocation){.version = function_version_copy(version),
                                      .name = xstrdup(version->name),
                                      .revision = xstrdup(version->revision),
                                      .number = xstrdup(version->version),
                                      .request_id = xstrdup(request_id),
                                      .arn = xstrdup(version->arn),
                                      .payload = xstrndup(payload ? payload : "", len),
                                      .len = len,
                                      .client_context = decode_context(client_context),
                                      .piece = piece,
                                      .callback = callback,
                                      .context = context};
    invocation->reserved = is_full(invoker, version);
    if (invocation->reserved || invoker->count >= CONCURRENCY) {
        metrics_count_throttle(invoker->engine, version->name);
        finish(invoker, invocation);
        return;
    }
    invoker->count++;
    append(&invoker->queue_end, invocation);
    dispatch(invoker);
}

void invoke_sync(struct invoker *invoker, const struct function_version *version,
                 const char *request_id, const void *payload, size_t len,
                 const char *client_context, invoke_callback *callback, void *context)
{
    invoke_stream(invoker, version, request_id, payload, len, client_context, NULL, callback,
                  context);
}

int invoke_async(struct invoker *invoker, const struct function_version *version,
                 const char *request_id, const void *payload, size_t len, struct err *err)
{
    return async_add(invoker->async, version, request_id, payload, len, err);
}

void invoke_resume(struct invoker *invoker)
{
    async_resume(invoker->async);
    keep_warm_soon(invoker);
}

void invoke_retire(struct invoker *invoker, const char *function)
{
    for (struct environment *environment = invoker->environments; environment;
         environment = environment->next)
        if (strcmp(environment->version.name, function) == 0)
            environment_retire(environment);
}

struct keep_warm *invoker_keep_warm(struct invoker *invoker)
{
    return invoker->warm;
}

struct environment *invoker_environments(struct invoker *invoker)
{
    return invoker->environments;
}

struct environment *invoker_start(struct invoker *invoker, struct function_version *version)
{
    struct environment *environment = environment_start(&invoker->ground, version, NULL);

    if (environment) {
        environment->next = invoker->environments;
        invoker->environments = environment;
    }
    return environment;
}
