#include "core/memory.h"
#include "providers/aws/wire/endpoints.h"

// clang-format off
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct aws_service *const services[] = {
    &aws_lambda,     &aws_iam, &aws_sts,      &aws_logs, &aws_apigateway,     &aws_scheduler,
    &aws_s3,         &aws_sso, &aws_sso_oidc, &aws_ssm,  &aws_secretsmanager, &aws_cloudformation,
    &aws_cloudwatch, &aws_sqs, &aws_dynamodb,
};

static int clear(void **state)
{
    (void)state;
    unsetenv("AWS_ENDPOINT_URL");
    unsetenv("AWS_USE_FIPS_ENDPOINT");
    unsetenv("AWS_USE_DUALSTACK_ENDPOINT");
    unsetenv("AWS_STS_REGIONAL_ENDPOINTS");
    return 0;
}

static const struct aws_service *find_service(const char *id)
{
    for (size_t i = 0; i < sizeof(services) / sizeof(*services); i++)
        if (strcmp(services[i]->id, id) == 0)
            return services[i];
    fail_msg("no service '%s'", id);
    return NULL;
}

static void expect(const struct aws_service *service, const char *region, const char *url,
                   const char *signing)
{
    struct aws_config *config = aws_config_none();
    struct endpoint endpoint;
    struct err err = {0};

    assert_int_equal(endpoint_find(&endpoint, service, config, NULL, NULL, region, &err), 0);
    assert_string_equal(endpoint.url, url);
    assert_string_equal(endpoint.host, url + strlen("https://"));
    assert_string_equal(endpoint.region, signing);
    assert_false(endpoint.configured);
    endpoint_release(&endpoint);
    aws_config_free(config);
}

/* Every service, partition and kind, as botocore's rule sets have it. */
static void agrees_with_the_rule_sets(void **state)
{
    FILE *file = fopen("tests/golden/endpoints.txt", "r");
    char id[32], region[32], url[128], signing[32];
    int fips, dual, lines = 0;

    (void)state;
    assert_non_null(file);
    while (fscanf(file, "%31s %31s %d %d %127s %31s", id, region, &fips, &dual, url, signing) ==
           6) {
        setenv("AWS_USE_FIPS_ENDPOINT", fips ? "true" : "false", 1);
        setenv("AWS_USE_DUALSTACK_ENDPOINT", dual ? "True" : "", 1);
        expect(find_service(id), region, url, signing);
        lines++;
    }
    fclose(file);
    assert_true(lines > 300);
}

static void knows_the_partitions(void **state)
{
    static const char *const regions[][2] = {
        {"eu-west-1", "aws"},         {"us-gov-east-1", "aws-us-gov"},
        {"cn-north-1", "aws-cn"},     {"eusc-de-east-1", "aws-eusc"},
        {"us-iso-west-1", "aws-iso"}, {"us-isob-east-1", "aws-iso-b"},
        {"mx-central-1", "aws"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(regions) / sizeof(*regions); i++)
        assert_string_equal(endpoint_partition(regions[i][0]), regions[i][1]);
}

static void reaches_the_old_address_of_sts_when_told_to(void **state)
{
    (void)state;
    setenv("AWS_STS_REGIONAL_ENDPOINTS", "legacy", 1);
    expect(&aws_sts, "eu-west-1", "https://sts.amazonaws.com", "us-east-1");
    expect(&aws_sts, "af-south-1", "https://sts.af-south-1.amazonaws.com", "af-south-1");
    expect(&aws_lambda, "eu-west-1", "https://lambda.eu-west-1.amazonaws.com", "eu-west-1");
    expect(&aws_logs_stream, "eu-west-1", "https://stream-logs.eu-west-1.amazonaws.com",
           "eu-west-1");
    setenv("AWS_USE_FIPS_ENDPOINT", "true", 1);
    expect(&aws_sts, "us-east-1", "https://sts-fips.us-east-1.amazonaws.com", "us-east-1");
    unsetenv("AWS_USE_FIPS_ENDPOINT");
    setenv("AWS_STS_REGIONAL_ENDPOINTS", "regional", 1);
    expect(&aws_sts, "eu-west-1", "https://sts.eu-west-1.amazonaws.com", "eu-west-1");
}

#define TEST(function) cmocka_unit_test_setup(function, clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(agrees_with_the_rule_sets),
        TEST(knows_the_partitions),
        TEST(reaches_the_old_address_of_sts_when_told_to),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
