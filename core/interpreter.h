/*
 * The machine's interpreters: which of them runs a function of "python3.13" or
 * "nodejs22.x" on the local engine, and so which its packages must suit.
 */
#ifndef FNCTL_CORE_INTERPRETER_H
#define FNCTL_CORE_INTERPRETER_H

#include <stdbool.h>
#include <stddef.h>

enum interpreter_kind { INTERPRETER_PYTHON, INTERPRETER_NODE, INTERPRETER_KINDS };

/* An interpreter on the machine. */
struct interpreter {
    enum interpreter_kind kind;
    char *program;    /* the real file */
    int major, minor; /* minor 0 for Node */
};

/* The number that runtimes are named by: 13 of Python 3.13, 22 of Node.js 22. */
int interpreter_version(const struct interpreter *interpreter);

/* Among given ones, the preferred first: the one of that version, else the first of its kind, else
 * NULL. */
const struct interpreter *interpreter_nearest(enum interpreter_kind kind, int version,
                                              const struct interpreter *list, size_t count);

/* What is known about the machine's interpreters; looked for when first needed. */
struct interpreters;

/* `hidden`: those below /opt, /tmp and /var/task cannot be used, since a function sees other
 * folders there. */
struct interpreters *interpreters_new(bool hidden);
void interpreters_free(struct interpreters *interpreters);

/*
 * That version if it is in PATH or in /usr/bin, else the nearest, the system's (/usr/bin) first
 * because the system's packages belong to it; NULL when there is none of the kind. Borrowed until
 * the next call.
 */
const struct interpreter *interpreters_find(struct interpreters *interpreters,
                                            enum interpreter_kind kind, int version);

#endif
