#include "providers/aws/identity/config.h"

#include "core/file.h"
#include "core/memory.h"
#include "providers/aws/identity/config_file.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct aws_config {
    struct config_file config;
    struct config_file credentials;
};

/* The value of an environment variable; NULL when it is unset or empty. */
static const char *environment(const char *name)
{
    const char *value = getenv(name);

    return value && *value ? value : NULL;
}

/* The path in `variable`, else `name` in ~/.aws; a leading "~/" is the home folder. */
static char *find_path(const char *variable, const char *name)
{
    const char *given = environment(variable);
    const char *home = environment("HOME");

    if (given && strncmp(given, "~/", 2) == 0 && home)
        return file_join(home, given + 2);
    if (given)
        return xstrdup(given);
    return xasprintf("%s/.aws/%s", home ? home : "", name);
}

struct aws_config *aws_config_read(struct err *err)
{
    struct aws_config *config = xcalloc(1, sizeof(*config));
    char *config_path = find_path("AWS_CONFIG_FILE", "config");
    char *credentials_path = find_path("AWS_SHARED_CREDENTIALS_FILE", "credentials");

    if (config_file_read(&config->config, config_path, err) < 0 ||
        config_file_read(&config->credentials, credentials_path, err) < 0) {
        aws_config_free(config);
        config = NULL;
    }
    free(config_path);
    free(credentials_path);
    return config;
}

struct aws_config *aws_config_none(void)
{
    return xcalloc(1, sizeof(struct aws_config));
}

void aws_config_free(struct aws_config *config)
{
    if (!config)
        return;
    config_file_release(&config->config);
    config_file_release(&config->credentials);
    free(config);
}

/* A key of a profile in the config file, where its section is "profile NAME" (or "default"). */
static const char *get_from_config(const struct aws_config *config, const char *profile,
                                   const char *key)
{
    char *section = xasprintf("profile %s", profile);
    const char *value = config_file_get(&config->config, section, NULL, key);

    free(section);
    if (!value && strcmp(profile, "default") == 0)
        value = config_file_get(&config->config, profile, NULL, key);
    return value;
}

const char *aws_config_get(const struct aws_config *config, const char *profile, const char *key)
{
    const char *value = config_file_get(&config->credentials, profile, NULL, key);

    return value ? value : get_from_config(config, profile, key);
}

const char *aws_config_get_from(const struct aws_config *config, bool shared, const char *profile,
                                const char *key)
{
    return shared ? config_file_get(&config->credentials, profile, NULL, key)
                  : get_from_config(config, profile, key);
}

const char *aws_config_path(const struct aws_config *config, bool shared)
{
    return shared ? config->credentials.path : config->config.path;
}

const char *aws_config_session(const struct aws_config *config, const char *name, const char *key)
{
    char *section = xasprintf("sso-session %s", name);
    const char *value = config_file_get(&config->config, section, NULL, key);

    free(section);
    return value;
}

bool aws_config_has_session(const struct aws_config *config, const char *name)
{
    char *section = xasprintf("sso-session %s", name);
    bool found = config_file_has(&config->config, section);

    free(section);
    return found;
}

const char *aws_config_service(const struct aws_config *config, const char *services,
                               const char *service, const char *key)
{
    char *section = xasprintf("services %s", services);
    const char *value = config_file_get(&config->config, section, service, key);

    free(section);
    return value;
}

bool aws_config_has_profile(const struct aws_config *config, const char *profile)
{
    char *section = xasprintf("profile %s", profile);
    bool found = config_file_has(&config->credentials, profile) ||
                 config_file_has(&config->config, section) ||
                 (strcmp(profile, "default") == 0 && config_file_has(&config->config, profile));

    free(section);
    return found;
}

const char *aws_config_profile(const char *given)
{
    const char *profile = given ? given : environment("AWS_PROFILE");

    if (!profile)
        profile = environment("AWS_DEFAULT_PROFILE");
    return profile ? profile : "default";
}

const char *aws_config_region(const struct aws_config *config, const char *given,
                              const char *profile)
{
    const char *region = given && *given ? given : environment("AWS_REGION");

    if (!region)
        region = environment("AWS_DEFAULT_REGION");
    if (!region)
        region = aws_config_get(config, aws_config_profile(profile), "region");
    return region && *region ? region : NULL;
}

static const char *endpoint_from_profile(const struct aws_config *config, const char *service_id,
                                         const char *profile)
{
    const char *services = aws_config_get(config, profile, "services");
    const char *url = NULL;
    char *service = xstrdup(service_id);

    for (char *c = service; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    if (services)
        url = aws_config_service(config, services, service, "endpoint_url");
    free(service);
    return url && *url ? url : aws_config_get(config, profile, "endpoint_url");
}

static bool is_true(const char *value)
{
    return value && strcasecmp(value, "true") == 0;
}

const char *aws_config_variable(const struct aws_config *config, const char *profile,
                                const char *variable, const char *key)
{
    const char *value = environment(variable);

    if (!value)
        value = aws_config_get(config, aws_config_profile(profile), key);
    return value && *value ? value : NULL;
}

bool aws_config_flag(const struct aws_config *config, const char *profile, const char *variable,
                     const char *key)
{
    return is_true(aws_config_variable(config, profile, variable, key));
}

const char *aws_config_endpoint(const struct aws_config *config, const char *given,
                                const char *service_id, const char *profile)
{
    char *variable;
    const char *url;

    if (given && *given)
        return given;
    profile = aws_config_profile(profile);
    if (aws_config_flag(config, profile, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
                        "ignore_configured_endpoint_urls"))
        return NULL;
    variable = xasprintf("AWS_ENDPOINT_URL_%s", service_id);
    url = environment(variable);
    free(variable);
    if (!url)
        url = environment("AWS_ENDPOINT_URL");
    if (!url)
        url = endpoint_from_profile(config, service_id, profile);
    return url && *url ? url : NULL;
}
