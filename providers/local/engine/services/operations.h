/*
 * The control plane: AWS operations by service. One table a service, one or
 * more files a service; dispatch and errors here.
 */
#ifndef FNCTL_ENGINE_OPERATIONS_H
#define FNCTL_ENGINE_OPERATIONS_H

#include "core/err.h"
#include "providers/local/engine/http/server.h"
#include "providers/local/engine/services/shape.h"

#include <jansson.h>
#include <stdbool.h>

enum protocol {
    PROTOCOL_REST_JSON, /* method and path mean the operation; bodies are JSON */
    PROTOCOL_JSON,      /* POST /, X-Amz-Target: PREFIX.Operation */
    PROTOCOL_QUERY,     /* POST /, form Action=Operation; replies are XML */
    PROTOCOL_REST_XML,  /* S3: method, path and query mean the operation; bodies are XML or bytes */
};

struct operation {
    const char *name; /* "GetFunction" */
    /* REST services: method and path pattern, "{Name}" matching a segment, a last "{Name+}" the
     * rest; behind a "?" the words in the query that mean S3's operation, joined by '&'. Others:
     * NULL, dispatched by X-Amz-Target or Action. */
    const char *method;
    const char *path;
    /* `input` is the JSON body, or the form with lists and structures unfolded; query and path
     * parameters are put in under their names, as strings. Must lead to one response. */
    void (*handle)(struct request *request, json_t *input);
    const struct shape *input; /* checked before handle(); NULL: nothing to check */
    bool raw;                  /* the body is not input but the handler's to read */
};

struct service {
    const char *name; /* in the credential scope: "lambda" */
    enum protocol protocol;
    const char *target;       /* PROTOCOL_JSON: "Logs_20140328." */
    const char *xml_space;    /* PROTOCOL_QUERY, PROTOCOL_REST_XML: xmlns of the replies */
    const char *invalid_code; /* of an input that breaks a constraint */
    const char *message_key;  /* PROTOCOL_JSON, PROTOCOL_REST_JSON: "message" in errors */
    const struct operation *operations;
    const char *json_type; /* PROTOCOL_JSON: of bodies; NULL: application/x-amz-json-1.1 */
    /* The code of an error for clients of the query protocol that the service once spoke; NULL: it
     * never did. */
    const char *(*query_code)(const char *code);
};

/* Tables end with a NULL name. */
extern const struct operation lambda_operations[], iam_operations[], sts_operations[],
    logs_operations[], apigateway_operations[], scheduler_operations[], s3_operations[],
    ssm_operations[], cloudwatch_operations[], secretsmanager_operations[],
    cloudformation_operations[], sqs_operations[];

/* For server_look_first(): a body that S3 is to keep goes to disk as it comes, when whoever sends
 * it may do so. */
void operations_look(struct request *request);

/* Verifies Host, Origin and signature, finds the operation, runs it. */
void operations_handle(struct request *request);

/* Answers in the service's protocol; S3 has ways of its own, s3.h. Takes `body` (NULL: none). */
void request_reply(struct request *request, int status, json_t *body);

/* Answers an error in the protocol of the service that was asked: status, code, message. */
void request_fail(struct request *request, int status, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Appends `text` with XML's own characters and control characters written as entities. */
void reply_escape(struct buf *out, const char *text);

/* Answers that the state could not be written. */
void request_fail_write(struct request *request);

/* The region of the request's signature; what the engine itself starts with when there is none. */
const char *request_region(const struct request *request);
/* The partition of that region, as in ARNs: "aws". */
const char *request_partition(const struct request *request);

#endif
