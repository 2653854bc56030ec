/* A project from a function that is deployed, whoever made it. */
#ifndef FNCTL_CLI_IMPORT_FUNCTION_H
#define FNCTL_CLI_IMPORT_FUNCTION_H

#include "cli/app.h"
#include "cli/import.h"

/*
 * Reads the function `name` (or its ARN) with the common options' profile,
 * region and endpoint, makes its settings, and unpacks its code to a folder
 * named like the function of the settings, whose name `*folder` takes, to
 * free(). A name that is PROJECT-STAGE-FUNCTION gives these parts, so that the
 * settings name this very function; else the project is `project` (NULL: still
 * to be chosen), the stage prod, and deploying makes another function.
 * Errors: ERR_FAILED when there is no such function, when it is a container
 * image, or when the folder is there already.
 */
int import_function(struct import *import, struct app *app, const char *name, const char *project,
                    char **folder, struct err *err);

/* The settings of what provider.read_function() says; `name` is the function's in the settings. */
json_t *import_function_settings(struct import *import, const json_t *description,
                                 const char *name);

#endif
