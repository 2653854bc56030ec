/* A folder where Python packages are installed already. */
#ifndef FNCTL_PACKAGER_PYTHON_SITE_H
#define FNCTL_PACKAGER_PYTHON_SITE_H

#include "packager/content.h"
#include "packager/python_target.h"

/*
 * The site-packages of `folder`, which is a virtual environment or such a
 * folder itself; to free(). Links that editable installs make lead out of it
 * and are warned about. ERR_PACKAGE: it is for another Python than the target,
 * or nothing is installed there.
 */
char *python_site_find(const struct content *content, const struct python_target *target,
                       const char *folder, struct err *err);

/* Whether each module in C among the (sorted) entries is there for the target's Python. ERR_PACKAGE
 * names the first that is not. */
int python_site_check(const struct entries *entries, const struct python_target *target,
                      struct err *err);

#endif
