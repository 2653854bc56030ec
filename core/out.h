/*
 * What the user sees: results on standard output, progress and messages on
 * standard error. Colour and progress bars on a terminal only.
 */
#ifndef FNCTL_CORE_OUT_H
#define FNCTL_CORE_OUT_H

#include "core/strlist.h"

#include <jansson.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum out_colour {
    OUT_PLAIN,
    OUT_BOLD,
    OUT_DIM,
    OUT_RED,
    OUT_GREEN,
    OUT_YELLOW,
    OUT_BLUE,
    OUT_MAGENTA,
    OUT_CYAN
};

struct out {
    FILE *results;  /* standard output */
    FILE *messages; /* standard error */
    bool colour_results, colour_messages;
    bool bars;        /* progress bars: standard error is a terminal */
    bool quiet;       /* no progress, no notes */
    bool verbose;     /* traces */
    bool json;        /* the result is one JSON document */
    bool annotations; /* warnings and errors for GitHub Actions, see core/annotation.h; groups */
    bool grouped;     /* a group of lines is open */
    bool bar_shown;
    bool answered;      /* out_json() wrote the document */
    int failure;        /* errno of the first write to standard output that failed; or 0 */
    FILE *real_results; /* while out_capture() holds results back; or NULL */
    char *captured;
    size_t captured_len;
    struct strlist secrets; /* masked wherever they would appear */
    pthread_mutex_t lock;   /* lines of concurrent tasks do not mix */
};

/* Over two streams; looks at the terminal, NO_COLOR and TERM. Borrowed streams. */
void out_init(struct out *out, FILE *results, FILE *messages);
void out_release(struct out *out);

/* From now on `text` appears as ****** in every line; a copy is kept, wiped on release. Short
 * texts (under 4 bytes) are not masked: they would blank out harmless words. */
void out_add_secret(struct out *out, const char *text);

/* A result, to standard output. Control characters in arguments are the caller's business. */
void out_print(struct out *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* One JSON document (or, for streams, one object a line when `line`) to standard output. */
void out_json(struct out *out, const json_t *value, bool line);

/*
 * Lines on standard error. What comes from outside may be among the arguments: control characters
 * are made visible, as by out_visible().
 */

/* A step that was done. Not with --quiet. */
void out_step(struct out *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What was asked for or explains a failure: also with --quiet. */
void out_tell(struct out *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "warning: ..."; also with --quiet. */
void out_warn(struct out *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "error: ...". For cli/main.c. */
void out_error(struct out *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Where there are annotations: the lines from here to the end of the group are folded under the
 * title. An error ends the group first. Elsewhere nothing. */
void out_group(struct out *out, const char *title);
void out_group_end(struct out *out);

/* With --verbose only. */
void out_trace(struct out *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Draws a progress bar (terminal only); `total` 0 removes it. */
void out_progress(struct out *out, const char *label, int64_t done, int64_t total);

/* Holds results back, without colours, until out_captured() hands them over as a text, to free().
 * For text that becomes part of a JSON document. */
void out_capture(struct out *out);
char *out_captured(struct out *out);

/* Writes out what out->results holds. For those who write there themselves. */
void out_flush(struct out *out);

/* Whether standard output no longer takes anything: the reader of a pipe went away, the disk is
 * full; out->failure says which. */
bool out_broken(const struct out *out);

/* The escape sequence for a colour on standard output or standard error, "" when plain. */
const char *out_colour(const struct out *out, const FILE *stream, enum out_colour colour);

enum { OUT_SIZE_LEN = 16 };

/* Bytes for people: "512 B", "3.4 kB", "12.0 MB" (powers of 1000, as Lambda's limits are told). */
void out_size(uint64_t bytes, char text[static OUT_SIZE_LEN]);

/* `text` with control characters made visible (\x1b as "\x1b"), so that text from outside cannot
 * drive the terminal; tabs stay, invalid UTF-8 becomes \xNN. To free(). */
char *out_visible(const char *text, size_t len);

#endif
