#include "providers/local/engine/services/operations.h"

#include "core/memory.h"
#include "providers/aws/wire/sigv4.h"
#include "providers/local/engine/front/front.h"
#include "providers/local/engine/services/cloudwatch.h"
#include "providers/local/engine/services/input.h"
#include "providers/local/engine/services/s3.h"
#include "providers/local/engine/services/sqs.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct service services[] = {
    {"lambda", PROTOCOL_REST_JSON, NULL, NULL, "ValidationException", "message", lambda_operations,
     NULL, NULL},
    {"apigateway", PROTOCOL_REST_JSON, NULL, NULL, "BadRequestException", "message",
     apigateway_operations, NULL, NULL},
    {"scheduler", PROTOCOL_REST_JSON, NULL, NULL, "ValidationException", "Message",
     scheduler_operations, NULL, NULL},
    {"logs", PROTOCOL_JSON, "Logs_20140328.", NULL, "InvalidParameterException", "message",
     logs_operations, NULL, NULL},
    {"iam", PROTOCOL_QUERY, NULL, "https://iam.amazonaws.com/doc/2010-05-08/", "ValidationError",
     NULL, iam_operations, NULL, NULL},
    {"sts", PROTOCOL_QUERY, NULL, "https://sts.amazonaws.com/doc/2011-06-15/", "ValidationError",
     NULL, sts_operations, NULL, NULL},
    {"ssm", PROTOCOL_JSON, "AmazonSSM.", NULL, "ValidationException", "message", ssm_operations,
     NULL, NULL},
    {"monitoring", PROTOCOL_JSON, "GraniteServiceVersion20100801.", NULL, "ValidationError",
     "message", cloudwatch_operations, "application/x-amz-json-1.0", cloudwatch_query_code},
    {"secretsmanager", PROTOCOL_JSON, "secretsmanager.", NULL, "InvalidParameterException",
     "message", secretsmanager_operations, NULL, NULL},
    {"cloudformation", PROTOCOL_QUERY, NULL, "http://cloudformation.amazonaws.com/doc/2010-05-15/",
     "ValidationError", NULL, cloudformation_operations, NULL, NULL},
    {"s3", PROTOCOL_REST_XML, NULL, "http://s3.amazonaws.com/doc/2006-03-01/", "InvalidArgument",
     NULL, s3_operations, NULL, NULL},
    {.name = "sqs",
     .protocol = PROTOCOL_JSON,
     .target = "AmazonSQS.",
     .invalid_code = "InvalidParameterValue",
     .message_key = "message",
     .operations = sqs_operations,
     .json_type = "application/x-amz-json-1.0",
     .query_code = sqs_query_code},
};

/* What sigv4_claim() and sigv4_verify() start their messages with, and what services answer. */
static const struct {
    const char *reason;
    int status;
    const char *json_code;
    const char *query_code;
    const char *s3_code;
} refusals[] = {
    {"MissingAuthenticationToken", 403, "MissingAuthenticationTokenException",
     "MissingAuthenticationToken", "AccessDenied"},
    {"IncompleteSignature", 400, "IncompleteSignatureException", "IncompleteSignature",
     "AuthorizationHeaderMalformed"},
    {"SignatureDoesNotMatch", 403, "InvalidSignatureException", "SignatureDoesNotMatch",
     "SignatureDoesNotMatch"},
    {"RequestTimeTooSkewed", 403, "InvalidSignatureException", "SignatureDoesNotMatch",
     "RequestTimeTooSkewed"},
    {"ExpiredToken", 403, "ExpiredTokenException", "ExpiredToken", "ExpiredToken"},
    {"XAmzContentSHA256Mismatch", 400, "XAmzContentSHA256Mismatch", "XAmzContentSHA256Mismatch",
     "XAmzContentSHA256Mismatch"},
    {"AuthorizationQueryParametersError", 400, "IncompleteSignatureException",
     "IncompleteSignature", "AuthorizationQueryParametersError"},
    {"InvalidClientTokenId", 403, "UnrecognizedClientException", "InvalidClientTokenId",
     "InvalidAccessKeyId"},
    {"AccessDenied", 403, "AccessDeniedException", "AccessDenied", "AccessDenied"},
};

