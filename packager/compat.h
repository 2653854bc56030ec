/* Whether what is packaged will load where it runs: on Lambda's system, not on this machine. */
#ifndef FNCTL_PACKAGER_COMPAT_H
#define FNCTL_PACKAGER_COMPAT_H

#include "packager/content.h"
#include "packager/elf/closure.h"

/*
 * Checks the files of the closure against the function's runtime. Errors:
 * ERR_PACKAGE: a symbol version that the runtime's libraries lack, naming the
 * file, the version, what the runtime has, and what to do. With the provider
 * "local" that is a warning: here it runs. Always warnings: bundled libraries
 * that the system's own shadow, two libraries of one name, helper programs
 * whose loader the runtime lacks, libraries that only other layers can have.
 * Warnings are added to the list, for the caller to tell.
 */
int compat_check(const struct content *content, const struct closure *closure,
                 struct strlist *warnings, struct err *err);

#endif
