#include "core/file.h"
#include "core/json.h"
#include "core/memory.h"
#include "providers/aws/errors.h"
#include "providers/aws/request.h"
#include "providers/aws/sigv4.h"
#include "tests/unit/stand_in.h"

// clang-format off
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <string.h>

#define HOUR (60 * 60 * 1000)

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

static int64_t wrong_now(void *context)
{
    (void)context;
    return clock_now(clock_system()) + clock_error;
}

static int64_t right_monotonic(void *context)
{
    (void)context;
    return clock_monotonic(clock_system());
}

static const struct clock wrong_clock = {.now = wrong_now, .monotonic = right_monotonic};

static int start(void **state)
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

static int stop(void **state)
{
    struct err err;

    (void)state;
    stand_in_stop(&server);
    file_remove(home, &err);
    free(home);
    free(endpoint);
    return 0;
}

static struct aws *new_aws(const char *url)
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
static char *control(const char *method, const char *path, const char *body)
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
static void script(const char *steps)
{
    free(control("POST", "/_script", steps));
}

/* The requests that came since. */
static json_t *requests(void)
{
    char *text = control("GET", "/_requests", NULL);
    json_t *list = json_loads(text, 0, NULL);

    free(text);
    assert_non_null(list);
    return list;
}

static const char *request_string(const json_t *list, size_t index, const char *key)
{
    return json_string_value(json_object_get(json_array_get(list, index), key));
}

static const char *request_header(const json_t *list, size_t index, const char *name)
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
static void check_signature(const json_t *list, size_t index, const char *service, int64_t now)
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
                                    .normalize = true};
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

static int64_t right_now(void)
{
    return clock_now(clock_system());
}

static void calls_rest_json(void **state)
{
    struct aws *aws = new_aws(endpoint);
    struct aws_call call;
    struct err err = {0};
    json_t *list;

    (void)state;
    script("[{\"status\": 201, \"body\": \"{\\\"Name\\\": \\\"x\\\"}\", \"headers\": {\"X-Reply\": "
           "\"1\"}}]");
    aws_call_rest(&call, &aws_lambda, "TagResource", "POST", json_pack("{s:s}", "a", "b"),
                  "/2017-03-31/tags/%s?x=%s", "arn%3Aaws", "1");
    assert_int_equal(aws_perform(aws, &call, 1, &err), 0);
    assert_int_equal(call.status, 201);
    assert_int_equal(call.attempts, 1);
    assert_string_equal(json_string_value(json_object_get(call.reply, "Name")), "x");
    assert_string_equal(buf_string(&call.bytes), "{\"Name\": \"x\"}");
    assert_true(strlist_has(&call.reply_headers, "x-reply: 1"));
    aws_call_release(&call);
    list = requests();
    assert_string_equal(request_string(list, 0, "method"), "POST");
    assert_string_equal(request_string(list, 0, "target"), "/2017-03-31/tags/arn%3Aaws?x=1");
    assert_string_equal(request_string(list, 0, "body"), "{\"a\":\"b\"}");
    assert_string_equal(request_header(list, 0, "content-type"), "application/json");
    assert_string_equal(request_header(list, 0, "user-agent"), "fnctl/" FNCTL_VERSION);
    assert_string_equal(request_header(list, 0, "amz-sdk-request"), "attempt=1; max=3");
    assert_int_equal(strlen(request_header(list, 0, "amz-sdk-invocation-id")), 36);
    check_signature(list, 0, "lambda", right_now());
    json_decref(list);
    aws_free(aws);
}

