/* What the tests of calls to AWS share: the stand-in with its script, and the requests it got. */
#ifndef FNCTL_TESTS_UNIT_AWS_CLIENT_H
#define FNCTL_TESTS_UNIT_AWS_CLIENT_H

#include "core/file.h"
#include "core/memory.h"
#include "providers/aws/wire/request.h"
#include "providers/aws/wire/sigv4.h"
#include "tests/unit/stand_in.h"

// clang-format off
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <string.h>

static const char *const variables[] = {"AWS_CONFIG_FILE",
                                        "AWS_SHARED_CREDENTIALS_FILE",
                                        "AWS_PROFILE",
                                        "AWS_REGION",
                                        "AWS_DEFAULT_REGION",
                                        "AWS_ENDPOINT_URL",
                                        "AWS_ENDPOINT_URL_LAMBDA",
                                        "AWS_ACCESS_KEY_ID",
                                        "AWS_SECRET_ACCESS_KEY",
                                        "AWS_SESSION_TOKEN"};

static struct stand_in server;
static char *home;
static char *endpoint;
static int64_t clock_error; /* ms that our clock is wrong */

static inline int64_t wrong_now(void *context)
{
    (void)context;
    return clock_now(clock_system()) + clock_error;
}

static inline int64_t right_monotonic(void *context)
{
    (void)context;
    return clock_monotonic(clock_system());
}

static const struct clock wrong_clock = {.now = wrong_now, .monotonic = right_monotonic};

static inline int start(void **state)
{
    struct err err;

    (void)state;
    for (size_t i = 0; i < sizeof(variables) / sizeof(*variables); i++)
        unsetenv(variables[i]);
    home = file_temporary_folder("fnctl-test-", &err);
    setenv("HOME", home, 1);
    if (stand_in_start(&server) < 0)
        return -1;
    endpoint = xasprintf("http://127.0.0.1:%d", server.port);
    return 0;
}

static inline int stop(void **state)
{
    struct err err;

    (void)state;
    stand_in_stop(&server);
    file_remove(home, &err);
    free(home);
    free(endpoint);
    return 0;
}

static inline struct aws *new_aws(const char *url)
{
    const struct aws_options options = {.clock = &wrong_clock,
                                        .region = "eu-central-1",
                                        .endpoint_url = url,
                                        .key_id = "AKIDEXAMPLE",
                                        .secret = "secret",
                                        .retry_base = 2};
    struct err err = {0};
    struct aws *aws = aws_new(&options, &err);

    if (!aws)
        fail_msg("%s", err.message);
    return aws;
}

/* Talks to the stand-in itself; the answer is to free(). */
static inline char *control(const char *method, const char *path, const char *body)
{
    struct http *http = http_new(&(struct http_options){.clock = clock_system()});
    struct http_exchange exchange = {.method = method,
                                     .url = xasprintf("%s%s", endpoint, path),
                                     .body = body,
                                     .body_len = body ? strlen(body) : 0};
    struct err err;
    char *text;

    assert_int_equal(http_perform(http, &exchange, 1, &err), 0);
    text = buf_take(&exchange.response.body);
    free(exchange.url);
    http_exchange_release(&exchange);
    http_free(http);
    return text;
}

/* What the server is to answer from now on: a JSON list, see tests/tools/stand_in.py. */
static inline void script(const char *steps)
{
    free(control("POST", "/_script", steps));
}

/* The requests that came since. */
static inline json_t *requests(void)
{
    char *text = control("GET", "/_requests", NULL);
    json_t *list = json_loads(text, 0, NULL);

    free(text);
    assert_non_null(list);
    return list;
}

static inline const char *request_string(const json_t *list, size_t index, const char *key)
{
    return json_string_value(json_object_get(json_array_get(list, index), key));
}

static inline const char *request_header(const json_t *list, size_t index, const char *name)
{
    const json_t *header;
    size_t i;

    json_array_foreach (json_object_get(json_array_get(list, index), "headers"), i, header) {
        if (strcmp(json_string_value(json_array_get(header, 0)), name) == 0)
            return json_string_value(json_array_get(header, 1));
    }
    return NULL;
}

/* Verifies the signature of a request that the server received, at the time `now`. */
static inline void check_signature(const json_t *list, size_t index, const char *service,
                                   int64_t now)
{
    const json_t *item = json_array_get(list, index), *header;
    const struct sigv4_key key = {"AKIDEXAMPLE", "secret", NULL, NULL, NULL};
    char *target = xstrdup(request_string(list, index, "target"));
    char *query = strchr(target, '?');
    struct strlist headers = {0};
    struct sigv4_request request = {.method = request_string(list, index, "method"),
                                    .path = target,
                                    .headers = &headers,
                                    .body = request_string(list, index, "body"),
                                    .s3 = strcmp(service, "s3") == 0,
                                    .normalize = strcmp(service, "s3") != 0};
    struct sigv4_claim claim;
    struct err err = {0};
    size_t i;

    if (query)
        *query++ = '\0';
    request.query = query;
    request.body_len = strlen(request.body);
    json_array_foreach (json_object_get(item, "headers"), i, header)
        strlist_addf(&headers, "%s: %s", json_string_value(json_array_get(header, 0)),
                     json_string_value(json_array_get(header, 1)));
    if (sigv4_claim(&request, &claim, &err) < 0 ||
        sigv4_verify(&request, &claim, &key, now, &err) < 0)
        fail_msg("%s", err.message);
    assert_string_equal(claim.service, service);
    strlist_release(&headers);
    free(target);
}

static inline int64_t right_now(void)
{
    return clock_now(clock_system());
}

/* Performs GetFunction against the script; returns the call, to be released. */
static inline struct aws_call get_function(struct aws *aws, const char *accept, int expected,
                                           struct err *err)
{
    struct aws_call call;

    *err = (struct err){0};
    aws_call_rest(&call, &aws_lambda, "GetFunction", "GET", NULL, "/2015-03-31/functions/f");
    call.accept = accept;
    assert_int_equal(aws_perform(aws, &call, 1, err), expected);
    return call;
}

#endif
