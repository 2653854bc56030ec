/*
 * The engine behind a provider that runs on this machine: start, stop, status.
 * A provider that has one points to it; the command `fnctl local` drives it.
 */
#ifndef FNCTL_PROVIDERS_ENGINE_H
#define FNCTL_PROVIDERS_ENGINE_H

#include "core/clock.h"
#include "core/err.h"

#include <stdbool.h>
#include <sys/types.h>

/* What is known of the engine. Owned strings; NULL where nothing is known. */
struct engine_status {
    bool running;
    pid_t pid;
    int port;
    char *folder;  /* of its state, always set */
    char *url;     /* "http://127.0.0.1:PORT" */
    char *version; /* of the running program */
    char *log;     /* path of its own log */
    char *key_id;  /* credentials that sign calls to it; the secret is wiped on release */
    char *secret;
};
void engine_status_release(struct engine_status *status);

struct engine_control {
    /* Whether it runs, and where. Not running is no error. */
    int (*status)(const struct clock *clock, struct engine_status *status, struct err *err);

    /* Starts it unless it runs, waits until it answers, and fills `status`. Two starts at once
     * lead to one engine. Errors: ERR_FAILED, naming the program or the engine's log. */
    int (*start)(const struct clock *clock, struct engine_status *status, struct err *err);

    /* Stops it and waits until it is gone; `*was_running` says whether there was one. */
    int (*stop)(const struct clock *clock, bool *was_running, struct err *err);
};

#endif
