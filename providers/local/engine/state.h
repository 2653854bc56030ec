/*
 * The state folder: the lock that makes the engine the only one on it, its
 * credentials, the port it had, and engine.json by which others find it.
 */
#ifndef FNCTL_ENGINE_STATE_H
#define FNCTL_ENGINE_STATE_H

#include "core/err.h"
#include "providers/local/engine/engine.h"

/* Makes the folder (mode 0700) and takes FOLDER/lock. Returns the descriptor that holds it, open
 * until the process ends; -1: ERR_FAILED; -2: another engine has it. */
int state_lock(const char *folder, struct err *err);

/* Reads the credentials into `engine`, making random ones the first time. */
int state_credentials(struct engine *engine, struct err *err);

/* The port of the last time, or 0. */
int state_remembered_port(const char *folder);

/* Writes engine.json, and the port for the next time. */
int state_announce(const struct engine *engine, struct err *err);

/* Removes engine.json. */
void state_withdraw(const struct engine *engine);

#endif
