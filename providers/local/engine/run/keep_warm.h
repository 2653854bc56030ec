/*
 * Provisioned concurrency: environments that are started before they are
 * asked for and do not end when they are idle, as the table
 * provisioned_concurrency says. This machine keeps at most eight for each
 * version, whatever was asked for, and says READY then. One that does not get
 * ready, or ends without having been used, is not started again before its
 * configuration is put again.
 */
#ifndef FNCTL_ENGINE_KEEP_WARM_H
#define FNCTL_ENGINE_KEEP_WARM_H

#include "providers/local/engine/run/environment.h"

struct keep_warm;

struct keep_warm *keep_warm_new(struct invoker *invoker, struct engine *engine);
void keep_warm_free(struct keep_warm *warm);

/* Looks at the table in this round of the loop: after it, an alias or an environment has changed.
 */
void keep_warm_soon(struct invoker *invoker);

struct keep_warm_status {
    int64_t allocated, available;
    const char *state;  /* "IN_PROGRESS", "READY", "FAILED" */
    const char *reason; /* NULL, or why it failed */
};
struct keep_warm_status keep_warm_status(struct invoker *invoker, const char *function,
                                         const char *version, int64_t requested);

/* Forgets that environments of the version have failed. */
void keep_warm_forgive(struct invoker *invoker, const char *function, const char *version);

/* For invoke.c: one of the environments is gone. */
void keep_warm_ended(struct keep_warm *warm, const struct environment *environment);

/* What keep_warm.c needs of invoke.c. */
struct keep_warm *invoker_keep_warm(struct invoker *invoker);
struct environment *invoker_environments(struct invoker *invoker);
/* Starts an environment without an invocation; takes the version. NULL: it cannot be started. */
struct environment *invoker_start(struct invoker *invoker, struct function_version *version);

#endif
