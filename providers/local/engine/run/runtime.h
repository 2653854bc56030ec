/* Runtimes: what starts a function of "python3.13", "nodejs22.x" or "provided.al2023" here. */
#ifndef FNCTL_ENGINE_RUNTIME_H
#define FNCTL_ENGINE_RUNTIME_H

#include "core/err.h"
#include "core/interpreter.h"

#include <stddef.h>

enum runtime_kind { RUNTIME_PROVIDED, RUNTIME_PYTHON, RUNTIME_NODE };

struct runtime_choice {
    enum runtime_kind kind;
    const struct interpreter *interpreter; /* NULL: the function's own bootstrap; borrowed */
    const char *client; /* our client below the folder of runtime clients; NULL: none */
    char warning[160];  /* "runtime python3.13 is not on this machine: ..."; "": none */
};

/*
 * Chooses what runs `runtime`: its own version, else the nearest. ERR_FAILED when the engine does
 * not run it or there is no interpreter.
 */
int runtimes_choose(struct interpreters *interpreters, const char *runtime,
                    struct runtime_choice *choice, struct err *err);

/* The same when `interpreter` is the nearest on the machine; NULL: there is none. */
int runtime_choose(const char *runtime, const struct interpreter *interpreter,
                   struct runtime_choice *choice, struct err *err);

#endif
