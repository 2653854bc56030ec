/*
 * Why a call failed, and what to do: read from what the runtime answered and
 * logged. One table, of the texts that Lambda, the runtimes, the dynamic
 * loader and the AWS SDKs write.
 * https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html
 */
#ifndef FNCTL_CLI_CAUSE_H
#define FNCTL_CLI_CAUSE_H

#include "core/settings.h"

#include <stdbool.h>
#include <stddef.h>

/* A failed call. Borrowed texts from outside, not trusted. */
struct failure {
    const struct function *function; /* its settings */
    const char *type;                /* "Runtime.ImportModuleError"; "": not told */
    const char *text;                /* the message, and a traceback where there is one */
    size_t text_len;
    const char *log; /* of that call; NULL: not known */
    size_t log_len;
};

struct cause {
    char *what; /* "the module 'requests' is not in the package"; owned */
    char *next; /* "add it to ..."; owned */
};

/* Finds the cause; false: the error has to speak for itself, and `cause` is empty. */
bool cause_find(const struct failure *failure, struct cause *cause);
void cause_release(struct cause *cause);

#endif
