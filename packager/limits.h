/* What Lambda takes at most. */
#ifndef FNCTL_PACKAGER_LIMITS_H
#define FNCTL_PACKAGER_LIMITS_H

#include "core/artifact.h"
#include "packager/content.h"

/*
 * Fills in the package's sizes, and its largest files when they are near the
 * limit of what is unzipped. ERR_PACKAGE when they are above it, naming these
 * files and what to do. Before anything is compressed.
 */
int limits_measure(const struct content *content, struct package *package, struct err *err);

#endif
