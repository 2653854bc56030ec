#include "providers/aws/wire/endpoints.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_REGION = 40 };

const struct aws_service aws_lambda = {
    .id = "LAMBDA", .prefix = "lambda", .signing = "lambda", .protocol = AWS_REST_JSON};
const struct aws_service aws_iam = {.id = "IAM",
                                    .prefix = "iam",
                                    .signing = "iam",
                                    .protocol = AWS_QUERY,
                                    .version = "2010-05-08",
                                    .global = true};
const struct aws_service aws_sts = {.id = "STS",
                                    .prefix = "sts",
                                    .signing = "sts",
                                    .protocol = AWS_QUERY,
                                    .version = "2011-06-15",
                                    .gov_fips = true};
const struct aws_service aws_logs = {.id = "CLOUDWATCH_LOGS",
                                     .prefix = "logs",
                                     .signing = "logs",
                                     .protocol = AWS_JSON,
                                     .target = "Logs_20140328",
                                     .version = "1.1",
                                     .gov_fips = true};
/* The models' host prefix of StartLiveTail since April 2026. */
const struct aws_service aws_logs_stream = {.id = "CLOUDWATCH_LOGS",
                                            .prefix = "stream-logs",
                                            .signing = "logs",
                                            .protocol = AWS_JSON,
                                            .target = "Logs_20140328",
                                            .version = "1.1",
                                            .gov_fips = true};
/* The model names three protocols; this one is JSON, as its target tells. */
const struct aws_service aws_cloudwatch = {.id = "CLOUDWATCH",
                                           .prefix = "monitoring",
                                           .signing = "monitoring",
                                           .protocol = AWS_JSON,
                                           .target = "GraniteServiceVersion20100801",
                                           .version = "1.0",
                                           .gov_fips = true,
                                           .gov_fips_dual = true};
const struct aws_service aws_apigateway = {.id = "APIGATEWAYV2",
                                           .prefix = "apigateway",
                                           .signing = "apigateway",
                                           .protocol = AWS_REST_JSON};
const struct aws_service aws_acm = {.id = "ACM",
                                    .prefix = "acm",
                                    .signing = "acm",
                                    .protocol = AWS_JSON,
                                    .target = "CertificateManager",
                                    .version = "1.1"};
const struct aws_service aws_route53 = {.id = "ROUTE_53",
                                        .prefix = "route53",
                                        .signing = "route53",
                                        .protocol = AWS_REST_XML,
                                        .global = true};
const struct aws_service aws_scheduler = {
    .id = "SCHEDULER", .prefix = "scheduler", .signing = "scheduler", .protocol = AWS_REST_JSON};
const struct aws_service aws_s3 = {
    .id = "S3", .prefix = "s3", .signing = "s3", .protocol = AWS_REST_XML, .old_dual = true};
const struct aws_service aws_sqs = {.id = "SQS",
                                    .prefix = "sqs",
                                    .signing = "sqs",
                                    .protocol = AWS_JSON,
                                    .target = "AmazonSQS",
                                    .version = "1.0",
                                    .gov_fips = true};
const struct aws_service aws_dynamodb = {.id = "DYNAMODB",
                                         .prefix = "dynamodb",
                                         .signing = "dynamodb",
                                         .protocol = AWS_JSON,
                                         .target = "DynamoDB_20120810",
                                         .version = "1.0",
                                         .gov_fips = true};
const struct aws_service aws_sso = {.id = "SSO",
                                    .prefix = "portal.sso",
                                    .signing = "awsssoportal",
                                    .protocol = AWS_REST_JSON,
                                    .gov_fips = true};
const struct aws_service aws_sso_oidc = {.id = "SSO_OIDC",
                                         .prefix = "oidc",
                                         .signing = "sso-oauth",
                                         .protocol = AWS_REST_JSON,
                                         .gov_fips = true};
const struct aws_service aws_ssm = {.id = "SSM",
                                    .prefix = "ssm",
                                    .signing = "ssm",
                                    .protocol = AWS_JSON,
                                    .target = "AmazonSSM",
                                    .version = "1.1",
                                    .gov_fips = true};
const struct aws_service aws_secretsmanager = {.id = "SECRETS_MANAGER",
                                               .prefix = "secretsmanager",
                                               .signing = "secretsmanager",
                                               .protocol = AWS_JSON,
                                               .target = "secretsmanager",
                                               .version = "1.1",
                                               .plain_dual = true};
