/* What an operation is given, from body, query and path. */
#ifndef FNCTL_ENGINE_INPUT_H
#define FNCTL_ENGINE_INPUT_H

#include "core/err.h"
#include "providers/local/engine/services/operations.h"

#include <jansson.h>
#include <stdbool.h>

/* Whether a path as sent matches the pattern of an operation; `input` (may be NULL) takes the
 * decoded path parameters. */
bool input_match(const char *pattern, const char *path, json_t *input);

/* A form ("Action=CreateRole&Tags.member.1.Key=a") as JSON, "NAME.member.N" as lists; the caller
 * owns it. At most 1000 pairs. */
json_t *input_form(const char *text, size_t len);

/* The input of a REST or JSON operation; the caller owns it. Errors: ERR_FAILED, no JSON. */
json_t *input_read(const struct request *request, const struct operation *operation,
                   struct err *err);

#endif
