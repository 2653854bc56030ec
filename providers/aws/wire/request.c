#include "providers/aws/wire/request.h"

#include "core/hash.h"
#include "core/memory.h"
#include "providers/aws/identity/credentials.h"
#include "providers/aws/wire/endpoints.h"
#include "providers/aws/wire/errors.h"
#include "providers/aws/wire/reply.h"
#include "providers/aws/wire/sigv4.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ATTEMPTS = 3,
    MIN_SKEW = 4 * 60 * 1000, /* ms; AWS accepts 5 minutes */
};

struct aws {
    struct http *http;
    const struct clock *clock;
    struct out *out;
    char *profile; /* as given; NULL: look */
    char *region;
    char *endpoint_url; /* as given; NULL: look */
    struct aws_config *config;
    _Atomic int64_t offset; /* ms to add to our clock to have AWS's */
    pthread_mutex_t lock;
    /* Under the lock: */
    struct credentials *credentials; /* NULL until the first call */
    char *masked_id;                 /* the key whose secrets `out` knows */
};

/* A call on its way. */
struct pending {
    struct aws *aws;
    struct aws_call *call;
    struct endpoint endpoint;
    char *url;
    char *path; /* of the URL, with what the endpoint puts in front */
    char *label;
    char *body; /* owned when made from call->body */
    char payload_hash[HASH_HEX_LEN];
    char invocation[UUID_LEN];
};

struct aws *aws_new(const struct aws_options *options, struct err *err)
{
    struct aws *aws = xcalloc(1, sizeof(*aws));
    const char *region;

    pthread_mutex_init(&aws->lock, NULL);
    aws->clock = options->clock;
    aws->out = options->out;
    aws->profile = xstrdup(options->profile);
    aws->endpoint_url = xstrdup(options->endpoint_url);
    /* Given credentials are for the local engine: AWS's files have no say there. */
    aws->config = options->key_id ? aws_config_none() : aws_config_read(err);
    if (!aws->config)
        goto fail;
    region = aws_config_region(aws->config, options->region, options->profile);
    if (!region) {
        err_set(err, ERR_USAGE,
                "no AWS region: give one with --region, \"region\" in the settings, AWS_REGION, or "
                "'region' for profile '%s' in ~/.aws/config",
                aws_config_profile(options->profile));
        goto fail;
    }
    if (endpoint_check_region(region, err) < 0)
        goto fail;
    aws->region = xstrdup(region);
    if (options->key_id)
        aws->credentials = credentials_given(options->key_id, options->secret, NULL);
    aws->http = http_new(&(struct http_options){.clock = options->clock,
                                                .out = options->out,
                                                .user_agent = "fnctl/" FNCTL_VERSION,
                                                .attempts = ATTEMPTS,
                                                .retry_base = options->retry_base});
    return aws;
fail:
    aws_free(aws);
    return NULL;
}

void aws_free(struct aws *aws)
{
    if (!aws)
        return;
    http_free(aws->http);
    credentials_free(aws->credentials);
    aws_config_free(aws->config);
    pthread_mutex_destroy(&aws->lock);
    free(aws->masked_id);
    free(aws->profile);
    free(aws->region);
    free(aws->endpoint_url);
    free(aws);
}

const char *aws_region(const struct aws *aws)
{
    return aws->region;
}

const char *aws_partition(const struct aws *aws)
{
    return endpoint_partition(aws->region);
}

const char *aws_configured_endpoint(const struct aws *aws, const struct aws_service *service)
{
    return aws_config_endpoint(aws->config, NULL, service->id, aws->profile);
}

struct http *aws_http(struct aws *aws)
{
    return aws->http;
}

static struct credentials *find_credentials(const struct aws *aws, struct err *err)
{
    const struct credentials_options options = {.config = aws->config,
                                                .profile = aws->profile,
                                                .region = aws->region,
                                                .endpoint_url = aws->endpoint_url,
                                                .clock = aws->clock,
                                                .out = aws->out};

    return credentials_find(&options, err);
}

/* A valid key; new secrets are made known to the output, which masks them. */
static int get_key(struct aws *aws, struct credentials_key *key, struct err *err)
{
    int result = -1;

    *key = (struct credentials_key){0};
    pthread_mutex_lock(&aws->lock);
    if (!aws->credentials)
        aws->credentials = find_credentials(aws, err);
    if (!aws->credentials || credentials_get(aws->credentials, key, err) < 0)
        goto out;
    if (aws->out && (!aws->masked_id || strcmp(aws->masked_id, key->id) != 0)) {
        free(aws->masked_id);
        aws->masked_id = xstrdup(key->id);
        out_add_secret(aws->out, key->secret);
        if (key->token)
            out_add_secret(aws->out, key->token);
    }
    result = 0;
out:
    pthread_mutex_unlock(&aws->lock);
    return result;
}