const struct aws_service aws_cloudformation = {.id = "CLOUDFORMATION",
                                               .prefix = "cloudformation",
                                               .signing = "cloudformation",
                                               .protocol = AWS_QUERY,
                                               .version = "2010-05-15",
                                               .gov_fips = true};

/*
 * The partitions, by how their regions start; the last one takes the rest. A
 * global service has one host and is signed for one region; what stands in that
 * host between the service and the suffix differs. From botocore's rule sets.
 */
static const struct partition {
    const char *start;
    const char *name;
    const char *suffix, *dual_suffix;
    const char *global_region;
    const char *global, *global_fips, *global_dual;
} partitions[] = {
    {"cn-", "aws-cn", "amazonaws.com.cn", "api.amazonwebservices.com.cn", "cn-north-1",
     "cn-north-1.", "", "global."},
    {"us-gov-", "aws-us-gov", "amazonaws.com", "api.aws", "us-gov-west-1", "us-gov.", "us-gov.",
     "us-gov."},
    {"us-iso-", "aws-iso", "c2s.ic.gov", "api.aws.ic.gov", "us-iso-east-1", "us-iso-east-1.",
     "us-iso-east-1.", ""},
    {"us-isob-", "aws-iso-b", "sc2s.sgov.gov", "api.aws.scloud", "us-isob-east-1",
     "us-isob-east-1.", "us-isob-east-1.", ""},
    {"us-isof-", "aws-iso-f", "csp.hci.ic.gov", "api.aws.hci.ic.gov", "us-isof-south-1",
     "us-isof-south-1.", "", ""},
    {"eu-isoe-", "aws-iso-e", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk", "eu-isoe-west-1",
     "eu-isoe-west-1.", "", ""},
    {"eusc-", "aws-eusc", "amazonaws.eu", "api.amazonwebservices.eu", "eusc-de-east-1",
     "eusc-de-east-1.", "", ""},
    {"", "aws", "amazonaws.com", "api.aws", "us-east-1", "", "", "global."},
};

/* The regions whose STS was once sts.amazonaws.com, and is with sts_regional_endpoints = legacy:
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-sts-regionalized-endpoints.html */
static const char *const legacy_sts[] = {
    "ap-northeast-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1",
    "eu-central-1",   "eu-north-1", "eu-west-1",      "eu-west-2",      "eu-west-3",
    "sa-east-1",      "us-east-1",  "us-east-2",      "us-west-1",      "us-west-2",
};

static const struct partition *find_partition(const char *region)
{
    const struct partition *partition = partitions;

    while (strncmp(region, partition->start, strlen(partition->start)) != 0)
        partition++;
    return partition;
}

const char *endpoint_partition(const char *region)
{
    return find_partition(region)->name;
}

int endpoint_check_region(const char *region, struct err *err)
{
    size_t len = strspn(region, "abcdefghijklmnopqrstuvwxyz0123456789-");

    if (len == 0 || region[len] || len > MAX_REGION)
        return err_set(err, ERR_USAGE, "'%s' is no AWS region; a region is like 'eu-central-1'",
                       region);
    return 0;
}

/* Takes a configured address apart: host, and the path in front of every request's. */
static int parse_configured(struct endpoint *endpoint, const char *url, struct err *err)
{
    size_t scheme = strncmp(url, "https://", 8) == 0 ? 8 : strncmp(url, "http://", 7) == 0 ? 7 : 0;
    const char *host = url + scheme;
    size_t host_len = strcspn(host, "/?#");
    size_t len = strlen(url);

    /* What stands there may be a password: it is not repeated. */
    if (strchr(url, '@'))
        return err_set(err, ERR_USAGE,
                       "an endpoint URL may hold no user and password ('@'); credentials come from "
                       "the environment or a profile");
    if (!scheme || !host_len || strpbrk(url, "?# \t\r\n"))
        return err_set(err, ERR_USAGE,
                       "'%s' is no endpoint URL; one is like http://127.0.0.1:4566 "
                       "(see --endpoint-url, AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_<SERVICE> and "
                       "endpoint_url in the AWS config file)",
                       url);
    while (len > scheme + host_len && url[len - 1] == '/')
        len--;
    endpoint->url = xstrndup(url, len);
    endpoint->host = xstrndup(host, host_len);
    endpoint->path = xstrndup(host + host_len, len - scheme - host_len);
    return 0;
}

