/*
 * What of installed Node.js packages need not be deployed.
 *
 * Only what Node.js never loads: type declarations (those of the compiler
 * itself are its library and stay), source maps, npm's notes, and at the root
 * of a package its folders of tests, unless its package.json leads into them.
 * Documentation and examples stay: some packages load what lies in such
 * folders.
 */
#ifndef FNCTL_PACKAGER_DEPENDENCIES_NODE_BALLAST_H
#define FNCTL_PACKAGER_DEPENDENCIES_NODE_BALLAST_H

#include "packager/files/ignore.h"

#include <stdbool.h>

/* Adds the rules. With `runtime_packages` what the runtime of that version has stays out too: the
 * AWS SDK, and from 18 on the packages of Smithy under it. */
void node_ballast_add(struct ignore *rules, int version, bool runtime_packages);

/* Whether a package's folder of tests is what its package.json has loaded. */
bool node_ballast_needed(const char *origin, bool folder);

/* Whether every Node.js runtime has that package, in one or the other version. */
bool node_ballast_provided(const char *name);

#endif
