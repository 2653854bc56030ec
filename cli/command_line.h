/* From argv to a finished command. */
#ifndef FNCTL_CLI_COMMAND_LINE_H
#define FNCTL_CLI_COMMAND_LINE_H

#include "cli/app.h"

/* Finds the command, binds its options, opens what it needs, runs it. -1 with the reason. */
int command_line_run(struct app *app, int argc, char **argv, struct err *err);

#endif
