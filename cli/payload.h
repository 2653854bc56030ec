/* Payloads of invocations: from the command line, a file or standard input; one, or one a line. */
#ifndef FNCTL_CLI_PAYLOAD_H
#define FNCTL_CLI_PAYLOAD_H

#include "core/buf.h"
#include "core/err.h"

#include <stdbool.h>

/* Bytes that Lambda takes in one request:
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
enum { PAYLOAD_MAX = 6 * 1024 * 1024 };

/*
 * Reads `argument`, or else `file` ("-" is standard input), or else standard
 * input, which gives {} when it is empty or a terminal, as nobody types
 * payloads. Errors: ERR_USAGE for what is too large or not JSON.
 */
int payload_read(const char *argument, const char *file, struct buf *payload, struct err *err);

/* Whether it is JSON, as Lambda demands. */
int payload_check(const struct buf *payload, struct err *err);

/* Lines of a file, or of standard input when `file` is NULL or "-". */
struct payload_lines {
    int fd;
    const char *name; /* for messages; borrowed */
    struct buf data;  /* read and not given out yet */
    size_t number;    /* of the line that was given out last, from 1 */
    bool ended;       /* no more will come */
};

int payload_lines_open(struct payload_lines *lines, const char *file, struct err *err);
void payload_lines_close(struct payload_lines *lines);

/*
 * Puts the next line that is not empty into `line`, checked. Returns 1, or 0
 * at the end; with `wait` false 0 also when no whole line has come yet.
 */
int payload_lines_next(struct payload_lines *lines, bool wait, struct buf *line, struct err *err);

#endif
