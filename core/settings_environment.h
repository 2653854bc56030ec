/*
 * The settings about what a function runs in: network, file system, levels of
 * its log, snapshots, concurrency, and members that go to Lambda as they are.
 */
#ifndef FNCTL_CORE_SETTINGS_ENVIRONMENT_H
#define FNCTL_CORE_SETTINGS_ENVIRONMENT_H

#include "core/schema.h"
#include "core/settings.h"

extern const struct field settings_vpc_fields[];
extern const struct field settings_file_system_fields[];
extern const struct field settings_function_aws_fields[];
extern const char *const settings_log_formats[];
extern const char *const settings_log_levels[];
extern const char *const settings_system_log_levels[];

/*
 * The check of the members that are passed through: an object, none of whose
 * members has a setting of its own or is fnctl's to say; what to use instead
 * is named. `member` is a json_t *.
 */
int settings_check_pass_through(const void *member, struct err *err);

/*
 * What Lambda refuses of several settings together, and its quotas:
 * https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html#snapstart-limitations
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-filesystem.html
 * https://docs.aws.amazon.com/lambda/latest/api/API_VpcConfig.html
 * `path` is that of the function.
 */
int settings_environment_check(const struct function *function, const struct schema_source *source,
                               const struct json_path *path, struct err *err);

#endif
