/*
 * Which log events are shown, and together with which: what --grep, --request,
 * --errors and --no-report choose, and requests in one piece for --by-request.
 *
 * Lines seldom tell their request, but a log stream serves one at a time: what
 * comes between its START and its REPORT belongs to that. By request, choices
 * are of whole requests: --errors shows all of those that failed.
 */
#ifndef FNCTL_CLI_LOG_VIEW_H
#define FNCTL_CLI_LOG_VIEW_H

#include "cli/log_print.h"

#include <regex.h>

struct log_view_options {
    struct log_style style;
    const char *grep;    /* extended regular expression; NULL: all */
    const char *request; /* the beginning of an id; NULL: all */
    bool errors, no_report, by_request;
};

struct log_view;

/* Copies the options; what they point to is borrowed. Errors: ERR_USAGE for a wrong `grep`. */
struct log_view *log_view_new(const struct log_view_options *options, struct err *err);
void log_view_free(struct log_view *view);

/* Takes an event. What is to be shown is appended to `out`. */
void log_view_add(struct log_view *view, const struct log_event *event, struct buf *out);

/* Shows requests that have not ended. */
void log_view_finish(struct log_view *view, struct buf *out);

/* Whether `text` can be given as `grep`. */
int log_view_check_grep(const char *text, struct err *err);

#endif
