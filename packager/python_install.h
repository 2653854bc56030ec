/* Python packages, installed by uv or pip for the function's runtime. */
#ifndef FNCTL_PACKAGER_PYTHON_INSTALL_H
#define FNCTL_PACKAGER_PYTHON_INSTALL_H

#include "packager/content.h"
#include "packager/python_target.h"

/*
 * The folder with the packages that `file`, a requirements.txt or a
 * pyproject.toml, asks for; to free(). It is taken from the cache when the
 * files, the target and the tool are the same as when it was made; otherwise,
 * when `install` is set, uv or else pip makes it, which honour the user's own
 * configuration; without `install` *folder is NULL and a note says so.
 * Errors: ERR_PACKAGE (no tool, no wheel for the target, a file that cannot be
 * read), ERR_SERVICE (the network), each with what the tool said.
 */
int python_install(const struct content *content, const struct python_target *target,
                   const char *file, bool install, char **folder, struct err *err);

#endif
