/* Node.js packages, installed by npm in a copy of what it needs of the project. */
#ifndef FNCTL_PACKAGER_NODE_INSTALL_H
#define FNCTL_PACKAGER_NODE_INSTALL_H

#include "packager/content.h"
#include "packager/dependencies/node_project.h"

/*
 * The node_modules folder that `npm ci --omit=dev` makes of the project's lock
 * file, to free(). package.json, the lock file, .npmrc and local packages are
 * copied for it, so nothing of the project is touched; the project's own
 * scripts are not run, since there is no project around them. Taken from the
 * cache when these, the runtime's version of Node.js, the machine and npm are
 * the same as when it was made; without `install` *folder is then NULL and a
 * note says so. Errors: ERR_PACKAGE, ERR_SERVICE (the network).
 */
int node_install(const struct content *content, const struct node_project *project, bool install,
                 char **folder, struct err *err);

#endif
