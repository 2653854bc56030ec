/*
 * The engine program on this machine: find, start, stop, look at.
 *
 * Its state folder is FNCTL_STATE, else XDG_STATE_HOME/fnctl, else
 * ~/.local/state/fnctl. There the engine keeps `lock` (held with flock() while
 * it runs), `engine.json` {"pid","port","url","version"}, `credentials.json`
 * {"access_key_id","secret_access_key"} and `engine.log`.
 */
#ifndef FNCTL_PROVIDERS_LOCAL_LAUNCH_H
#define FNCTL_PROVIDERS_LOCAL_LAUNCH_H

#include "providers/engine.h"

/* The functions below as the CLI sees them. */
extern const struct engine_control launch_control;

/* The state folder, absolute; to free(). NULL with ERR_FAILED when HOME is not set either. */
char *launch_folder(struct err *err);

/* The engine program: beside our own executable, else in PATH; to free(). NULL with ERR_FAILED. */
char *launch_program(struct err *err);

/* As described in providers/engine.h. */
int launch_status(const struct clock *clock, struct engine_status *status, struct err *err);
int launch_start(const struct clock *clock, struct engine_status *status, struct err *err);
int launch_stop(const struct clock *clock, bool *was_running, struct err *err);

#endif
