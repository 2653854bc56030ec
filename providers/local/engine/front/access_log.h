/* The access log of an HTTP API: a line for each request, in the format that its stage says. */
#ifndef FNCTL_ENGINE_ACCESS_LOG_H
#define FNCTL_ENGINE_ACCESS_LOG_H

#include "core/buf.h"
#include "providers/local/engine/front/call.h"

/* Writes the line of a call that is being answered; nothing where there is no access log. */
void access_log_write(const struct call *call, int status, size_t len);

/* Appends `format` with its $context variables replaced by `values` (an object of strings by their
 * names without "$context."), "-" for those it has not. Values are escaped as in JSON. */
void access_log_format(struct buf *line, const char *format, const json_t *values);

#endif
