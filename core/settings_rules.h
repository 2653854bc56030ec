/* What has to hold between the values of bound settings, and what is worked out from them. */
#ifndef FNCTL_CORE_SETTINGS_RULES_H
#define FNCTL_CORE_SETTINGS_RULES_H

#include "core/err.h"
#include "core/schema.h"
#include "core/settings.h"

enum { SETTINGS_REMOTE_NAME_MAX = 64 };

/*
 * Checks names, handlers, environments, tags, routes and schedules of all
 * functions, and fills schedule.parsed and url.enabled. Errors: ERR_SETTINGS
 * with the place.
 */
int settings_apply_rules(struct settings *settings, const struct schema_source *source,
                         struct err *err);

#endif
