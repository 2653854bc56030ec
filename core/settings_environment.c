#include "core/settings_environment.h"

#include "core/settings_checks.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SUBNETS_MAX = 16, SECURITY_GROUPS_MAX = 5, PLAIN_STORAGE = 512 /* MB */ };

const char *const settings_log_formats[] = {"text", "json", NULL};
const char *const settings_log_levels[] = {"trace", "debug", "info", "warn",
                                           "error", "fatal", NULL};
const char *const settings_system_log_levels[] = {"debug", "info", "warn", NULL};

const struct field settings_vpc_fields[] = {
    {.name = "subnets",
     .type = FIELD_STRINGS,
     .offset = offsetof(struct vpc, subnets),
     .help = "ids of the subnets",
     .required = true,
     .example = "[\"subnet-0123456789abcdef0\"]",
     .check = settings_check_subnet},
    {.name = "security_groups",
     .type = FIELD_STRINGS,
     .offset = offsetof(struct vpc, security_groups),
     .help = "ids of the security groups",
     .required = true,
     .example = "[\"sg-0123456789abcdef0\"]",
     .check = settings_check_security_group},
    {.name = "ipv6",
     .type = FIELD_BOOL,
     .offset = offsetof(struct vpc, ipv6),
     .help = "whether it also calls out over IPv6, from subnets that have both",
     .fallback = "false"},
    FIELD_END,
};

/* The ARN of an access point: of EFS, or of S3 Files. */
static int check_access_point(const void *member, struct err *err)
{
    const char *arn = *(const char *const *)member;

    if (strncmp(arn, "arn:", 4) == 0 && strstr(arn, ":access-point/fsap-") &&
        (strstr(arn, ":elasticfilesystem:") || strstr(arn, ":s3files:")))
        return 0;
    if (strncmp(arn, "arn:", 4) == 0 && strstr(arn, "/access-point/fsap-") &&
        strstr(arn, ":s3files:"))
        return 0;
    return err_set(err, ERR_SETTINGS,
                   "'%.120s' must be the ARN of an access point, as in "
                   "'arn:aws:elasticfilesystem:eu-central-1:123456789012:access-point/"
                   "fsap-0123456789abcdef0'",
                   arn);
}

static int check_mount_path(const void *member, struct err *err)
{
    const char *path = *(const char *const *)member;
    const char *at = strncmp(path, "/mnt/", 5) == 0 ? path + 5 : "";

    if (*at && strlen(path) <= 160 && strcmp(at, ".") != 0 && strcmp(at, "..") != 0) {
        while (isalnum((unsigned char)*at) || (*at && strchr("-_.", *at)))
            at++;
        if (!*at)
            return 0;
    }
    return err_set(err, ERR_SETTINGS,
                   "'%.160s' must be '/mnt/' and a name of letters, digits, '-', '_' and '.'",
                   path);
}

const struct field settings_file_system_fields[] = {
    {.name = "access_point",
     .type = FIELD_STRING,
     .offset = offsetof(struct file_system, access_point),
     .help = "ARN of its access point",
     .required = true,
     .example = "\"arn:aws:elasticfilesystem:eu-central-1:123456789012:access-point/"
                "fsap-0123456789abcdef0\"",
     .check = check_access_point},
    {.name = "path",
     .type = FIELD_STRING,
     .offset = offsetof(struct file_system, path),
     .help = "where the function sees it",
     .required = true,
     .example = "\"/mnt/data\"",
     .check = check_mount_path},
    FIELD_END,
};

const struct field settings_function_aws_fields[] = {
    {.name = "function",
     .type = FIELD_JSON,
     .offset = offsetof(struct function_aws, function),
     .help = "members of Lambda's CreateFunction and UpdateFunctionConfiguration that have no "
             "setting of their own, passed on as they are",
     .example = "{\"KMSKeyArn\": \"arn:aws:kms:eu-central-1:123456789012:key/id\"}",
     .check = settings_check_pass_through},
    FIELD_END,
};

