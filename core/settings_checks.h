/* Rules for single values of the settings; each is a `check` or `bind` of core/schema.h. */
#ifndef FNCTL_CORE_SETTINGS_CHECKS_H
#define FNCTL_CORE_SETTINGS_CHECKS_H

#include "core/err.h"
#include "core/json.h"

/* Lower-case letters, digits and '-', starting with a letter: they become names in AWS. */
int settings_check_name(const void *member, struct err *err);

/*
 * A runtime is known (runtimes[]), or has the shape of a known family
 * ("python3.NN", "nodejsNN.x", ...), since AWS adds versions; anything else
 * is a slip and refused with the nearest known one.
 */
int settings_check_runtime(const void *member, struct err *err);

int settings_check_region(const void *member, struct err *err);
int settings_check_bucket(const void *member, struct err *err);
int settings_check_app(const void *member, struct err *err);
int settings_check_layer(const void *member, struct err *err);
int settings_check_role(const void *member, struct err *err);
int settings_check_boundary(const void *member, struct err *err);
int settings_check_dead_letter(const void *member, struct err *err);
int settings_check_subnet(const void *member, struct err *err);
int settings_check_security_group(const void *member, struct err *err);
int settings_check_schedule_name(const void *member, struct err *err);
int settings_check_zone(const void *member, struct err *err);

/* "service:Action[,service:Action...] ARN", the ARN being "*" for actions that have none. */
int settings_check_permission(const void *member, struct err *err);

/* struct schedule from AWS's "cron(...)", "rate(...)" or "at(...)". */
int settings_bind_schedule(void *member, const json_t *value, const struct json_path *path,
                           struct err *err);

/* struct url from true or false. */
int settings_bind_url(void *member, const json_t *value, const struct json_path *path,
                      struct err *err);

/* NULL-terminated: days that CloudWatch Logs may keep events; "0": for ever. */
extern const char *const settings_retentions[];

/* NULL-terminated: the runtimes that AWS Lambda has. */
extern const char *const settings_runtimes[];

#endif
