/* The settings of the custom domain name, "domain". */
#ifndef FNCTL_CORE_SETTINGS_DOMAIN_H
#define FNCTL_CORE_SETTINGS_DOMAIN_H

#include "core/err.h"
#include "core/json.h"
#include "core/schema.h"

/* The table of struct domain_settings. */
extern const struct field settings_domain_fields[];

/* struct domain_settings from a name. */
int settings_bind_domain(void *member, const json_t *value, const struct json_path *path,
                         struct err *err);

#endif
