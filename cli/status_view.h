/* What `fnctl status` tells, as text for people. */
#ifndef FNCTL_CLI_STATUS_VIEW_H
#define FNCTL_CLI_STATUS_VIEW_H

#include "core/buf.h"
#include "core/out.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct status_view {
    const struct out *out; /* for colours */
    const char *window;    /* the time that figures are of: "24h" */
    bool pretended;        /* costs are what they would be on AWS */
    bool graph;
    bool utf8;
};

/* Columns that a line of the graph has beside its values. */
enum { STATUS_VIEW_MARGIN = 28 };

/* Appends the document of status, see cmd_status.c. */
void status_view_print(struct buf *text, const struct status_view *view, const json_t *status);

#endif
