/*
 * Payload format 2.0: an HTTP request as a function's event, and a function's
 * result as an HTTP response. Pure functions.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
#ifndef FNCTL_CORE_EVENT_H
#define FNCTL_CORE_EVENT_H

#include "core/buf.h"
#include "core/err.h"
#include "core/strlist.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Borrowed strings. */
struct event_request {
    const char *method;
    const char *path;              /* percent-encoded, without our prefix; begins with "/" */
    bool decode;                   /* HTTP APIs hand the path on decoded, URLs as it was sent */
    const char *query;             /* as sent; NULL: none */
    const struct strlist *headers; /* "Name: value" as sent */
    const char *body;
    size_t body_len;
    const char *prefix;    /* "/_fnctl/url/ID"; "": the path has none */
    const char *id;        /* of the API or URL */
    const char *account;   /* "anonymous" for URLs that anybody may call */
    const char *route_key; /* "GET /items/{id}", "$default" */
    json_t *parameters;    /* path parameters; NULL or empty: none */
    json_t *variables;     /* of the API's stage; NULL or empty: none */
    json_t *authorizer; /* what it said, {"jwt": ...}, {"lambda": ...}, {"iam": ...}; NULL: none */
    json_t *identity;   /* of an authorizer's event: the values of its identity sources */
    const char *route_arn; /* likewise; NULL: it is a function's event */
    const char *request_id;
    int64_t now; /* ms since 1970 */
};

/* The event as JSON text, to free(). */
char *event_from_http(const struct event_request *request);

struct event_response {
    int status;
    struct strlist headers; /* "Name: value", Set-Cookie too */
    struct buf body;
};

/*
 * Reads a function's result. An object with statusCode is a response with
 * headers, cookies, body, isBase64Encoded; any other JSON is the body itself.
 * `http`: it is a prelude with the former, eight NUL bytes, and the body.
 * `type` is the Content-Type of a response that names none. Errors:
 * ERR_FAILED, saying what is wrong with it.
 */
int event_to_http(const char *payload, size_t len, bool http, const char *type,
                  struct event_response *response, struct err *err);
void event_response_release(struct event_response *response);

#endif
