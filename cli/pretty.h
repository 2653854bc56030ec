/* JSON in the form in which people write settings: short lists on one line. */
#ifndef FNCTL_CLI_PRETTY_H
#define FNCTL_CLI_PRETTY_H

#include <jansson.h>

/* `value` with two spaces of indentation, keys in their order, a newline at the end; to free().
 * Lists, and objects of at most two members, stand on one line where they fit. */
char *pretty_json(const json_t *value);

#endif
