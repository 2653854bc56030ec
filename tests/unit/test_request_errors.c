#include "providers/aws/wire/errors.h"
#include "tests/unit/aws_client.h"

#define HOUR (60 * 60 * 1000)

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes_errors),
        cmocka_unit_test(says_what_to_do_about_credentials),
        cmocka_unit_test(tells_answers_that_are_not_awss),
        cmocka_unit_test(tries_again_when_throttled),
        cmocka_unit_test(decides_what_to_try_again),
        cmocka_unit_test(corrects_its_clock),
        cmocka_unit_test(leaves_a_right_clock_alone),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
