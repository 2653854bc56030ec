/*
 * One log event as text: with time, function and level in front, figures
 * instead of REPORT lines, the fields of JSON records behind their message,
 * tracebacks whole. Nothing that a function writes can drive the terminal.
 */
#ifndef FNCTL_CLI_LOG_PRINT_H
#define FNCTL_CLI_LOG_PRINT_H

#include "cli/log_line.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/out.h"
#include "providers/provider.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_format { LOG_SHORT, LOG_LONG, LOG_RAW, LOG_AS_JSON };
enum log_times { LOG_LOCAL, LOG_UTC, LOG_RELATIVE };

struct log_style {
    enum log_format format;
    enum log_times times;
    const struct clock *clock; /* for LOG_RELATIVE */
    const struct out *out;     /* for colours */
    size_t name_width;         /* of the longest name of a function */
    int64_t origin;            /* within a request: its start, which times are told from; 0: none */
};

/* Appends an event. `request` is the request it belongs to, "" when that is not known; LOG_RAW
 * needs no `line`. */
void log_print(struct buf *out, const struct log_style *style, const struct log_event *event,
               const struct log_line *line, const char *request);

/* Appends the line above the events of a request, the first of which is `event`. */
void log_print_request(struct buf *out, const struct log_style *style,
                       const struct log_event *event, const char *request, bool finished);

#endif
