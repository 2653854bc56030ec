/* Copies of local packages, for npm to install from without touching the user's folders. */
#ifndef FNCTL_PACKAGER_DEPENDENCIES_NODE_COPY_H
#define FNCTL_PACKAGER_DEPENDENCIES_NODE_COPY_H

#include "core/err.h"

/* Copies the file or folder `from` to `to`, with the folders above it; links stay links. What is
 * installed (node_modules) and hidden folders stay behind. ERR_PACKAGE. */
int node_copy(const char *from, const char *to, struct err *err);

#endif