static void calls_json_and_query(void **state)
{
    struct aws *aws = new_aws(endpoint);
    struct aws_call call;
    struct err err = {0};
    json_t *list;

    (void)state;
    script("[{\"body\": \"{\\\"logGroups\\\": []}\"},"
           "{\"body\": \"<GetRoleResponse "
           "xmlns='https://iam/'><GetRoleResult><Role><Arn>a</Arn></Role>"
           "</GetRoleResult><ResponseMetadata/></GetRoleResponse>\"},"
           "{\"body\": \"<DeleteRoleResponse><ResponseMetadata/></DeleteRoleResponse>\"}]");
    aws_call_action(&call, &aws_logs, "DescribeLogGroups", NULL);
    assert_int_equal(aws_perform(aws, &call, 1, &err), 0);
    assert_true(json_is_array(json_object_get(call.reply, "logGroups")));
    aws_call_release(&call);
    aws_call_action(&call, &aws_iam, "GetRole", json_pack("{s:s}", "RoleName", "a b&\xC3\xBC"));
    assert_int_equal(aws_perform(aws, &call, 1, &err), 0);
    assert_string_equal(json_string_at(call.reply, "Role.Arn"), "a");
    aws_call_release(&call);
    aws_call_action(&call, &aws_iam, "DeleteRole", NULL);
    assert_int_equal(aws_perform(aws, &call, 1, &err), 0);
    assert_true(json_is_object(call.reply));
    aws_call_release(&call);
    list = requests();
    assert_string_equal(request_header(list, 0, "x-amz-target"), "Logs_20140328.DescribeLogGroups");
    assert_string_equal(request_header(list, 0, "content-type"), "application/x-amz-json-1.1");
    assert_string_equal(request_string(list, 0, "body"), "{}");
    check_signature(list, 0, "logs", right_now());
    assert_string_equal(request_string(list, 1, "body"),
                        "Action=GetRole&Version=2010-05-08&RoleName=a%20b%26%C3%BC");
    assert_string_equal(request_string(list, 1, "method"), "POST");
    check_signature(list, 1, "iam", right_now());
    assert_non_null(strstr(request_header(list, 1, "authorization"), "/us-east-1/iam/"));
    json_decref(list);
    aws_free(aws);
}

static void keeps_the_path_of_an_endpoint(void **state)
{
    char *url = xasprintf("%s/aws/gateway/", endpoint);
    struct aws *aws = new_aws(url);
    struct aws_call call;
    struct err err = {0};
    json_t *list;

    (void)state;
    script("[{\"body\": \"{}\"}]");
    aws_call_rest(&call, &aws_scheduler, "GetSchedule", "GET", NULL, "/schedules/a?groupName=b");
    assert_int_equal(aws_perform(aws, &call, 1, &err), 0);
    aws_call_release(&call);
    list = requests();
    assert_string_equal(request_string(list, 0, "target"), "/aws/gateway/schedules/a?groupName=b");
    check_signature(list, 0, "scheduler", right_now());
    json_decref(list);
    aws_free(aws);
    free(url);
}

/* Performs GetFunction against the script; returns the call, to be released. */
static struct aws_call get_function(struct aws *aws, const char *accept, int expected,
                                    struct err *err)
{
    struct aws_call call;

    *err = (struct err){0};
    aws_call_rest(&call, &aws_lambda, "GetFunction", "GET", NULL, "/2015-03-31/functions/f");
    call.accept = accept;
    assert_int_equal(aws_perform(aws, &call, 1, err), expected);
    return call;
}

static void decodes_errors(void **state)
{
    static const struct {
        const char *step, *code, *message;
    } cases[] = {
        {"[{\"status\": 404, \"headers\": {\"x-amzn-ErrorType\": "
         "\"ResourceNotFoundException:http://x/\"},"
         "\"body\": \"{\\\"Message\\\": \\\"no f\\\"}\"}]",
         "ResourceNotFoundException", "no f"},
        {"[{\"status\": 400, \"body\": \"{\\\"__type\\\": "
         "\\\"com.amazon#InvalidParameterException\\\","
         "\\\"message\\\": \\\"bad\\\"}\"}]",
         "InvalidParameterException", "bad"},
        {"[{\"status\": 409, \"body\": "
         "\"<ErrorResponse><Error><Type>Sender</Type><Code>EntityAlreadyExists"
         "</Code><Message>there</Message></Error></ErrorResponse>\"}]",
         "EntityAlreadyExists", "there"},
        {"[{\"status\": 412, \"body\": \"<Error><Code>PreconditionFailed</Code></Error>\"}]",
         "PreconditionFailed", NULL},
        {"[{\"status\": 400, \"headers\": {\"x-amzn-errortype\": \"Odd\"}}]", "Odd", NULL},
    };
    struct aws *aws = new_aws(endpoint);

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct aws_call call;
        struct err err;
        char *start;

        script(cases[i].step);
        call = get_function(aws, NULL, -1, &err);
        assert_string_equal(call.code, cases[i].code);
        if (cases[i].message)
            assert_string_equal(call.message, cases[i].message);
        else
            assert_null(call.message);
        assert_true(aws_failed_with(&call, cases[i].code));
        assert_int_equal(err.code, ERR_SERVICE);
        start = xasprintf("cannot GetFunction: %s: %s", cases[i].code,
                          cases[i].message ? cases[i].message : "HTTP status");
        assert_memory_equal(err.message, start, strlen(start));
        free(start);
        aws_call_release(&call);
        /* The same as an answer. */
        call = get_function(aws,
                            "Other ResourceNotFoundException InvalidParameterException "
                            "EntityAlreadyExists PreconditionFailed Odd",
                            0, &err);
        assert_string_equal(call.code, cases[i].code);
        aws_call_release(&call);
    }
    aws_free(aws);
}

