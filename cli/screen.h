/*
 * A screen that is drawn again and again: the terminal's second one, so that
 * what was there before comes back. Where standard output is no terminal, each
 * drawing is printed below the last.
 */
#ifndef FNCTL_CLI_SCREEN_H
#define FNCTL_CLI_SCREEN_H

#include "core/out.h"

#include <stdbool.h>

struct screen {
    struct out *out;
    bool terminal;
    bool shown; /* something was drawn */
};

/* Columns of the terminal that standard output is, or COLUMNS, or 80. */
int screen_columns(const struct out *out);

/* Goes to the second screen with the first drawing. */
void screen_init(struct screen *screen, struct out *out);
/* Back to the first. */
void screen_release(struct screen *screen);

/* Draws lines (escape sequences for colours may be in them), as many as fit. */
void screen_show(struct screen *screen, const char *text);

#endif
