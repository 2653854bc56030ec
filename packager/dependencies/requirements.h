/* The files that say which Python packages a function needs. */
#ifndef FNCTL_PACKAGER_DEPENDENCIES_REQUIREMENTS_H
#define FNCTL_PACKAGER_DEPENDENCIES_REQUIREMENTS_H

#include "core/err.h"
#include "core/hash.h"

/*
 * Adds to `hash` all that a requirements.txt or pyproject.toml says: its
 * contents, those of the files it includes with -r and -c (which are read from
 * its own folder, as pip does), and for the files and folders that a line names
 * (relative to `project`, where pip is run) their sizes and times. ERR_PACKAGE
 * when a file cannot be read.
 */
int requirements_hash(struct hash *hash, const char *path, const char *project, struct err *err);

#endif
