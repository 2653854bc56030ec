#include "providers/aws/endpoints.h"

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
const struct aws_service aws_sts = {
    .id = "STS", .prefix = "sts", .signing = "sts", .protocol = AWS_QUERY, .version = "2011-06-15"};
const struct aws_service aws_logs = {.id = "CLOUDWATCH_LOGS",
                                     .prefix = "logs",
                                     .signing = "logs",
                                     .protocol = AWS_JSON,
                                     .target = "Logs_20140328",
                                     .version = "1.1"};
/* The models' host prefix of StartLiveTail since April 2026. */
const struct aws_service aws_logs_stream = {.id = "CLOUDWATCH_LOGS",
                                            .prefix = "stream-logs",
                                            .signing = "logs",
                                            .protocol = AWS_JSON,
                                            .target = "Logs_20140328",
                                            .version = "1.1"};
const struct aws_service aws_apigateway = {.id = "APIGATEWAYV2",
                                           .prefix = "apigateway",
                                           .signing = "apigateway",
                                           .protocol = AWS_REST_JSON};
const struct aws_service aws_scheduler = {
    .id = "SCHEDULER", .prefix = "scheduler", .signing = "scheduler", .protocol = AWS_REST_JSON};
const struct aws_service aws_s3 = {
    .id = "S3", .prefix = "s3", .signing = "s3", .protocol = AWS_REST_XML};
const struct aws_service aws_sso = {
    .id = "SSO", .prefix = "portal.sso", .signing = "awsssoportal", .protocol = AWS_REST_JSON};
const struct aws_service aws_sso_oidc = {
    .id = "SSO_OIDC", .prefix = "oidc", .signing = "sso-oauth", .protocol = AWS_REST_JSON};

/* The partitions, by how their regions start; the last one takes the rest. A global service has
 * one host and is signed for one region. */
static const struct partition {
    const char *start;
    const char *name;
    const char *suffix;
    const char *global_region;
    const char *global_host; /* between the service and the suffix */
} partitions[] = {
    {"cn-", "aws-cn", "amazonaws.com.cn", "cn-north-1", "cn-north-1."},
    {"us-gov-", "aws-us-gov", "amazonaws.com", "us-gov-west-1", "us-gov."},
    {"us-iso-", "aws-iso", "c2s.ic.gov", "us-iso-east-1", "us-iso-east-1."},
    {"us-isob-", "aws-iso-b", "sc2s.sgov.gov", "us-isob-east-1", "us-isob-east-1."},
    {"us-isof-", "aws-iso-f", "csp.hci.ic.gov", "us-isof-south-1", "us-isof-south-1."},
    {"eu-isoe-", "aws-iso-e", "cloud.adc-e.uk", "eu-isoe-west-1", "eu-isoe-west-1."},
    {"eusc-", "aws-eusc", "amazonaws.eu", "eusc-de-east-1", "eusc-de-east-1."},
    {"", "aws", "amazonaws.com", "us-east-1", ""},
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

int endpoint_find(struct endpoint *endpoint, const struct aws_service *service,
                  const struct aws_config *config, const char *given, const char *profile,
                  const char *region, struct err *err)
{
    const struct partition *partition = find_partition(region);
    const char *configured = aws_config_endpoint(config, given, service->id, profile);

    *endpoint = (struct endpoint){.configured = configured != NULL};
    if (configured && parse_configured(endpoint, configured, err) < 0)
        return -1;
    if (!configured && service->global)
        endpoint->host =
            xasprintf("%s.%s%s", service->prefix, partition->global_host, partition->suffix);
    else if (!configured)
        endpoint->host = xasprintf("%s.%s.%s", service->prefix, region, partition->suffix);
    if (!configured) {
        endpoint->url = xasprintf("https://%s", endpoint->host);
        endpoint->path = xstrdup("");
    }
    endpoint->region = xstrdup(service->global ? partition->global_region : region);
    return 0;
}

void endpoint_release(struct endpoint *endpoint)
{
    free(endpoint->url);
    free(endpoint->host);
    free(endpoint->path);
    free(endpoint->region);
    *endpoint = (struct endpoint){0};
}
