/* What the process of an environment is started with: program, variables, folders. */
#ifndef FNCTL_ENGINE_LAUNCH_H
#define FNCTL_ENGINE_LAUNCH_H

#include "core/err.h"
#include "core/strlist.h"
#include "providers/local/engine/run/environment.h"

struct launch {
    struct strlist argv;
    struct strlist variables;
    char *task;   /* real folder of the code */
    char *layer;  /* real folder of the merged layers; NULL: none */
    char *folder; /* working folder, as the process sees it */
    char *shown;  /* "python:3.11", for INIT_START */
};

/*
 * Prepares everything: unpacks code and layers, chooses the interpreter
 * (environment->runtime). Errors: ERR_FAILED, in Lambda's words where it has
 * some; ERR_PACKAGE.
 */
int launch_prepare(struct environment *environment, struct launch *launch, struct err *err);
void launch_release(struct launch *launch);

/* The value of a folder of Lambda's as the process sees it, e.g. for "/opt/lib"; to free(). */
char *launch_path(const struct environment *environment, const struct launch *launch,
                  const char *path);

#endif
