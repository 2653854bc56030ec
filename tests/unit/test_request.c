#include "core/json.h"
#include "tests/unit/aws_client.h"

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
    static const char *const urls[] = {"127.0.0.1:4566", "http://", "ftp://x", "http://a?b",
                                       "http://a b"};
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
    aws = new_aws("http://user:word@host");
    struct aws_call call = get_function(aws, NULL, -1, &err);
    assert_int_equal(err.code, ERR_USAGE);
    assert_non_null(strstr(err.message, "may hold no user and password"));
    assert_null(strstr(err.message, "word@"));
    aws_call_release(&call);
    aws_free(aws);
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
        cmocka_unit_test(passes_a_payload_through),
        cmocka_unit_test(performs_many_calls),
        cmocka_unit_test(wants_a_region_and_an_address),
        cmocka_unit_test(looks_for_credentials_when_it_calls),
        cmocka_unit_test(knows_partitions),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
