/*
 * The control plane: AWS operations by service. One table a service, one file
 * a service; dispatch and errors here.
 */
#ifndef FNCTL_ENGINE_OPERATIONS_H
#define FNCTL_ENGINE_OPERATIONS_H

#include "core/err.h"
#include "providers/local/engine/server.h"

#include <jansson.h>

struct operation {
    const char *name; /* "GetFunction" */
    /* REST services: method and path pattern, "{Name}" matching a segment, a last "{Name+}" the
     * rest. Others: NULL, dispatched by X-Amz-Target or Action. */
    const char *method;
    const char *path;
    /* `input` is the JSON body, or the form as object of strings; path parameters are put in under
     * their names, as strings. Must lead to one response. */
    void (*handle)(struct request *request, json_t *input);
};

/* Tables end with a NULL name. */
extern const struct operation lambda_operations[], iam_operations[], sts_operations[],
    logs_operations[], apigateway_operations[], scheduler_operations[];

/* Verifies Host, Origin and signature, finds the operation, runs it. */
void operations_handle(struct request *request);

/* Answers an error in the protocol of the service that was asked: status, code, message. */
void request_fail(struct request *request, int status, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
