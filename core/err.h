/*
 * Errors: how every fallible function reports.
 *
 * A fallible function returns 0 or -1 (or a pointer or NULL) and takes a
 * `struct err *` last. err_set() writes the message, err_context() puts words
 * in front of it on the way up. Only cli/main.c prints an error and exits.
 *
 * Messages are lower case, say what failed first, quote the subject, and tell
 * what to do next where there is something to do:
 *   cannot read 'fnctl.json': line 7, column 3: ...
 */
#ifndef FNCTL_CORE_ERR_H
#define FNCTL_CORE_ERR_H

#include <stdarg.h>

/* What kind of failure it is; each maps to one exit status, see err_exit_status(). */
enum err_code {
    ERR_NONE,
    ERR_FAILED,      /* the command did not succeed */
    ERR_USAGE,       /* the command line is wrong */
    ERR_SETTINGS,    /* the settings file is wrong */
    ERR_CREDENTIALS, /* no, wrong or expired credentials, or a permission is missing */
    ERR_SERVICE,     /* the network or the service failed */
    ERR_PACKAGE,     /* the code cannot be packaged */
    ERR_CHANGES,     /* not a failure: `plan --exit-code` found changes */
    ERR_INTERRUPTED, /* Ctrl-C, SIGTERM */
    ERR_CODES
};

struct err {
    enum err_code code;
    char message[4096];
};

/* Writes `code` and the formatted message over whatever was there. Returns -1. */
int err_set(struct err *err, enum err_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts the formatted words and ": " in front of the message. Returns -1. */
int err_context(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Appends the formatted words to the message, for a hint. Returns -1. */
int err_append(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Empties the error. */
void err_clear(struct err *err);

/* The exit status of `code`, 0 to 130. */
int err_exit_status(enum err_code code);

/* What the EXIT STATUS section of the documentation says of `code`. */
const char *err_describe(enum err_code code);

#endif
