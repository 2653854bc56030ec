/*
 * The error that a failed function answers, readable: what each runtime puts
 * into its JSON (Python a list of frames, Node.js the lines of a stack, Java
 * and .NET chains of causes, Go objects), as its own language prints it.
 */
#ifndef FNCTL_CLI_TRACEBACK_H
#define FNCTL_CLI_TRACEBACK_H

#include "core/buf.h"

#include <jansson.h>

/* Appends lines that each end with a line break; nothing when `error` is no object with an
 * error. What is in it is not trusted: show it through out_visible(). */
void traceback_print(struct buf *out, const json_t *error);

#endif
