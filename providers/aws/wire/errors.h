/*
 * What AWS's error answers mean: the code and message in them, whether to try
 * again, and what the user can do.
 */
#ifndef FNCTL_PROVIDERS_AWS_ERRORS_H
#define FNCTL_PROVIDERS_AWS_ERRORS_H

#include "core/err.h"
#include "core/http.h"

#include <stdbool.h>

/*
 * Reads code and message of an error answer, in whatever protocol it is:
 * x-amzn-errortype, __type or code and message in JSON, <Error> in XML. Both are
 * NULL when it holds none; to free().
 */
void aws_error_decode(const struct http_response *response, char **code, char **message);

/* Whether a success of S3's holds an error: some operations answer before they know. */
bool aws_error_in_success(const struct http_response *response);

/* Whether to try again; `code` may be NULL. */
enum http_verdict aws_error_verdict(int status, const char *code);

/* Whether the code means that our clock may be off. */
bool aws_error_is_skew(const char *code, const char *message);

/* Which kind of failure an error code is, and a hint what to do (NULL: none). */
enum err_code aws_error_kind(const char *code, const char **hint);

#endif