/* The partitions whose names of hosts are those of before dual-stack hosts. */
static bool is_old(const struct partition *partition)
{
    static const char *const names[] = {"aws", "aws-cn", "aws-us-gov"};

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (strcmp(partition->name, names[i]) == 0)
            return true;
    return false;
}

/* The name of AWS's own host. */
static char *make_host(const struct aws_service *service, const struct partition *partition,
                       const char *region, bool fips, bool dual)
{
    bool plain = service->old_dual || (service->plain_dual && is_old(partition));
    const char *suffix = dual && !plain ? partition->dual_suffix : partition->suffix;
    bool gov = strcmp(partition->name, "aws-us-gov") == 0;
    /* In GovCloud many plain names are FIPS's. */
    bool marked =
        fips && !(gov && (service->global || (dual ? service->gov_fips_dual : service->gov_fips)));
    const char *mark = marked ? "-fips" : "";

    if (service->global)
        return xasprintf("%s%s.%s%s", service->prefix, mark,
                         dual   ? partition->global_dual
                         : fips ? partition->global_fips
                                : partition->global,
                         suffix);
    return xasprintf("%s%s.%s%s.%s", service->prefix, mark,
                     dual && service->old_dual ? "dualstack." : "", region, suffix);
}

static bool is_legacy_sts(const struct aws_service *service, const struct aws_config *config,
                          const char *profile, const char *region)
{
    const char *kind = aws_config_variable(config, profile, "AWS_STS_REGIONAL_ENDPOINTS",
                                           "sts_regional_endpoints");

    if (service != &aws_sts || !kind || strcmp(kind, "legacy") != 0)
        return false;
    for (size_t i = 0; i < sizeof(legacy_sts) / sizeof(*legacy_sts); i++)
        if (strcmp(region, legacy_sts[i]) == 0)
            return true;
    return false;
}

/* Fills in AWS's own address. */
static void find_own(struct endpoint *endpoint, const struct aws_service *service,
                     const struct aws_config *config, const char *profile, const char *region)
{
    const struct partition *partition = find_partition(region);
    bool fips = aws_config_flag(config, profile, "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint");
    bool dual =
        aws_config_flag(config, profile, "AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint");

    if (!fips && !dual && is_legacy_sts(service, config, profile, region)) {
        endpoint->host = xstrdup("sts.amazonaws.com");
        endpoint->region = xstrdup("us-east-1");
    } else {
        endpoint->host = make_host(service, partition, region, fips, dual);
        endpoint->region = xstrdup(service->global ? partition->global_region : region);
    }
    endpoint->url = xasprintf("https://%s", endpoint->host);
    endpoint->path = xstrdup("");
}

int endpoint_find(struct endpoint *endpoint, const struct aws_service *service,
                  const struct aws_config *config, const char *given, const char *profile,
                  const char *region, struct err *err)
{
    const char *configured = aws_config_endpoint(config, given, service->id, profile);

    *endpoint = (struct endpoint){.configured = configured != NULL};
    if (!configured) {
        find_own(endpoint, service, config, profile, region);
        return 0;
    }
    if (parse_configured(endpoint, configured, err) < 0)
        return -1;
    endpoint->region = xstrdup(service->global ? find_partition(region)->global_region : region);
    return 0;
}

char *endpoint_path(struct endpoint *endpoint, const char *bucket, const char *path)
{
    char *host;

    if (!bucket)
        return xstrdup(path);
    if (endpoint->configured || strchr(bucket, '.'))
        return xasprintf("/%s%s", bucket, path + (path[1] == '\0' || path[1] == '?'));
    host = xasprintf("%s.%s", bucket, endpoint->host);
    free(endpoint->host);
    free(endpoint->url);
    endpoint->host = host;
    endpoint->url = xasprintf("https://%s", host);
    return xstrdup(path);
}

void endpoint_release(struct endpoint *endpoint)
{
    free(endpoint->url);
    free(endpoint->host);
    free(endpoint->path);
    free(endpoint->region);
    *endpoint = (struct endpoint){0};
}
