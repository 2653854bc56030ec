/*
 * Calls to AWS: endpoint, protocol, signature, retries, errors. One call or
 * many at once.
 */
#ifndef FNCTL_PROVIDERS_AWS_REQUEST_H
#define FNCTL_PROVIDERS_AWS_REQUEST_H

#include "core/clock.h"
#include "core/err.h"
#include "core/http.h"
#include "core/out.h"

#include <jansson.h>
#include <stdbool.h>

enum aws_protocol {
    AWS_REST_JSON, /* method and path mean the operation; body and reply are JSON */
    AWS_JSON,      /* POST /, X-Amz-Target: PREFIX.Operation */
    AWS_QUERY,     /* POST /, form Action=Operation&Version=...; the reply is XML */
    AWS_REST_XML,  /* S3: method and path mean the operation; body and reply are XML or bytes */
};

/* A service's facts, from botocore's models. */
struct aws_service {
    const char *id;      /* as in AWS_ENDPOINT_URL_<ID>: "CLOUDWATCH_LOGS" */
    const char *prefix;  /* of the host: "logs" */
    const char *signing; /* signing name */
    enum aws_protocol protocol;
    const char *target;  /* AWS_JSON: "Logs_20140328" */
    const char *version; /* AWS_JSON: "1.1"; AWS_QUERY: "2010-05-08" */
    bool global;         /* no region in the host, signs for us-east-1 (IAM) */
    bool gov_fips;       /* in GovCloud its plain host is FIPS's too */
    bool gov_fips_dual;  /* ... and its dual-stack one */
    bool old_dual;       /* "dualstack" in the host instead of another suffix (S3) */
    bool plain_dual;     /* no dual-stack host of its own but in the newer partitions */
};

extern const struct aws_service aws_lambda, aws_iam, aws_sts, aws_logs, aws_logs_stream,
    aws_apigateway, aws_acm, aws_route53, aws_scheduler, aws_s3, aws_sso, aws_sso_oidc, aws_ssm,
    aws_secretsmanager, aws_cloudformation, aws_cloudwatch, aws_sqs, aws_dynamodb;

/* A connection to AWS; its functions may be called from several threads. */
struct aws;

struct aws_options {
    const struct clock *clock;
    struct out *out;
    const char *profile, *region, *endpoint_url; /* from the command line or settings; NULL: look */
    /* Given credentials (the local engine's); NULL: found by credentials_find(). */
    const char *key_id, *secret;
    int64_t retry_base; /* ms, see struct http_options; 0: usual */
};

/* Looks up the region; credentials and libcurl wait for the first call. Errors: ERR_CREDENTIALS
 * (AWS's files cannot be read); ERR_USAGE when no region is known, saying how to give one. */
struct aws *aws_new(const struct aws_options *options, struct err *err);
void aws_free(struct aws *aws);
const char *aws_region(const struct aws *aws);
/* "aws", "aws-cn", "aws-us-gov", ... by the region. */
const char *aws_partition(const struct aws *aws);
/* The address that environment or files put in the place of AWS's own for a service; NULL: none.
 * Borrowed. */
const char *aws_configured_endpoint(const struct aws *aws, const struct aws_service *service);
/* The I/O behind it, for requests that are not AWS's. */
struct http *aws_http(struct aws *aws);

/* One call: the request is filled by the aws_call_*() below, the reply by aws_perform(). */
struct aws_call {
    const struct aws_service *service;
    const char *operation; /* "GetFunction": for messages, and the protocol */
    const char *method;    /* AWS_REST_JSON, AWS_REST_XML */
    char *path;            /* AWS_REST_JSON, AWS_REST_XML: encoded, with query; owned */
    const char *bucket;    /* AWS_REST_XML: goes into the host or the path; borrowed */
    json_t *body;          /* JSON to send, owned; AWS_QUERY: object of strings, the form */
    char *raw;             /* a body of any bytes instead (Invoke's payload), owned */
    size_t raw_len;
    const struct http_file *file; /* ... or a part of a file; borrowed */
    const char *file_hash;        /* its SHA-256 in hex; borrowed */
    struct strlist headers;       /* further request headers */
    int64_t timeout;              /* ms; 0: usual; -1: none */
    bool once;                    /* not retried */
    /* Bytes of the body that were sent, for progress bars; from another thread. NULL: none. */
    void (*progress)(void *progress_context, int64_t sent, int64_t total);
    void *progress_context;
    /* Takes the body of a success as it comes, from another thread; see struct http_exchange. Such
     * a call is sent once, and given up after `timeout` without a byte, however long it takes in
     * all. NULL: the body is the reply. */
    int (*receive)(void *receive_context, const void *data, size_t len);
    void *receive_context;
    const atomic_bool *cancel; /* ends it, with http_wake(); NULL: nobody does */
    const char
        *accept; /* error codes that are an answer, space-separated ("ResourceNotFoundException
                    NoSuchEntity"): not an error for aws_perform(). NULL: none */

    int status;       /* HTTP status; 0: none came */
    json_t *reply;    /* JSON, or XML as JSON (the <OperationResult> element, {} without one; of S3
                         what is in the root); NULL: no body, an error, or no JSON (which only a call
                         with `raw` may answer) */
    struct buf bytes; /* the body as it came */
    struct strlist reply_headers;
    char *code;    /* the service's error code, without namespace: "ResourceConflictException"; of a
                      HEAD, which has no body, by its status: "NotFound", "Forbidden"; or NULL */
    char *message; /* the service's message, or NULL */
    int attempts; /* how many times it was sent: > 1 and "exists already" may mean that it was us */
};

/* Fills a REST call. `path` is a format for the encoded path and query; give variable parts through
 * aws_encode(). */
void aws_call_rest(struct aws_call *call, const struct aws_service *service, const char *operation,
                   const char *method, json_t *body, const char *path, ...)
    __attribute__((format(printf, 6, 7)));

/* Fills a JSON or query call; takes `body`. */
void aws_call_action(struct aws_call *call, const struct aws_service *service,
                     const char *operation, json_t *body);
void aws_call_release(struct aws_call *call);

/* Percent-encodes a path segment or query value; to free(). */
char *aws_encode(const char *text);

/*
 * Performs the calls concurrently. 0 when each one succeeded (2xx) or failed
 * with a code it accepts; -1 otherwise, with the first failure: "cannot
 * OPERATION: CODE: message" and what to do. ERR_CREDENTIALS for
 * AccessDenied*, UnrecognizedClient*, InvalidClientTokenId, SignatureDoesNotMatch,
 * ExpiredToken*, InvalidSignature*, MissingAuthenticationToken*, ... (the table is
 * in errors.c), and when there are no credentials; ERR_SERVICE for other codes,
 * an answer that is not AWS's, and the network; ERR_USAGE for a wrong endpoint URL.
 *
 * Each attempt is signed afresh. When AWS finds our clock wrong, its own time is
 * used from then on. A call may be performed again without being released.
 */
int aws_perform(struct aws *aws, struct aws_call *calls, size_t count, struct err *err);

/* Whether the call ended with that error code. */
bool aws_failed_with(const struct aws_call *call, const char *code);

/*
 * XML of the query protocol as JSON: {"Root": value}. An element with elements
 * is an object, one whose children are all <member> is an array, elements of one
 * name are an array, others are strings (an empty list is ""). Attributes are
 * dropped. Input is bounded in size and depth; document types are refused, and
 * with them entities beyond the five of XML. Errors: ERR_SERVICE.
 */
json_t *aws_xml_to_json(const char *text, size_t len, struct err *err);

#endif