/* Signs an attempt: with the key, the time and the offset of this moment. */
static int prepare(void *context, struct http_exchange *exchange, struct strlist *headers,
                   int attempt, struct err *err)
{
    struct pending *pending = context;
    struct aws *aws = pending->aws;
    const char *query = strchr(pending->path, '?');
    char *path = xstrndup(pending->path, strcspn(pending->path, "?"));
    bool s3 = pending->call->service->protocol == AWS_REST_XML;
    struct sigv4_request request = {.method = exchange->method,
                                    .path = path,
                                    .query = query ? query + 1 : NULL,
                                    .headers = headers,
                                    .payload_hash = pending->payload_hash,
                                    .s3 = s3,
                                    .normalize = !s3,
                                    .hash_header = s3};
    struct credentials_key secret;
    struct strlist added;
    struct sigv4 sigv4 = {0};
    int result = get_key(aws, &secret, err);

    strlist_init(&added);
    if (result == 0) {
        struct sigv4_key key = {secret.id, secret.secret, secret.token, pending->endpoint.region,
                                pending->call->service->signing};

        strlist_addf(headers, "Host: %s", pending->endpoint.host);
        strlist_addf(headers, "amz-sdk-invocation-id: %s", pending->invocation);
        strlist_addf(headers, "amz-sdk-request: attempt=%d; max=%d", attempt,
                     pending->call->once || pending->call->receive ? 1 : ATTEMPTS);
        sigv4_sign(&request, &key, clock_now(aws->clock) + aws->offset, &sigv4, &added);
        for (size_t i = 0; i < added.count; i++)
            strlist_add(headers, added.items[i]);
    }
    sigv4_release(&sigv4);
    strlist_release(&added);
    credentials_key_release(&secret);
    free(path);
    return result;
}

/* Takes AWS's time from the answer when ours is too far off; false when it is not. */
static bool correct_clock(struct aws *aws, const struct http_response *response)
{
    const char *date = http_header(response, "date");
    int64_t theirs, offset;

    if (!date || clock_parse(date, &theirs) < 0)
        return false;
    offset = theirs - clock_now(aws->clock);
    if (offset < MIN_SKEW && offset > -MIN_SKEW)
        return false;
    aws->offset = offset;
    return true;
}

static enum http_verdict judge(void *context, const struct http_response *response)
{
    struct pending *pending = context;
    bool hidden =
        pending->call->service->protocol == AWS_REST_XML && aws_error_in_success(response);
    enum http_verdict verdict;
    char *code, *message;

    if (response->status / 100 == 2 && !hidden)
        return HTTP_DONE;
    aws_error_decode(response, &code, &message);
    verdict = aws_error_verdict(hidden ? 400 : response->status, code);
    if (aws_error_is_skew(code, message) && correct_clock(pending->aws, response))
        verdict = HTTP_SKEWED;
    free(code);
    free(message);
    return verdict;
}

static void progress(void *context, int64_t sent, int64_t total)
{
    const struct pending *pending = context;

    if (pending->call->progress)
        pending->call->progress(pending->call->progress_context, sent, total);
}

static int receive(void *context, const void *data, size_t len)
{
    const struct pending *pending = context;

    return pending->call->receive(pending->call->receive_context, data, len);
}

/* The form of the query protocol: Action, Version, and the strings of `body`. */
static char *make_form(const struct aws_call *call)
{
    struct buf form;
    const char *key;
    json_t *value;

    buf_init(&form, 0);
    buf_printf(&form, "Action=%s&Version=%s", call->operation, call->service->version);
    json_object_foreach (call->body, key, value) {
        buf_putc(&form, '&');
        http_encode(&form, key, strlen(key), false);
        buf_putc(&form, '=');
        http_encode(&form, json_string_value(value), json_string_length(value), false);
    }
    return buf_take(&form);
}

