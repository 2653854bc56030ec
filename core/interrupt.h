/*
 * Ctrl-C and SIGTERM.
 *
 * The first signal asks the program to stop: sleeps, waits and new requests
 * fail with ERR_INTERRUPTED and the command says what was done. A second one,
 * a quarter of a second later or more, ends the program at once. A signal handler needs something
 * global, and this module holds all of it.
 */
#ifndef FNCTL_CORE_INTERRUPT_H
#define FNCTL_CORE_INTERRUPT_H

#include "core/err.h"

#include <stdbool.h>
#include <stdint.h>

/* Installs the handlers for SIGINT, SIGTERM and SIGHUP, and ignores SIGPIPE. A SIGHUP that is
 * ignored already, as by nohup(1), stays ignored. */
void interrupt_install(void);

/* Whether a signal has come. */
bool interrupt_pending(void);

/* A descriptor that turns readable when a signal comes, for poll(); never read from it. -1 before
 * interrupt_install(). */
int interrupt_fd(void);

/* Sleeps for that long; returns -1 at once when a signal has come or comes. */
int interrupt_sleep(int64_t milliseconds);

/* Waits until `fd` can be read or has ended; -1 when a signal has come or comes, also one between
 * the last look and the wait, which read() alone would sleep through. */
int interrupt_wait_readable(int fd);

/* Returns -1 with ERR_INTERRUPTED when a signal has come, 0 otherwise. */
int interrupt_check(struct err *err);

#endif
