#include "core/settings_domain.h"

#include "core/settings.h"

#include <string.h>

static const char *text_of(const void *member)
{
    return *(const char *const *)member;
}

/* A host name in small letters, of two or more labels (RFC 1035). */
static int check_name(const void *member, struct err *err)
{
    const char *name = text_of(member), *at = name;
    size_t labels = 0;

    for (bool more = true; more && labels < 128; labels++) {
        size_t len = strspn(at, "abcdefghijklmnopqrstuvwxyz0123456789-");

        if (len == 0 || len > 63 || at[0] == '-' || at[len - 1] == '-')
            break;
        more = at[len] == '.';
        at += len + more;
    }
    if (labels >= 2 && *at == '\0' && at[-1] != '.' && strlen(name) <= 253)
        return 0;
    return err_set(err, ERR_SETTINGS,
                   "'%.80s' must be a domain name in small letters, as in 'api.example.com'", name);
}

/* https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-mappings.html */
static int check_base_path(const void *member, struct err *err)
{
    const char *path = text_of(member);
    size_t len = strspn(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                              "$-_.+!*'()/");

    if (path[len] == '\0' && path[0] != '/' && (len == 0 || path[len - 1] != '/') &&
        !strstr(path, "//"))
        return 0;
    return err_set(err, ERR_SETTINGS,
                   "'%.80s' must be a path without a slash at either end, as in 'v1' or 'shop/v1', "
                   "of letters, digits and $-_.+!*'()",
                   path);
}

static int check_certificate(const void *member, struct err *err)
{
    const char *arn = text_of(member);

    if (strncmp(arn, "arn:aws", 7) == 0 && strstr(arn, ":acm:") && strstr(arn, ":certificate/"))
        return 0;
    return err_set(err, ERR_SETTINGS,
                   "'%.80s' must be the ARN of a certificate, as in "
                   "'arn:aws:acm:eu-central-1:123456789012:certificate/...'",
                   arn);
}

static int check_zone(const void *member, struct err *err)
{
    const char *zone = text_of(member);
    size_t len = strspn(zone, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");

    if (len && len <= 32 && zone[len] == '\0')
        return 0;
    return err_set(err, ERR_SETTINGS,
                   "'%.80s' must be the id of a hosted zone of Route 53, as in 'Z0123456789ABC'",
                   zone);
}

const struct field settings_domain_fields[] = {
    {.name = "name",
     .type = FIELD_STRING,
     .offset = offsetof(struct domain_settings, name),
     .help = "the domain name",
     .required = true,
     .example = "\"api.example.com\"",
     .check = check_name},
    {.name = "base_path",
     .type = FIELD_STRING,
     .offset = offsetof(struct domain_settings, base_path),
     .help = "path below which the API is; by default the whole domain",
     .fallback = "",
     .max = 300,
     .example = "\"v1\"",
     .check = check_base_path},
    {.name = "certificate",
     .type = FIELD_STRING,
     .offset = offsetof(struct domain_settings, certificate),
     .help = "ARN of the certificate; by default one of the account that covers the name, or a new "
             "one",
     .example = "\"arn:aws:acm:eu-central-1:123456789012:certificate/"
                "01234567-89ab-cdef-0123-456789abcdef\"",
     .check = check_certificate},
    {.name = "zone",
     .type = FIELD_STRING,
     .offset = offsetof(struct domain_settings, zone),
     .help = "id of the hosted zone; by default the one of the account that holds the name",
     .example = "\"Z0123456789ABCDEFGHIJ\"",
     .check = check_zone},
    FIELD_END,
};

int settings_bind_domain(void *member, const json_t *value, const struct json_path *path,
                         struct err *err)
{
    struct domain_settings *domain = member;

    (void)path;
    if (!json_is_string(value))
        return err_set(err, ERR_SETTINGS,
                       "must be a name such as 'api.example.com', or an object with name, "
                       "base_path, certificate and zone");
    *domain = (struct domain_settings){.name = json_string_value(value), .base_path = ""};
    return check_name(&domain->name, err);
}
