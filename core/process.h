/* Running other programs: build commands, credential processes. No shell unless asked for. */
#ifndef FNCTL_CORE_PROCESS_H
#define FNCTL_CORE_PROCESS_H

#include "core/buf.h"
#include "core/err.h"
#include "core/strlist.h"

#include <stdbool.h>
#include <stdint.h>

struct process {
    const char *const *argv;        /* NULL-terminated; argv[0] is looked up in PATH */
    const char *folder;             /* working folder; NULL: this one */
    const char *const *environment; /* extra "NAME=value" items, NULL-terminated; NULL: none */
    const void *input;              /* what it reads on standard input; NULL: /dev/null */
    size_t input_len;
    struct buf *output; /* takes its standard output; NULL: goes to our standard error */
    struct buf *errors; /* takes its standard error; NULL: goes to our standard error */
    int64_t timeout;    /* ms; 0: none. It is then killed, with its process group */
};

/*
 * Runs it and waits. `*status` is the exit status, or 128 + the signal that
 * ended it. Returns -1 when it could not be started (ERR_FAILED, naming the
 * program), wrote more than a buffer's bound, timed out, or we were interrupted
 * (ERR_INTERRUPTED; the child is ended first).
 */
int process_run(const struct process *process, int *status, struct err *err);

#endif