static void says_what_to_do_about_credentials(void **state)
{
    static const char *const cases[][2] = {
        {"ExpiredTokenException", "the session has ended: sign in again"},
        {"UnrecognizedClientException", "AWS does not know these keys"},
        {"InvalidSignatureException", "check the secret access key"},
        {"AccessDeniedException", "lacks the permission"},
        {"MissingAuthenticationTokenException", "check the endpoint and the credentials"},
    };
    struct aws *aws = new_aws(endpoint);

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char *step = xasprintf("[{\"status\": 403, \"body\": \"{\\\"__type\\\": \\\"%s\\\", "
                               "\\\"message\\\": \\\"why \\\\u001b[2J\\\"}\"}]",
                               cases[i][0]);
        struct aws_call call;
        struct err err;

        script(step);
        call = get_function(aws, NULL, -1, &err);
        assert_int_equal(err.code, ERR_CREDENTIALS);
        assert_non_null(strstr(err.message, cases[i][0]));
        assert_non_null(strstr(err.message, cases[i][1]));
        assert_non_null(strstr(err.message, "the credentials are from the given keys"));
        assert_null(strchr(err.message, '\x1b'));
        aws_call_release(&call);
        free(step);
    }
    aws_free(aws);
}

static void tells_answers_that_are_not_awss(void **state)
{
    struct aws *aws = new_aws(endpoint);
    struct aws_call call;
    struct err err;

    (void)state;
    script("[{\"status\": 200, \"body\": \"<html><p>Welcome</html>\"}]");
    call = get_function(aws, NULL, -1, &err);
    assert_int_equal(err.code, ERR_SERVICE);
    assert_non_null(strstr(err.message, "answered 200, but not as AWS does"));
    assert_non_null(strstr(err.message, endpoint));
    aws_call_release(&call);
    script("[{\"status\": 301, \"body\": \"\", \"headers\": {\"Location\": \"/elsewhere\"}}]");
    call = get_function(aws, NULL, -1, &err);
    assert_int_equal(call.attempts, 1);
    assert_non_null(strstr(err.message, "answered HTTP status 301 without an AWS error"));
    aws_call_release(&call);
    aws_call_action(&call, &aws_iam, "GetRole", NULL);
    script("[{\"status\": 200, \"body\": \"{}\"}]");
    assert_int_equal(aws_perform(aws, &call, 1, &err), -1);
    assert_non_null(strstr(err.message, "not as AWS does: bad XML in line 1"));
    aws_call_release(&call);
    /* Nothing at all is an answer: 204 and the like. */
    script("[{\"status\": 204}]");
    call = get_function(aws, NULL, 0, &err);
    assert_null(call.reply);
    aws_call_release(&call);
    aws_free(aws);
}

static void passes_a_payload_through(void **state)
{
    struct aws *aws = new_aws(endpoint);
    struct aws_call call;
    struct err err = {0};
    json_t *list;

    (void)state;
    script("[{\"status\": 200, \"body\": \"not json {\"}]");
    aws_call_rest(&call, &aws_lambda, "Invoke", "POST", NULL,
                  "/2015-03-31/functions/f/invocations");
    call.raw = xstrdup("[1, 2]");
    call.raw_len = 6;
    call.once = true;
    call.timeout = -1;
    strlist_add(&call.headers, "X-Amz-Log-Type: Tail");
    assert_int_equal(aws_perform(aws, &call, 1, &err), 0);
    assert_null(call.reply);
    assert_string_equal(buf_string(&call.bytes), "not json {");
    aws_call_release(&call);
    list = requests();
    assert_string_equal(request_string(list, 0, "body"), "[1, 2]");
    assert_string_equal(request_header(list, 0, "x-amz-log-type"), "Tail");
    assert_string_equal(request_header(list, 0, "amz-sdk-request"), "attempt=1; max=1");
    check_signature(list, 0, "lambda", right_now());
    json_decref(list);
    aws_free(aws);
}

