/* Moving live aliases and telling of it: what `rollback` and `release` share. */
#ifndef FNCTL_CLI_MOVE_H
#define FNCTL_CLI_MOVE_H

#include "cli/app.h"

/* Observes, moves the aliases as `shift` says, and prints each move. */
int move_aliases(struct app *app, const struct shift *shift, struct err *err);

#endif