/* Members that fnctl sets, and what to use instead. */
static const struct {
    const char *member, *instead;
} own[] = {
    {"Architectures", "use the setting 'architecture'"},
    {"Code", "use the setting 'source'"},
    {"CodeSigningConfigArn", "code signing is not supported"},
    {"DeadLetterConfig", "use the setting 'dead_letter'"},
    {"Description", "use the setting 'description'"},
    {"Environment", "use the setting 'environment'"},
    {"EphemeralStorage", "use the setting 'ephemeral_storage'"},
    {"FileSystemConfigs", "use the setting 'file_system'"},
    {"FunctionName", "it is PROJECT-STAGE-FUNCTION"},
    {"Handler", "use the setting 'handler' or 'app'"},
    {"ImageConfig", "container images are not supported"},
    {"Layers", "use the setting 'layers'"},
    {"LoggingConfig", "use the settings 'log_format', 'log_level' and 'system_log_level'"},
    {"MemorySize", "use the setting 'memory'"},
    {"PackageType", "container images are not supported"},
    {"Publish", "each deploy publishes a version when all of it is there"},
    {"PublishTo", "each deploy publishes a version when all of it is there"},
    {"RevisionId", "it belongs to a single request"},
    {"Role", "use the setting 'role' or 'permissions'"},
    {"Runtime", "use the setting 'runtime'"},
    {"SnapStart", "use the setting 'snap_start'"},
    {"Tags", "use the setting 'tags'"},
    {"Timeout", "use the setting 'timeout'"},
    {"TracingConfig", "use the setting 'tracing'"},
    {"VpcConfig", "use the setting 'vpc'"},
};

int settings_check_pass_through(const void *member, struct err *err)
{
    json_t *members = *(json_t *const *)member;
    const char *name;
    json_t *value;

    if (!json_is_object(members))
        return err_set(err, ERR_SETTINGS,
                       "must be an object of members of Lambda's CreateFunction, as in "
                       "{\"KMSKeyArn\": \"arn:...\"}");
    json_object_foreach (members, name, value) {
        for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
            if (strcasecmp(own[i].member, name) == 0)
                return err_set(err, ERR_SETTINGS, "'%s' cannot be passed through: %s",
                               own[i].member, own[i].instead);
        if (!isupper((unsigned char)name[0]) || strlen(name) > 64)
            return err_set(err, ERR_SETTINGS,
                           "'%.64s' is no member of Lambda's CreateFunction: these begin with a "
                           "capital letter, as 'KMSKeyArn' does",
                           name);
    }
    return 0;
}

/* Whether Lambda has snapshots for the runtime: not for the first versions, later ones follow. */
static bool has_snapshots(const char *runtime)
{
    if (strncmp(runtime, "python3.", 8) == 0)
        return atoi(runtime + 8) >= 12;
    if (strncmp(runtime, "dotnet", 6) == 0)
        return atoi(runtime + 6) >= 8;
    return strncmp(runtime, "java", 4) == 0 && atoi(runtime + 4) >= 11;
}

/* A rule that is broken when `broken`, told at the key. */
struct rule {
    bool broken;
    const char *key;
    const char *words;
};

static int check_rules(const struct rule *rules, size_t count, const struct schema_source *source,
                       const struct json_path *path, struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        const struct json_path place = {.parent = path, .key = rules[i].key};

        if (rules[i].broken)
            return schema_error(source, &place, true, err, "%s", rules[i].words);
    }
    return 0;
}

int settings_environment_check(const struct function *function, const struct schema_source *source,
                               const struct json_path *path, struct err *err)
{
    bool json = strcmp(function->log_format, "json") == 0;
    bool mounts = function->file_system.access_point != NULL;
    const struct rule rules[] = {
        {function->vpc.subnets.count > SUBNETS_MAX, "vpc", "has at most 16 subnets"},
        {function->vpc.security_groups.count > SECURITY_GROUPS_MAX, "vpc",
         "has at most 5 security groups"},
        {function->log_level && !json, "log_level",
         "is for JSON logs only: set 'log_format' to 'json' as well"},
        {function->system_log_level && !json, "system_log_level",
         "is for JSON logs only: set 'log_format' to 'json' as well"},
        {mounts && !function->vpc.subnets.count, "file_system",
         "is reached from a private network only: set 'vpc' as well"},
        {function->snap_start && !has_snapshots(function->runtime), "snap_start",
         "is for java11, python3.12 and dotnet8 and newer of these only"},
        {function->snap_start && mounts, "snap_start", "cannot be had together with 'file_system'"},
        {function->snap_start && function->provisioned_concurrency, "snap_start",
         "cannot be had together with 'provisioned_concurrency'"},
        {function->reserved && function->provisioned_concurrency > function->concurrency,
         "provisioned_concurrency", "cannot be more than 'concurrency'"},
        {function->snap_start && function->ephemeral_storage > PLAIN_STORAGE, "snap_start",
         "cannot be had together with 'ephemeral_storage' above 512"},
    };

    return check_rules(rules, sizeof(rules) / sizeof(*rules), source, path, err);
}
