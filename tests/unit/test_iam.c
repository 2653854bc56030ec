/* Policy documents of roles, and configurations: what is built without asking anybody. */
#include "providers/aws/function/configuration.h"
#include "providers/aws/iam.h"

// clang-format off
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <string.h>

#define GROUP "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/w-dev-api"
#define STATEMENTS_START                                                                           \
    "{\"Statement\":[{\"Action\":[\"logs:CreateLogStream\","                                       \
    "\"logs:PutLogEvents\"],\"Effect\":\"Allow\",\"Resource\":\"" GROUP ":*\"}"
#define STATEMENTS_END "],\"Version\":\"2012-10-17\"}"

static void expect_policy(const struct function *function, const char *expected)
{
    struct err err = {0};
    json_t *policy = iam_function_policy(function, GROUP, &err);
    char *text = json_canonical(policy);

    assert_string_equal(text, expected);
    free(text);
    json_decref(policy);
}

static void grants_its_own_logs_and_nothing_else(void **state)
{
    const struct function function = {.name = "api", .tracing = "pass-through"};

    (void)state;
    expect_policy(&function, STATEMENTS_START STATEMENTS_END);
}

static void grants_what_is_asked_for(void **state)
{
    const char *permissions[] = {"s3:GetObject,s3:PutObject arn:aws:s3:::bucket/*"};
    const struct function function = {.name = "api",
                                      .permissions = {permissions, 1},
                                      .dead_letter = "arn:aws:sns:eu-central-1:1:topic",
                                      .tracing = "active"};

    (void)state;
    expect_policy(&function, STATEMENTS_START
                  ",{\"Action\":[\"xray:PutTraceSegments\",\"xray:PutTelemetryRecords\"],"
                  "\"Effect\":\"Allow\",\"Resource\":\"*\"}"
                  ",{\"Action\":[\"sns:Publish\"],\"Effect\":\"Allow\","
                  "\"Resource\":\"arn:aws:sns:eu-central-1:1:topic\"}"
                  ",{\"Action\":[\"s3:GetObject\",\"s3:PutObject\"],\"Effect\":\"Allow\","
                  "\"Resource\":\"arn:aws:s3:::bucket/*\"}" STATEMENTS_END);
}

static void grants_what_a_network_needs(void **state)
{
    const char *subnets[] = {"subnet-1"};
    const struct function function = {.name = "api", .vpc = {.subnets = {subnets, 1}}};
    struct err err = {0};
    json_t *policy = iam_function_policy(&function, GROUP, &err);
    char *text = json_canonical(policy);

    (void)state;
    assert_non_null(strstr(text, "ec2:CreateNetworkInterface"));
    free(text);
    json_decref(policy);
}

static void refuses_a_permission_without_resource(void **state)
{
    const char *const wrong[] = {"s3:GetObject", "GetObject arn:aws:s3:::x", "s3:GetObject  "};

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        const char *permissions[] = {wrong[i]};
        const struct function function = {.name = "api", .permissions = {permissions, 1}};
        struct err err = {0};

        assert_null(iam_function_policy(&function, GROUP, &err));
        assert_int_equal(err.code, ERR_SETTINGS);
        assert_non_null(strstr(err.message, "function 'api'"));
        assert_non_null(strstr(err.message, "SERVICE:ACTION RESOURCE"));
    }
}

static void trusts_one_service(void **state)
{
    json_t *trust = iam_trust("scheduler.amazonaws.com", "123456789012");
    char *text = json_canonical(trust);

    (void)state;
    assert_string_equal(
        text, "{\"Statement\":[{\"Action\":\"sts:AssumeRole\",\"Condition\":{\"StringEquals\":"
              "{\"aws:SourceAccount\":\"123456789012\"}},\"Effect\":\"Allow\",\"Principal\":"
              "{\"Service\":\"scheduler.amazonaws.com\"}}],\"Version\":\"2012-10-17\"}");
    free(text);
    json_decref(trust);
}

static void decodes_documents(void **state)
{
    json_t *document = iam_decode("%7B%22a%22%3A%22x%20y%2bz%22%7D");

    (void)state;
    assert_string_equal(json_string_at(document, "a"), "x y+z");
    json_decref(document);
    assert_null(iam_decode("%7B%2"));
    assert_null(iam_decode("%"));
    assert_null(iam_decode(""));
}