static bool origin_is_ours(const struct request *request, const char *origin)
{
    char *named = xasprintf("http://localhost:%d", request->engine->port);
    bool ours = strcmp(origin, request->engine->base_url) == 0 || strcmp(origin, named) == 0;

    free(named);
    return ours;
}

static void refuse(struct request *request, const struct err *err)
{
    enum protocol protocol = request->service ? request->service->protocol : PROTOCOL_JSON;
    size_t len = strcspn(err->message, ":"), row = 0;
    const char *message = err->message[len] ? err->message + len + 1 : err->message;

    while (row < sizeof(refusals) / sizeof(*refusals) - 1 &&
           (strlen(refusals[row].reason) != len ||
            strncmp(refusals[row].reason, err->message, len) != 0))
        row++;
    request_fail(request, refusals[row].status,
                 protocol == PROTOCOL_QUERY      ? refusals[row].query_code
                 : protocol == PROTOCOL_REST_XML ? refusals[row].s3_code
                                                 : refusals[row].json_code,
                 "%s", message + strspn(message, " "));
}

static const struct service *find_service(const char *name)
{
    for (size_t i = 0; i < sizeof(services) / sizeof(*services); i++) {
        if (strcmp(services[i].name, name) == 0)
            return &services[i];
    }
    return NULL;
}

/* Whether we signed it; answers when not. `payload_hash`: the hash of a body that is not there yet,
 * as the client says; NULL: computed. */
static bool authenticate(struct request *request, const char *payload_hash,
                         struct sigv4_claim *claim)
{
    const struct engine *engine = request->engine;
    struct sigv4_request signed_request = {.method = request->method,
                                           .path = request->path,
                                           .query = request->query,
                                           .headers = &request->headers,
                                           .body = request->body.data,
                                           .body_len = request->body.len,
                                           .payload_hash = payload_hash,
                                           .normalize = true};
    struct sigv4_key key = {.id = engine->key_id, .secret = engine->secret};
    struct err err = {0};

    if (sigv4_claim(&signed_request, claim, &err) < 0) {
        refuse(request, &err);
        return false;
    }
    request->service = find_service(claim->service);
    signed_request.s3 = request->service && request->service->protocol == PROTOCOL_REST_XML;
    signed_request.normalize = !signed_request.s3;
    key.region = claim->region;
    key.service = claim->service;
    if (strcmp(claim->key_id, engine->key_id) != 0)
        err_set(&err, ERR_CREDENTIALS,
                "InvalidClientTokenId: The security token included in the "
                "request is invalid. (`fnctl local env` prints the keys)");
    else if (sigv4_verify(&signed_request, claim, &key, clock_now(engine->clock), &err) == 0)
        return true;
    refuse(request, &err);
    return false;
}

static const struct operation *find_rest(const struct service *service,
                                         const struct request *request)
{
    const struct operation *operation = service->operations;

    while (operation->name && (strcmp(operation->method, request->method) != 0 ||
                               !input_match(operation->path, request->path, NULL) ||
                               (service->protocol == PROTOCOL_REST_XML &&
                                !s3_query_means(request, strchr(operation->path, '?')))))
        operation++;
    return operation;
}

static const struct operation *find_named(const struct service *service, const char *name)
{
    const struct operation *operation = service->operations;

    while (operation->name && strcmp(operation->name, name) != 0)
        operation++;
    return operation;
}

