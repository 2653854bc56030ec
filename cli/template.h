/*
 * Where a new project's files come from: the samples in the program, a folder,
 * or an archive (tar, compressed or not, or zip).
 */
#ifndef FNCTL_CLI_TEMPLATE_H
#define FNCTL_CLI_TEMPLATE_H

#include "cli/scaffold.h"
#include "core/err.h"
#include "core/strlist.h"

/*
 * Adds the template's files to `scaffold`; `name` is a sample's name or the
 * path of a folder or archive. A folder or archive without fnctl.json at its
 * top is refused, except that one folder around everything is taken off.
 * Links, devices and .git are left out. Errors: ERR_USAGE for an unknown name,
 * with the nearest one and the list; ERR_FAILED for what cannot be read.
 */
int template_load(struct scaffold *scaffold, const char *name, struct err *err);

/* The samples in the program, sorted. */
void template_names(struct strlist *names);

#endif
