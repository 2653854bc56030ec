/* Sparklines: a row of values as a row of blocks, or of ASCII where the terminal has no UTF-8. */
#ifndef FNCTL_CLI_GRAPH_H
#define FNCTL_CLI_GRAPH_H

#include "core/buf.h"

#include <jansson.h>
#include <stdbool.h>

/* Appends a character for each of the values (an array of numbers, null where there is none),
 * the higher the larger, from 0 to the largest. Returns that. */
double graph_line(struct buf *out, const json_t *values, bool utf8);

/* Whether the locale's characters are UTF-8, after setlocale(). */
bool graph_has_utf8(void);

#endif
