/* CORS settings as function URLs and HTTP APIs have them: the same six members, in two spellings.
 */
#ifndef FNCTL_PROVIDERS_AWS_CORS_H
#define FNCTL_PROVIDERS_AWS_CORS_H

#include <jansson.h>
#include <stdbool.h>

/* The settings ({"allow_origins": ...}, NULL: none) under AWS's names, the caller's: Lambda's
 * ("AllowOrigins") when `pascal`, else API Gateway's ("allowOrigins"). */
json_t *cors_wanted(const json_t *cors, bool pascal);

/* A configuration of AWS (NULL: none) as it is compared, the caller's: header names in small
 * letters, as the services keep them, and without what is the default. */
json_t *cors_comparable(const json_t *cors);

#endif