static const struct operation *find_operation(const struct request *request, const json_t *form)
{
    const struct service *service = request->service;
    const char *name = json_string_value(json_object_get(form, "Action"));

    if (service->protocol == PROTOCOL_REST_JSON || service->protocol == PROTOCOL_REST_XML)
        return find_rest(service, request);
    if (service->protocol == PROTOCOL_JSON) {
        const char *target = request_header(request, "X-Amz-Target");
        size_t len = strlen(service->target);

        name = target && strncmp(target, service->target, len) == 0 ? target + len : NULL;
    }
    return find_named(service, name ? name : "");
}

/* The input, checked; NULL: the error is answered. */
static json_t *take_input(struct request *request, json_t *form)
{
    const struct operation *operation = request->operation;
    struct err err = {0};
    json_t *input = form ? json_incref(form) : input_read(request, operation, &err);
    enum shape_problem problem = SHAPE_TYPE;

    if (input)
        problem = operation->input ? shape_check(operation->input, input, &err) : SHAPE_FINE;
    if (problem == SHAPE_FINE)
        return input;
    request_fail(request, 400,
                 problem == SHAPE_TYPE ? "SerializationException" : request->service->invalid_code,
                 "%s", err.message);
    json_decref(input);
    return NULL;
}

static void run_operation(struct request *request)
{
    json_t *form = NULL, *input = NULL;

    if (request->service->protocol == PROTOCOL_QUERY)
        form = input_form(buf_string(&request->body), request->body.len);
    if (request->service->protocol == PROTOCOL_REST_XML)
        s3_use_path(request);
    request->operation = find_operation(request, form);
    if (!request->operation->name) {
        bool s3 = request->service->protocol == PROTOCOL_REST_XML;

        request->operation = NULL;
        request_fail(request, s3 ? 501 : 404, s3 ? "NotImplemented" : "UnknownOperationException",
                     "the local engine does not know this operation of %s: %s %s",
                     request->service->name, request->method, request->path);
    } else {
        input = take_input(request, form);
        if (input)
            request->operation->handle(request, input);
    }
    json_decref(input);
    json_decref(form);
}

/* Checks that hold for every request; answers when one does not. */
static bool admit(struct request *request)
{
    const char *host = request_header(request, "Host");
    const char *origin = request_header(request, "Origin");
    bool front = strncmp(request->path, "/_fnctl/", 8) == 0;

    if (!request_is_local(request)) {
        request_fail(request, 403, "AccessDeniedException",
                     "the host '%s' is not this machine: use %s", host ? host : "",
                     request->engine->base_url);
        return false;
    }
    /* Pages may call functions, whose own CORS settings decide what they read; nothing else. */
    if (!front && origin && !origin_is_ours(request, origin)) {
        request_fail(request, 403, "AccessDeniedException",
                     "calls from web pages (origin '%s') are refused", origin);
        return false;
    }
    return true;
}

void operations_look(struct request *request)
{
    const char *hash = request_header(request, "X-Amz-Content-Sha256");
    struct sigv4_claim claim = {0};

    if (!s3_keeps_body(request) || !admit(request) ||
        !authenticate(request, hash ? hash : SIGV4_UNSIGNED, &claim))
        return;
    request->region = xstrdup(claim.region);
    request->admitted = true;
    s3_spool(request);
}

void operations_handle(struct request *request)
{
    struct sigv4_claim claim = {0};

    if (request->admitted) {
        run_operation(request);
        return;
    }
    if (!admit(request))
        return;
    if (strcmp(request->path, "/_fnctl/health") == 0) {
        request_respond_json(request, 200,
                             json_pack("{s:s, s:s}", "status", "ok", "version", FNCTL_VERSION));
        return;
    }
    if (strncmp(request->path, "/_fnctl/", 8) == 0) {
        if (!front_handle(request))
            request_fail(request, 404, "NotFoundException", "there is nothing at '%s'",
                         request->path);
        return;
    }
    if (!authenticate(request, NULL, &claim))
        return;
    request->region = xstrdup(claim.region);
    if (request->service)
        run_operation(request);
    else
        request_fail(request, 404, "UnknownOperationException",
                     "the local engine does not know the service '%s'", claim.service);
}
