/* Why a path of the source is in a package or not: every rule that is about it, and which decides.
 */
#ifndef FNCTL_PACKAGER_WHY_H
#define FNCTL_PACKAGER_WHY_H

#include "core/err.h"
#include "packager/files/rules.h"
#include "packager/package.h"

/* Fills in the path: `asked` is a path on disk that is in the folder `source`, or one below it. */
void why_init(struct package_why *why, const char *source, const char *asked);
void why_release(struct package_why *why);

/* Fills in what the rules say, for the path and each folder above it. Errors: ERR_PACKAGE with the
 * .gitignore that cannot be read. */
int why_explain(struct package_why *why, const struct rules *rules, const char *source,
                struct err *err);

/* Marks the entries of the list that are what was asked for, by their path in the zip or on disk.
 */
void why_mark(struct package_list *list, const char *source);

#endif