static void tries_again_when_throttled(void **state)
{
    struct aws *aws = new_aws(endpoint);
    struct aws_call call;
    struct err err;
    json_t *list;

    (void)state;
    script("[{\"status\": 400, \"body\": \"{\\\"__type\\\": \\\"ThrottlingException\\\"}\"},"
           "{\"status\": 500, \"body\": \"\"}, {\"status\": 200, \"body\": \"{}\"}]");
    call = get_function(aws, NULL, 0, &err);
    assert_int_equal(call.attempts, 3);
    aws_call_release(&call);
    list = requests();
    assert_int_equal(json_array_size(list), 3);
    assert_string_equal(request_header(list, 2, "amz-sdk-request"), "attempt=3; max=3");
    assert_string_equal(request_header(list, 0, "amz-sdk-invocation-id"),
                        request_header(list, 2, "amz-sdk-invocation-id"));
    check_signature(list, 2, "lambda", right_now());
    json_decref(list);
    /* An error that lasts is told. */
    script("[{\"status\": 503, \"body\": \"{\\\"message\\\": \\\"Service Unavailable\\\"}\"}]");
    call = get_function(aws, NULL, -1, &err);
    assert_int_equal(call.attempts, 3);
    assert_int_equal(err.code, ERR_SERVICE);
    aws_call_release(&call);
    aws_free(aws);
}

static void decides_what_to_try_again(void **state)
{
    (void)state;
    assert_int_equal(aws_error_verdict(404, "NoSuchEntity"), HTTP_DONE);
    assert_int_equal(aws_error_verdict(409, "ResourceConflictException"), HTTP_DONE);
    assert_int_equal(aws_error_verdict(409, "LimitExceeded"), HTTP_DONE);
    assert_int_equal(aws_error_verdict(429, NULL), HTTP_THROTTLED);
    assert_int_equal(aws_error_verdict(502, "EC2ThrottledException"), HTTP_THROTTLED);
    assert_int_equal(aws_error_verdict(502, "InvalidZipFileException"), HTTP_DONE);
    assert_int_equal(aws_error_verdict(501, NULL), HTTP_DONE);
    assert_int_equal(aws_error_verdict(504, NULL), HTTP_TRANSIENT);
    assert_int_equal(aws_error_verdict(400, "RequestTimeout"), HTTP_TRANSIENT);
}

static void corrects_its_clock(void **state)
{
    static const char *const codes[] = {"InvalidSignatureException", "RequestTimeTooSkewed"};

    (void)state;
    for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
        struct aws *aws = new_aws(endpoint);
        struct aws_call call;
        struct err err;
        json_t *list;
        char *step, date[CLOCK_RFC3339_LEN];

        clock_error = i == 0 ? 3 * HOUR : -2 * HOUR;
        clock_format_rfc3339(right_now(), date);
        step = xasprintf("[{\"status\": 403, \"headers\": {\"Date\": \"%s\"},"
                         "\"body\": \"{\\\"__type\\\": \\\"%s\\\", \\\"message\\\": \\\"Signature "
                         "expired\\\"}\"}, {\"body\": \"{}\"}]",
                         date, codes[i]);
        script(step);
        call = get_function(aws, NULL, 0, &err);
        assert_int_equal(call.attempts, 2);
        aws_call_release(&call);
        /* The next call is right at once. */
        call = get_function(aws, NULL, 0, &err);
        assert_int_equal(call.attempts, 1);
        aws_call_release(&call);
        list = requests();
        assert_int_equal(json_array_size(list), 3);
        check_signature(list, 0, "lambda", right_now() + clock_error);
        check_signature(list, 1, "lambda", right_now());
        check_signature(list, 2, "lambda", right_now());
        json_decref(list);
        free(step);
        aws_free(aws);
    }
    clock_error = 0;
}

static void leaves_a_right_clock_alone(void **state)
{
    struct aws *aws = new_aws(endpoint);
    struct aws_call call;
    struct err err;
    char *step, date[CLOCK_RFC3339_LEN];

    (void)state;
    clock_format_rfc3339(right_now(), date);
    step = xasprintf("[{\"status\": 403, \"headers\": {\"Date\": \"%s\"},"
                     "\"body\": \"{\\\"__type\\\": \\\"InvalidSignatureException\\\"}\"}]",
                     date);
    script(step);
    call = get_function(aws, NULL, -1, &err);
    assert_int_equal(call.attempts, 1);
    assert_int_equal(err.code, ERR_CREDENTIALS);
    aws_call_release(&call);
    free(step);
    aws_free(aws);
}

