/* Where a service is reached, and for which region its requests are signed. */
#ifndef FNCTL_PROVIDERS_AWS_ENDPOINTS_H
#define FNCTL_PROVIDERS_AWS_ENDPOINTS_H

#include "core/err.h"
#include "providers/aws/identity/config.h"
#include "providers/aws/wire/request.h"

#include <stdbool.h>

struct endpoint {
    char *url;    /* "https://lambda.eu-west-1.amazonaws.com", or a configured one with its path */
    char *host;   /* the Host header: points into nothing else, owned */
    char *path;   /* of a configured one, without the last slash; "" otherwise */
    char *region; /* for the signature */
    bool configured; /* it is not AWS's own */
};

/* AWS's own address of a service, or the configured one (see aws_config_endpoint()). Errors:
 * ERR_USAGE for a configured address that is none. */
int endpoint_find(struct endpoint *endpoint, const struct aws_service *service,
                  const struct aws_config *config, const char *given, const char *profile,
                  const char *region, struct err *err);

/*
 * The path of a request below the endpoint, to free(): of S3's, with the bucket
 * (NULL: none) where it belongs. On AWS that is in front of the host, unless a
 * dot in its name would break the certificate; elsewhere it is the first part
 * of the path, as servers are known by one name.
 */
char *endpoint_path(struct endpoint *endpoint, const char *bucket, const char *path);
void endpoint_release(struct endpoint *endpoint);

/* "aws", "aws-cn", ...: the partition a region belongs to. */
const char *endpoint_partition(const char *region);

/* Checks that a region's name can be part of a host's. Errors: ERR_USAGE. */
int endpoint_check_region(const char *region, struct err *err);

#endif
