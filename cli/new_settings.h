/* The text of a new fnctl.json: for code that was found, or from a template. */
#ifndef FNCTL_CLI_NEW_SETTINGS_H
#define FNCTL_CLI_NEW_SETTINGS_H

#include "cli/detect.h"
#include "core/buf.h"
#include "core/err.h"

#include <stdbool.h>

#define NEW_SETTINGS_REGION "eu-central-1"

/* What goes into it. Strings are borrowed. */
struct new_settings {
    const char *project;
    const char *region;                /* of the stage "prod"; NULL: a template's own, or
                                          NEW_SETTINGS_REGION */
    const char *runtime;               /* with `candidate` */
    const struct candidate *candidate; /* what was found; NULL: there is a template */
    bool requirements;                 /* with `candidate`: there is a requirements.txt */
};

/* A valid project name made from any text, as the name of a folder; to free(). `*cut` says whether
 * it was too long. */
char *new_settings_project(const char *text, bool *cut);

/* ERR_USAGE when project, region or runtime (each may be NULL) cannot be what they are to be. */
int new_settings_check(const char *project, const char *region, const char *runtime,
                       struct err *err);

/* Takes what was found, with `runtime` or (NULL) the newest one for its kind. ERR_USAGE when the
 * runtime is for another language. */
int new_settings_use(struct new_settings *settings, const struct candidate *candidate,
                     const char *runtime, struct err *err);

/* The text for what was found; to free(). */
char *new_settings_text(const struct new_settings *settings);

/*
 * Puts project, region, runtime (NULL: the template's) and, for programs that
 * are built on this machine, its architecture into a template's text, leaving
 * the rest of it as it is written. ERR_FAILED when the text is no JSON.
 */
int new_settings_fill(const struct new_settings *settings, const char *runtime, struct buf *text,
                      struct err *err);

#endif