static const struct function plain = {.name = "api",
                                      .runtime = "python3.13",
                                      .architecture = "x86_64",
                                      .memory = 256,
                                      .timeout = 30,
                                      .ephemeral_storage = 512,
                                      .tracing = "pass-through",
                                      .log_format = "text"};

/* What Lambda says of a function that was created from `plain`, and leaves out. */
#define REPLY                                                                                      \
    "{\"Role\": \"r\", \"Handler\": \"h\", \"Runtime\": \"python3.13\", \"Timeout\": 30,"          \
    "\"MemorySize\": 256, \"VpcConfig\": null, \"CodeSha256\": \"x\", \"Layers\": null}"

static void finds_no_difference_in_defaults(void **state)
{
    json_t *reply = json_loads(REPLY, 0, NULL);
    json_t *found = configuration_found(reply, &plain);
    json_t *wanted = configuration_wanted(&plain, "r", "h", NULL);
    json_t *difference = configuration_difference(found, wanted);

    (void)state;
    assert_int_equal(json_object_size(difference), 0);
    json_decref(reply);
    json_decref(found);
    json_decref(wanted);
    json_decref(difference);
}

static void ignores_the_order_of_subnets(void **state)
{
    const char *subnets[] = {"subnet-2", "subnet-1"};
    struct function function = plain;
    json_t *reply = json_loads("{\"VpcConfig\": {\"SubnetIds\": [\"subnet-1\", \"subnet-2\"],"
                               "\"SecurityGroupIds\": [], \"VpcId\": \"vpc-1\"}}",
                               0, NULL);
    json_t *found = configuration_found(reply, &plain);
    json_t *wanted;

    (void)state;
    function.vpc.subnets = (struct strings){subnets, 2};
    wanted = configuration_wanted(&function, "r", "h", NULL);
    assert_true(
        json_equal(json_object_get(found, "VpcConfig"), json_object_get(wanted, "VpcConfig")));
    json_decref(reply);
    json_decref(found);
    json_decref(wanted);
}

static void masks_what_looks_secret(void **state)
{
    struct function function = plain;
    struct changes changes;
    struct change *change;
    json_t *wanted;
    json_t *json;
    char *text;

    (void)state;
    function.environment = json_pack("{s:s, s:s, s:s, s:s}", "COLOUR", "red", "API_KEY", "hidden1",
                                     "db_password", "hidden2", "Token", "hidden3");
    wanted = configuration_wanted(&function, "r", "h", NULL);
    changes_init(&changes, false);
    change = changes_add(&changes, CHANGE_CREATE, "function", "f");
    configuration_fields(&changes, change, &function, NULL, wanted);
    json = changes_json(&changes);
    text = json_dumps(json, 0);
    assert_null(strstr(text, "hidden"));
    assert_non_null(strstr(text, "Environment.API_KEY"));
    assert_non_null(strstr(text, "red"));
    free(text);
    json_decref(json);
    json_decref(wanted);
    json_decref(function.environment);
    changes_release(&changes);
}

static void fingerprint_follows_code_and_configuration(void **state)
{
    json_t *reply = json_loads(REPLY, 0, NULL);
    char *first = configuration_fingerprint(reply, &plain);
    char *second;

    (void)state;
    json_object_set_new(reply, "LastModified", json_string("later"));
    second = configuration_fingerprint(reply, &plain);
    assert_string_equal(first, second);
    free(second);
    json_object_set_new(reply, "CodeSha256", json_string("y"));
    second = configuration_fingerprint(reply, &plain);
    assert_string_not_equal(first, second);
    free(first);
    first = second;
    json_object_set_new(reply, "MemorySize", json_integer(512));
    second = configuration_fingerprint(reply, &plain);
    assert_string_not_equal(first, second);
    free(first);
    free(second);
    json_decref(reply);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grants_its_own_logs_and_nothing_else),
        cmocka_unit_test(grants_what_is_asked_for),
        cmocka_unit_test(grants_what_a_network_needs),
        cmocka_unit_test(refuses_a_permission_without_resource),
        cmocka_unit_test(trusts_one_service),
        cmocka_unit_test(decodes_documents),
        cmocka_unit_test(finds_no_difference_in_defaults),
        cmocka_unit_test(ignores_the_order_of_subnets),
        cmocka_unit_test(masks_what_looks_secret),
        cmocka_unit_test(fingerprint_follows_code_and_configuration),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
