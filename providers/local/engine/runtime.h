/* Runtimes: what starts a function of "python3.13", "nodejs22.x" or "provided.al2023" here. */
#ifndef FNCTL_ENGINE_RUNTIME_H
#define FNCTL_ENGINE_RUNTIME_H

#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>

enum runtime_kind { RUNTIME_PROVIDED, RUNTIME_PYTHON, RUNTIME_NODE };

/* An interpreter on the machine. Borrowed by what runtime_choose() fills. */
struct interpreter {
    enum runtime_kind kind;
    char *program;    /* the real file */
    int major, minor; /* minor 0 for Node */
};

struct runtime_choice {
    enum runtime_kind kind;
    const struct interpreter *interpreter; /* NULL: the function's own bootstrap */
    const char *client; /* our client below the folder of runtime clients; NULL: none */
    char warning[160];  /* "runtime python3.13 is not on this machine: ..."; "": none */
};

/* What is known about the machine's interpreters; looked for when first needed. */
struct runtimes;

/* `hidden`: those below /opt, /tmp and /var/task cannot be used, since a function sees other
 * folders there. */
struct runtimes *runtimes_new(bool hidden);
void runtimes_free(struct runtimes *runtimes);

/*
 * Chooses what runs `runtime`: its own version if it is in PATH or in /usr/bin, else the nearest,
 * the system's (/usr/bin) first because the system's packages belong to it. ERR_FAILED when the
 * engine does not run it or there is no interpreter.
 */
int runtimes_choose(struct runtimes *runtimes, const char *runtime, struct runtime_choice *choice,
                    struct err *err);

/* The same among given interpreters, the preferred first: for runtimes_choose() and tests. */
int runtime_choose(const char *runtime, const struct interpreter *interpreters, size_t count,
                   struct runtime_choice *choice, struct err *err);

#endif