/* Fills body and the headers that the protocol wants. */
static void fill_protocol(struct pending *pending, struct http_exchange *exchange)
{
    const struct aws_call *call = pending->call;
    const struct aws_service *service = call->service;
    struct strlist *headers = &exchange->headers;

    if (service->protocol == AWS_QUERY) {
        pending->body = make_form(call);
        strlist_add(headers, "Content-Type: application/x-www-form-urlencoded; charset=utf-8");
    } else if (!call->raw && (call->body || service->protocol == AWS_JSON)) {
        pending->body =
            call->body ? json_dumps(call->body, JSON_COMPACT | JSON_ENCODE_ANY) : xstrdup("{}");
        strlist_addf(headers, "Content-Type: application/%s%s",
                     service->protocol == AWS_JSON ? "x-amz-json-" : "json",
                     service->protocol == AWS_JSON ? service->version : "");
    }
    if (service->protocol == AWS_JSON)
        strlist_addf(headers, "X-Amz-Target: %s.%s", service->target, call->operation);
    for (size_t i = 0; i < call->headers.count; i++)
        strlist_add(headers, call->headers.items[i]);
    exchange->body = call->raw ? call->raw : pending->body;
    exchange->body_len = call->raw ? call->raw_len : pending->body ? strlen(pending->body) : 0;
    exchange->file = call->file;
}

/* Makes the exchange of a call. */
static int start(struct pending *pending, struct http_exchange *exchange, struct err *err)
{
    struct aws *aws = pending->aws;
    struct aws_call *call = pending->call;
    uint8_t digest[HASH_LEN];
    char *path;

    if (endpoint_find(&pending->endpoint, call->service, aws->config, aws->endpoint_url,
                      aws->profile, aws->region, err) < 0)
        return -1;
    path = endpoint_path(&pending->endpoint, call->bucket, call->path);
    pending->url = xasprintf("%s%s", pending->endpoint.url, path);
    pending->path = xasprintf("%s%s", pending->endpoint.path, path);
    free(path);
    pending->label = xasprintf("%s %s", call->service->prefix, call->operation);
    hash_uuid(pending->invocation);
    fill_protocol(pending, exchange);
    hash_sha256(exchange->body ? exchange->body : "", exchange->body_len, digest);
    hash_hex(digest, HASH_LEN, pending->payload_hash);
    if (call->file)
        snprintf(pending->payload_hash, HASH_HEX_LEN, "%s", call->file_hash);
    exchange->method = call->method;
    exchange->url = pending->url;
    exchange->label = pending->label;
    exchange->stall_timeout = exchange->total_timeout = call->timeout;
    /* A file takes as long as it takes, as long as it moves. */
    if (call->file)
        exchange->total_timeout = -1;
    exchange->once = call->once || call->receive;
    exchange->cancel = call->cancel;
    if (call->receive) {
        exchange->total_timeout = -1;
        exchange->receive = receive;
    }
    exchange->prepare = prepare;
    exchange->judge = judge;
    exchange->progress = progress;
    exchange->context = pending;
    return 0;
}

static void pending_release(struct pending *pending)
{
    endpoint_release(&pending->endpoint);
    free(pending->url);
    free(pending->path);
    free(pending->label);
    free(pending->body);
}

/* Moves the outcomes to the calls; -1 with the first failure. */
static int finish(struct aws *aws, struct pending *pending, struct http_exchange *exchanges,
                  size_t count, struct err *err)
{
    int result = 0;

    for (size_t i = 0; i < count; i++) {
        struct err failure = exchanges[i].err;
        const char *source = aws->credentials ? credentials_source(aws->credentials) : "";

        if (!failure.code)
            reply_take(pending[i].call, &exchanges[i].response, pending[i].endpoint.url, source,
                       &failure);
        pending[i].call->attempts = exchanges[i].response.attempts;
        if (failure.code && result == 0) {
            *err = failure;
            result = -1;
        }
    }
    return result;
}

int aws_perform(struct aws *aws, struct aws_call *calls, size_t count, struct err *err)
{
    struct http_exchange *exchanges = xcalloc(count, sizeof(*exchanges));
    struct pending *pending = xcalloc(count, sizeof(*pending));
    struct credentials_key key;
    int result = get_key(aws, &key, err);

    credentials_key_release(&key);
    for (size_t i = 0; result == 0 && i < count; i++) {
        pending[i].aws = aws;
        pending[i].call = &calls[i];
        result = start(&pending[i], &exchanges[i], err);
    }
    if (result == 0) {
        result = http_perform(aws->http, exchanges, count, err);
        if (finish(aws, pending, exchanges, count, err) < 0)
            result = -1;
    }
    for (size_t i = 0; i < count; i++) {
        http_exchange_release(&exchanges[i]);
        pending_release(&pending[i]);
    }
    free(exchanges);
    free(pending);
    return result;
}
