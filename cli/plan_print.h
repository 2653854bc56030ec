/* A plan for people: what would be created, changed and removed, field by field. */
#ifndef FNCTL_CLI_PLAN_PRINT_H
#define FNCTL_CLI_PLAN_PRINT_H

#include "core/out.h"
#include "providers/changes.h"

/*
 * Prints the changes to standard output: a line for each resource and one for
 * each field below it, '+' what comes, '~' what changes (with the old and the
 * new value, on lines of their own where they are long), '-' what goes. What
 * comes from outside cannot drive the terminal.
 */
void plan_print(struct out *out, const struct changes *changes);

/* "2 created, 1 changed" by the words for each kind of change, to free(); "" without changes. */
char *plan_summary(const struct changes *changes, const char *const words[CHANGE_KINDS]);

#endif
