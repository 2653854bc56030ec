/* What an invocation led to, told: its answer, its log, and when it failed why and what to do. */
#ifndef FNCTL_CLI_INVOKED_H
#define FNCTL_CLI_INVOKED_H

#include "cli/app.h"
#include "cli/cause.h"

struct invoked {
    const struct function *function;
    const struct invoke_result *result; /* borrowed */
    json_t *error;                      /* the payload of a failure, owned; NULL: none */
    struct cause cause;
};

/* Looks at a result, which must outlive it. */
void invoked_init(struct invoked *invoked, const struct function *function,
                  const struct invoke_result *result);
void invoked_release(struct invoked *invoked);

/* The document of --json: {"status", "function_error", "version", "request_id", "log", "payload",
 * "cause"}; the caller's. */
json_t *invoked_json(const struct invoked *invoked);

/* The answer as it came, to standard output; to standard error the log with `log`, and of a failure
 * the traceback and what the function wrote. */
void invoked_print(struct app *app, const struct invoked *invoked, bool log);

/* What the function wrote in that call, the end of it, and of a failure the traceback; to standard
 * error. */
void invoked_tell_log(struct app *app, const struct invoked *invoked);

/* 0 for success; -1 with ERR_FAILED: what failed, why, what to do. */
int invoked_judge(const struct invoked *invoked, struct err *err);

#endif
