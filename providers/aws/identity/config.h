/*
 * AWS's shared config and credentials files, and the variables that stand for
 * them: profiles, region, endpoint URLs.
 * https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
 */
#ifndef FNCTL_PROVIDERS_AWS_CONFIG_H
#define FNCTL_PROVIDERS_AWS_CONFIG_H

#include "core/err.h"

#include <stdbool.h>

struct aws_config;

/* Reads AWS_CONFIG_FILE (~/.aws/config) and AWS_SHARED_CREDENTIALS_FILE (~/.aws/credentials);
 * missing files are fine. Errors: ERR_CREDENTIALS with file and line. */
struct aws_config *aws_config_read(struct err *err);

/* One without any file: for endpoints whose credentials are given. */
struct aws_config *aws_config_none(void);
void aws_config_free(struct aws_config *config);

/* A key of a profile, credentials file first; borrowed, NULL when not there. */
const char *aws_config_get(const struct aws_config *config, const char *profile, const char *key);

/* The same from one file alone: the credentials file when `shared`, else the config file. */
const char *aws_config_get_from(const struct aws_config *config, bool shared, const char *profile,
                                const char *key);

/* The path of that file, for messages. */
const char *aws_config_path(const struct aws_config *config, bool shared);

/* A key of `[sso-session NAME]`, and whether there is such a section. */
const char *aws_config_session(const struct aws_config *config, const char *name, const char *key);
bool aws_config_has_session(const struct aws_config *config, const char *name);

/* A key nested in a `[services NAME]` section: service "lambda", key "endpoint_url". */
const char *aws_config_service(const struct aws_config *config, const char *services,
                               const char *service, const char *key);

/* Whether the profile is in either file. */
bool aws_config_has_profile(const struct aws_config *config, const char *profile);

/* `given`, else AWS_PROFILE, AWS_DEFAULT_PROFILE, else "default". */
const char *aws_config_profile(const char *given);

/* Region: `given`, AWS_REGION, AWS_DEFAULT_REGION, the profile's; NULL when nobody says. */
const char *aws_config_region(const struct aws_config *config, const char *given,
                              const char *profile);

/* What a variable says, else the profile's key; NULL when both are empty. */
const char *aws_config_variable(const struct aws_config *config, const char *profile,
                                const char *variable, const char *key);
/* The same as a flag: whether it is "true". */
bool aws_config_flag(const struct aws_config *config, const char *profile, const char *variable,
                     const char *key);

/*
 * A configured endpoint for a service ("LAMBDA", "CLOUDWATCH_LOGS", ...):
 * `given`, AWS_ENDPOINT_URL_<ID>, AWS_ENDPOINT_URL, the profile's services
 * section, the profile's endpoint_url; NULL: AWS's own. Nothing from
 * environment or files with AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true, or
 * ignore_configured_endpoint_urls = true in the profile.
 */
const char *aws_config_endpoint(const struct aws_config *config, const char *given,
                                const char *service_id, const char *profile);

#endif