static void performs_many_calls(void **state)
{
    struct aws *aws = new_aws(endpoint);
    struct aws_call calls[10];
    struct err err = {0};

    (void)state;
    script("[{\"status\": 404, \"headers\": {\"x-amzn-errortype\": \"ResourceNotFoundException\"}},"
           "{\"body\": \"{}\"}]");
    for (int i = 0; i < 10; i++)
        aws_call_rest(&calls[i], &aws_lambda, "GetFunction", "GET", NULL, "/f/%d", i);
    assert_int_equal(aws_perform(aws, calls, 10, &err), -1);
    assert_non_null(strstr(err.message, "ResourceNotFoundException"));
    for (int i = 0; i < 10; i++) {
        assert_true(calls[i].status == 200 || calls[i].status == 404);
        calls[i].accept = "ResourceNotFoundException";
    }
    /* The same calls once more. */
    assert_int_equal(aws_perform(aws, calls, 10, &err), 0);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(calls[i].status, 200);
        assert_null(calls[i].code);
        aws_call_release(&calls[i]);
    }
    aws_free(aws);
}

static void wants_a_region_and_an_address(void **state)
{
    static const char *const urls[] = {"127.0.0.1:4566", "http://",          "ftp://x",
                                       "http://a?b",     "http://user@host", "http://a b"};
    struct aws_options options = {.clock = clock_system()};
    struct aws *aws;
    struct err err = {0};

    (void)state;
    assert_null(aws_new(&options, &err));
    assert_int_equal(err.code, ERR_USAGE);
    assert_non_null(strstr(err.message, "no AWS region: give one with --region"));
    options.region = "Nowhere!";
    assert_null(aws_new(&options, &err));
    assert_int_equal(err.code, ERR_USAGE);
    for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++) {
        struct aws_call call;

        aws = new_aws(urls[i]);
        call = get_function(aws, NULL, -1, &err);
        assert_int_equal(err.code, ERR_USAGE);
        assert_non_null(strstr(err.message, "is no endpoint URL"));
        aws_call_release(&call);
        aws_free(aws);
    }
}

static void looks_for_credentials_when_it_calls(void **state)
{
    struct aws_options options = {
        .clock = clock_system(), .region = "eu-west-1", .endpoint_url = endpoint};
    struct err err = {0};
    struct aws *aws = aws_new(&options, &err);
    struct aws_call call;

    (void)state;
    assert_non_null(aws);
    call = get_function(aws, NULL, -1, &err);
    assert_int_equal(err.code, ERR_CREDENTIALS);
    assert_non_null(strstr(err.message, "no AWS credentials"));
    aws_call_release(&call);
    aws_free(aws);
}

static void knows_partitions(void **state)
{
    static const char *const cases[][2] = {
        {"eu-central-1", "aws"},         {"cn-north-1", "aws-cn"},
        {"us-gov-west-1", "aws-us-gov"}, {"us-iso-east-1", "aws-iso"},
        {"us-isob-east-1", "aws-iso-b"}, {"eusc-de-east-1", "aws-eusc"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct aws_options options = {.clock = clock_system(), .region = cases[i][0]};
        struct err err;
        struct aws *aws = aws_new(&options, &err);

        assert_string_equal(aws_partition(aws), cases[i][1]);
        assert_string_equal(aws_region(aws), cases[i][0]);
        aws_free(aws);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_rest_json),
        cmocka_unit_test(calls_json_and_query),
        cmocka_unit_test(keeps_the_path_of_an_endpoint),
        cmocka_unit_test(decodes_errors),
        cmocka_unit_test(says_what_to_do_about_credentials),
        cmocka_unit_test(tells_answers_that_are_not_awss),
        cmocka_unit_test(passes_a_payload_through),
        cmocka_unit_test(tries_again_when_throttled),
        cmocka_unit_test(decides_what_to_try_again),
        cmocka_unit_test(corrects_its_clock),
        cmocka_unit_test(leaves_a_right_clock_alone),
        cmocka_unit_test(performs_many_calls),
        cmocka_unit_test(wants_a_region_and_an_address),
        cmocka_unit_test(looks_for_credentials_when_it_calls),
        cmocka_unit_test(knows_partitions),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
