/*
 * A process of a function, apart from the rest of the machine as far as the
 * kernel lets us: its own mount namespace with /var/task, /opt, /var/runtime
 * and /tmp as on Lambda and everything else read-only, its own process
 * namespace so that nothing outlives it. Where namespaces are refused it is a
 * plain process in a group of its own.
 */
#ifndef FNCTL_ENGINE_SANDBOX_H
#define FNCTL_ENGINE_SANDBOX_H

#include "core/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct sandbox;

/* Finds out, by trying, what the kernel allows. `folder` is the engine's state folder; a mount
 * point is made in it. Never fails: the least is no isolation. */
struct sandbox *sandbox_new(const char *folder);
void sandbox_free(struct sandbox *sandbox);

/* Whether /var/task and the others are where Lambda has them. */
bool sandbox_isolates(const struct sandbox *sandbox);

/* Borrowed strings. */
struct sandbox_process {
    const char *task;             /* real folder that becomes /var/task */
    const char *layer;            /* real folder that becomes /opt; NULL: an empty one */
    const char *runtime;          /* real folder that becomes /var/runtime */
    int64_t temporary;            /* MB of /tmp */
    const char *const *argv;      /* NULL-terminated; argv[0] is a path as the process sees it */
    const char *const *variables; /* "NAME=value", NULL-terminated: all it gets */
    const char *folder;           /* its working folder, as it sees it */
    int output;                   /* becomes its standard output and standard error */
};

/* What runs. */
struct sandbox_child {
    pid_t pid;  /* our child: to be waited for; also the process group */
    int status; /* a pipe that holds the waitpid() status of the real process; -1: pid is it */
};

/*
 * Starts the process; returns after it has begun to run the program. Errors: ERR_FAILED,
 * "fork/exec /var/task/bootstrap: exec format error" in the words of Lambda.
 */
int sandbox_start(const struct sandbox *sandbox, const struct sandbox_process *process,
                  struct sandbox_child *child, struct err *err);

/* The status the program ended with, given that of our child; closes child->status. */
int sandbox_finish(struct sandbox_child *child, int status);

/* Memory in use by the process and its descendants now, and at most by the process itself so far,
 * in kB. */
void sandbox_memory(const struct sandbox_child *child, int64_t *now, int64_t *peak);

#endif
