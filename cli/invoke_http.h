/* An HTTP request as a function's event, without the network between: what `invoke --path` sends,
 * and the function's answer as the response that a front door would make of it. */
#ifndef FNCTL_CLI_INVOKE_HTTP_H
#define FNCTL_CLI_INVOKE_HTTP_H

#include "cli/app.h"

struct http_request {
    const char *path;       /* as in a URL, with query: "/time?tz=UTC" */
    const char *method;     /* NULL: GET, with a body POST */
    struct strings headers; /* "Name: value" */
    const char *body;       /* or NULL */
    size_t body_len;
};

/*
 * The event of payload format 2.0, as the route of the function that takes the
 * request would send it; of a function with a URL or without any routes, what
 * the URL would send. To free(). NULL: ERR_USAGE for a request that is none or
 * that no route takes.
 */
char *invoke_http_event(const struct app *app, const struct function *function,
                        const struct http_request *request, struct err *err);

/* Prints the response: the body to standard output, status and headers to standard error; with
 * --json one document. -1 with ERR_FAILED for a status of 500 and more, and an answer that is no
 * response. */
int invoke_http_print(struct app *app, const struct function *function,
                      const struct invoke_result *result, struct err *err);

#endif
