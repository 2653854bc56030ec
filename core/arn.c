#include "core/arn.h"

#include "core/memory.h"

#include <string.h>

const char *arn_part(const char *arn, enum arn_part part, size_t *len)
{
    const char *at = arn;

    for (int i = 0; i < (int)part; i++) {
        at += strcspn(at, ":");
        if (*at == '\0') {
            *len = 0;
            return at;
        }
        at++;
    }
    *len = part == ARN_RESOURCE ? strlen(at) : strcspn(at, ":");
    return at;
}

bool arn_is(const char *text, const char *service, const char *resource)
{
    size_t len, partition_len;
    const char *part;

    if (strncmp(text, "arn:", 4) != 0 || strpbrk(text, " \t"))
        return false;
    arn_part(text, ARN_PARTITION, &partition_len);
    part = arn_part(text, ARN_SERVICE, &len);
    if (partition_len == 0 ||
        (service && (len != strlen(service) || strncmp(part, service, len) != 0)))
        return false;
    part = arn_part(text, ARN_RESOURCE, &len);
    return len && (!resource || strncmp(part, resource, strlen(resource)) == 0);
}

char *arn_take(const char *arn, enum arn_part part)
{
    size_t len;
    const char *text = arn_part(arn, part, &len);

    return xstrndup(text, len);
}

const char *arn_name(const char *arn)
{
    const char *name = arn;

    for (const char *at = arn; *at; at++)
        if (*at == ':' || *at == '/')
            name = at + 1;
    return name;
}
