/* The first line of a script that is to be `bootstrap`: #! and the program that runs it. */
#ifndef FNCTL_PACKAGER_SCRIPT_H
#define FNCTL_PACKAGER_SCRIPT_H

#include "packager/content.h"

#include <stddef.h>

/*
 * Checks the script at `path` that starts with the `len` bytes at `start`.
 * Errors: ERR_PACKAGE: no program is named, Windows line ends, a program that
 * neither Lambda's system nor the package has (with the provider "local", where
 * it may run, a warning).
 */
int script_check(const struct content *content, const char *path, const char *start, size_t len,
                 struct err *err);

#endif
