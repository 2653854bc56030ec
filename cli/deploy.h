/*
 * The one deploy algorithm: package, observe, make equal. `plan` runs it
 * without applying, `update` runs a part of it.
 */
#ifndef FNCTL_CLI_DEPLOY_H
#define FNCTL_CLI_DEPLOY_H

#include "cli/app.h"
#include "providers/changes.h"

enum deploy_scope {
    DEPLOY_ALL,    /* everything the settings name */
    DEPLOY_UPDATE, /* code and configuration of functions that exist */
};

struct deploy {
    struct app *app;
    enum deploy_scope scope;
    int level;                         /* of compression, 1 to 12 */
    int64_t weight;                    /* percent of the calls that new versions get; 0: all */
    const struct function **functions; /* borrowed */
    size_t count;
    struct package *packages; /* one a function; the algorithm's own */
    struct changes *parts;    /* one a function while planning; the algorithm's own */
    struct changes *changes;  /* given by the caller: what was, or would be, changed */
    json_t *sizes;            /* object: function -> sizes_json(); the caller's to release */
};

/*
 * Runs the algorithm over deploy->functions. With changes->apply unset nothing
 * is changed. Each change is told to the listener of `changes` as it happens.
 * On failure or interruption the message says how far it came; the live
 * version still serves, and running it again finishes the work.
 */
int deploy_run(struct deploy *deploy, struct err *err);

/* A listener for struct changes that shows progress on standard error; context: struct app. */
void deploy_show_progress(void *context, const struct change *change);

/* The addresses of what is deployed: {"api": URL or null, "urls": {FUNCTION: URL}}; the caller's.
 */
json_t *deploy_endpoints(struct app *app);

/* The same for people: each URL on a line of standard output, what it is on standard error. */
void deploy_print_endpoints(struct app *app);

#endif
