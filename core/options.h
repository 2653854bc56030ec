/*
 * The command line: argv into a struct, by tables of `struct field`.
 *
 * --name VALUE, --name=VALUE, -n VALUE, -nVALUE, --flag, --no-flag for a flag
 * whose name is "no-..." in the table; "--" ends the options; options and
 * arguments may be mixed. FIELD_BOOL, FIELD_INT, FIELD_STRING and
 * FIELD_STRINGS (repeatable) are understood.
 */
#ifndef FNCTL_CORE_OPTIONS_H
#define FNCTL_CORE_OPTIONS_H

#include "core/err.h"
#include "core/schema.h"

#include <stddef.h>

/* A table and the struct it fills; options_parse() takes several, as in "global and own". */
struct options_group {
    const struct field *fields;
    void *target; /* zeroed by the caller */
};

/*
 * Parses argv[0..argc-1] (without the program's and the command's name).
 * Whatever is no option is added to `arguments` (struct strings, released with
 * free(arguments->items)). Strings are borrowed from argv. Errors: ERR_USAGE,
 * naming the option, what it takes, and the nearest known one.
 */
int options_parse(int argc, char **argv, const struct options_group *groups, size_t group_count,
                  struct strings *arguments, struct err *err);

/* Frees the arrays of repeated options. */
void options_release(const struct options_group *groups, size_t group_count);

#endif
