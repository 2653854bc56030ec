#include "providers/local/engine/run/outcome.h"

#include <ctype.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

int64_t outcome_clock(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

void outcome_begin(struct environment *environment)
{
    if (!environment->begun)
        function_log_start(&environment->log, environment->current->request_id);
    environment->begun = true;
}

/* Ends the log of the invocation and hands its result out. */
static void complete(struct environment *environment, const char *status, const char *error_type)
{
    struct invocation *invocation = environment->current;
    int64_t limit = environment->version.memory * 1024;
    struct function_report report = {
        .request_id = invocation->request_id,
        .duration = environment->began ? (double)(outcome_clock() - environment->began) / 1000 : 0,
        .init = environment->init >= 0 ? (double)environment->init / 1000 : -1,
        .memory = environment->peak < limit ? environment->peak : limit,
        .status = status,
        .error_type = error_type,
    };
    const struct environment_owner *owner = &environment->ground->owner;

    function_log_flush(&environment->log);
    outcome_begin(environment);
    function_log_report(&environment->log, &report);
    invocation->duration = report.duration;
    buf_append(&invocation->tail, environment->log.tail.data, environment->log.tail.len);
    environment->init = -1;
    environment->began = 0;
    environment->begun = false;
    environment->current = NULL;
    *environment->error_type = '\0';
    owner->finished(owner->context, invocation);
}

void outcome_error(struct invocation *invocation, const char *type, const char *message)
{
    json_t *body = json_object();
    char *text;

    if (type)
        json_object_set_new(body, "errorType", json_string(type));
    json_object_set_new(body, "errorMessage", json_string(message));
    text = json_dumps(body, JSON_COMPACT);
    buf_clear(&invocation->result);
    buf_puts(&invocation->result, text ? text : "{}");
    invocation->answered = true;
    invocation->failed = true;
    free(text);
    json_decref(body);
}

void outcome_answered(struct environment *environment)
{
    const char *type = *environment->error_type ? environment->error_type : NULL;

    complete(environment, environment->current->failed ? "error" : NULL, type);
}

void outcome_timed_out(struct environment *environment)
{
    struct invocation *invocation = environment->current;
    char time[CLOCK_RFC3339_LEN], message[256];

    clock_format_rfc3339(clock_now(environment->ground->engine->clock), time);
    snprintf(message, sizeof(message), "%s %.64s Task timed out after %" PRId64 ".00 seconds", time,
             invocation->request_id, environment->version.timeout);
    function_log_flush(&environment->log);
    outcome_begin(environment);
    function_log_line(&environment->log, "%s\n", message);
    if (!invocation->answered)
        outcome_error(invocation, NULL, message);
    complete(environment, "timeout", NULL);
}

/* How the process ended, in the words of Lambda's own supervisor. */
static void describe_end(const struct environment *environment, int status, char *text, size_t size)
{
    int number = environment->fate == FATE_MEMORY ? SIGKILL : WTERMSIG(status);

    if (environment->fate != FATE_MEMORY && WIFEXITED(status)) {
        if (WEXITSTATUS(status) == 0)
            snprintf(text, size, "Runtime exited without providing a reason");
        else
            snprintf(text, size, "Runtime exited with error: exit status %d", WEXITSTATUS(status));
        return;
    }
    snprintf(text, size, "Runtime exited with error: signal: %s", strsignal(number));
    for (char *c = strstr(text, "signal: "); *c; c++)
        *c = (char)tolower((unsigned char)*c);
}

void outcome_exited(struct environment *environment, int status)
{
    struct invocation *invocation = environment->current;
    const char *type =
        environment->fate == FATE_MEMORY ? "Runtime.OutOfMemory" : "Runtime.ExitError";
    char end[128], message[256];

    if (invocation->answered) {
        outcome_answered(environment);
        return;
    }
    describe_end(environment, status, end, sizeof(end));
    snprintf(message, sizeof(message), "RequestId: %.64s Error: %s", invocation->request_id, end);
    function_log_flush(&environment->log);
    outcome_begin(environment);
    function_log_line(&environment->log, "%s\n%s", message, type);
    outcome_error(invocation, type, message);
    complete(environment, "error", type);
}

void outcome_init_failed(struct environment *environment, int status)
{
    struct function_report report = {
        .init = (double)(outcome_clock() - environment->started) / 1000,
        .status = "error",
        .error_type = *environment->error_type ? environment->error_type : "Runtime.ExitError",
    };
    struct invocation *invocation = environment->current;

    function_log_flush(&environment->log);
    function_log_init_report(&environment->log, &report);
    if (!invocation)
        return;
    if (environment->init_error.len == 0) {
        outcome_exited(environment, status);
        return;
    }
    buf_append(&invocation->result, environment->init_error.data, environment->init_error.len);
    invocation->answered = invocation->failed = true;
    outcome_answered(environment);
}
