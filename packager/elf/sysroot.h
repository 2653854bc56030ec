/*
 * A folder that is like the root of another system: paths within it mean what
 * they would mean there, so that absolute symbolic links, as those of Debian's
 * alternatives, stay inside.
 */
#ifndef FNCTL_PACKAGER_ELF_SYSROOT_H
#define FNCTL_PACKAGER_ELF_SYSROOT_H

#include <stdbool.h>

/*
 * What `path` of that system is here, without symbolic links, to free(); NULL
 * when there is no such file. `root` is without symbolic links and without a
 * slash at its end: "" for the system that this runs on.
 */
char *sysroot_resolve(const char *root, const char *path);

/* `path`, below `root`, as that system has it, borrowed from `path`; NULL when it is not below. */
const char *sysroot_inside(const char *root, const char *path);

#endif
