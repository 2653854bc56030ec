/* Lambda's configuration of a function as settings: what is as by default is left out. */
#include "cli/import_function.h"
#include "core/json.h"
#include "core/memory.h"
#include "core/settings.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Members of a configuration that are a setting's value as they are. */
static const struct {
    const char *member, *setting;
    int64_t usual; /* of a number: not said */
} plain[] = {
    {"Runtime", "runtime", 0},
    {"Handler", "handler", 0},
    {"Description", "description", 0},
    {"MemorySize", "memory", 256},
    {"Timeout", "timeout", 30},
    {"EphemeralStorage.Size", "ephemeral_storage", 512},
    {"Role", "role", 0},
    {"DeadLetterConfig.TargetArn", "dead_letter", 0},
};

/* Members without a setting, which are passed through. */
static const char *const passed[] = {"KMSKeyArn", "DurableConfig", "TenancyConfig",
                                     "CapacityProviderConfig"};

static void set(json_t *function, const char *key, const json_t *value)
{
    if (value)
        json_object_set_new(function, key, import_literal(value));
}

static void set_plain(json_t *function, const json_t *configuration)
{
    for (size_t i = 0; i < sizeof(plain) / sizeof(*plain); i++) {
        const json_t *value = json_at(configuration, plain[i].member);

        if (json_is_integer(value) ? json_integer_value(value) != plain[i].usual
                                   : json_string_length(value) > 0)
            set(function, plain[i].setting, value);
    }
}

static void set_small(json_t *function, const char *key, const char *value)
{
    char *text = xstrdup(value);

    for (char *at = text; *at; at++)
        *at = (char)tolower((unsigned char)*at);
    if (*text)
        json_object_set_new(function, key, json_string(text));
    free(text);
}

static void set_logging(json_t *function, const json_t *configuration)
{
    static const char *const levels[][2] = {{"LoggingConfig.ApplicationLogLevel", "log_level"},
                                            {"LoggingConfig.SystemLogLevel", "system_log_level"}};

    if (strcmp(json_string_at(configuration, "LoggingConfig.LogFormat"), "JSON") != 0)
        return;
    json_object_set_new(function, "log_format", json_string("json"));
    for (size_t i = 0; i < 2; i++)
        if (strcmp(json_string_at(configuration, levels[i][0]), "INFO") != 0)
            set_small(function, levels[i][1], json_string_at(configuration, levels[i][0]));
}

static void set_network(json_t *function, const json_t *configuration)
{
    json_t *subnets = json_at(configuration, "VpcConfig.SubnetIds");
    const json_t *mount = json_array_get(json_at(configuration, "FileSystemConfigs"), 0);
    json_t *vpc;

    if (json_array_size(subnets)) {
        vpc = json_pack("{s:O, s:O?}", "subnets", subnets, "security_groups",
                        json_at(configuration, "VpcConfig.SecurityGroupIds"));
        if (json_bool_at(configuration, "VpcConfig.Ipv6AllowedForDualStack"))
            json_object_set_new(vpc, "ipv6", json_true());
        json_object_set_new(function, "vpc", vpc);
    }
    if (mount)
        json_object_set_new(function, "file_system",
                            json_pack("{s:s, s:s}", "access_point", json_string_at(mount, "Arn"),
                                      "path", json_string_at(mount, "LocalMountPath")));
}

/* Layers by their ARNs, tags but for AWS's and ours. */
static void set_lists(json_t *function, const json_t *configuration, const json_t *tags)
{
    json_t *layers = json_array(), *own = json_object(), *item;
    const char *name;
    size_t i;

    json_array_foreach (json_at(configuration, "Layers"), i, item)
        json_array_append(layers, json_object_get(item, "Arn"));
    json_object_foreach ((json_t *)(uintptr_t)tags, name, item)
        if (strncmp(name, "aws:", 4) != 0 && strncmp(name, "fnctl:", 6) != 0)
            set(own, name, item);
    if (json_array_size(layers))
        json_object_set(function, "layers", layers);
    if (json_object_size(own))
        json_object_set(function, "tags", own);
    json_decref(layers);
    json_decref(own);
}

static void set_features(json_t *function, const json_t *configuration)
{
    const char *architecture =
        json_string_value(json_array_get(json_at(configuration, "Architectures"), 0));
    const json_t *variables = json_at(configuration, "Environment.Variables");

    if (architecture && strcmp(architecture, "x86_64") != 0)
        json_object_set_new(function, "architecture", json_string(architecture));
    if (json_object_size(variables))
        set(function, "environment", variables);
    if (strcmp(json_string_at(configuration, "TracingConfig.Mode"), "Active") == 0)
        json_object_set_new(function, "tracing", json_string("active"));
    if (strcmp(json_string_at(configuration, "SnapStart.ApplyOn"), "PublishedVersions") == 0)
        json_object_set_new(function, "snap_start", json_true());
    for (size_t i = 0; i < sizeof(passed) / sizeof(*passed); i++) {
        json_t *value = json_object_get(configuration, passed[i]);
        json_t *aws = json_object_get(function, "aws");

        if (!value || json_is_null(value))
            continue;
        if (!aws)
            json_object_set_new(function, "aws", aws = json_pack("{s:{}}", "function"));
        set(json_object_get(aws, "function"), passed[i], value);
    }
}

/* The code is taken as it is: everything in it, no layer made of it, nothing left out. */
static void set_code(json_t *function, const char *folder)
{
    json_object_set_new(function, "source", json_string(folder));
    json_object_set_new(function, "include", json_pack("[s]", "**"));
    json_object_set_new(function, "layer", json_false());
    if (strncmp(json_string_at(function, "runtime"), "provided", 8) != 0)
        json_object_set_new(function, "runtime_packages", json_string("keep"));
}

static void set_url(json_t *function, const json_t *url)
{
    json_t *ours;

    if (!url)
        return;
    ours = json_pack("{s:s}", "auth",
                     strcmp(json_string_at(url, "AuthType"), "AWS_IAM") == 0 ? "iam" : "none");
    if (strcmp(json_string_at(url, "InvokeMode"), "RESPONSE_STREAM") == 0)
        json_object_set_new(ours, "stream", json_true());
    json_object_set_new(function, "url", ours);
}

/* What calls it besides: the triggers that settings can name, and notes for the others. */
static void set_mappings(struct import *import, json_t *function, const json_t *mappings)
{
    json_t *triggers = json_array(), *mapping;
    size_t i;

    json_array_foreach (mappings, i, mapping) {
        json_t *trigger = import_mapping(mapping);

        if (trigger)
            json_array_append_new(triggers, trigger);
        else
            import_note(import, "triggers", "the source '%s' is no trigger of this version",
                        json_string_at(mapping, "EventSourceArn"));
    }
    if (json_array_size(triggers))
        json_object_set(function, "triggers", triggers);
    json_decref(triggers);
}

static void note_callers(struct import *import, const json_t *callers)
{
    json_t *statement;
    size_t i;

    json_array_foreach (callers, i, statement) {
        const char *service = json_string_at(statement, "Principal.Service"), *test, *key;
        const char *source = "";
        json_t *conditions, *value;

        json_object_foreach (json_object_get(statement, "Condition"), test, conditions)
            json_object_foreach (conditions, key, value)
                if (strcasecmp(key, "AWS:SourceArn") == 0)
                    source = json_string_value(value) ? json_string_value(value) : "";
        if (*service)
            import_note(import, service,
                        "calls it%s%s; write that as 'schedules', 'routes' or "
                        "'triggers', or let it call the live alias",
                        *source ? " from " : "", source);
    }
}

json_t *import_function_settings(struct import *import, const json_t *description, const char *name)
{
    const json_t *configuration = json_at(description, "function.Configuration");
    const json_t *days = json_object_get(description, "log_retention");
    const json_t *reserved =
        json_at(description, "function.Concurrency.ReservedConcurrentExecutions");
    json_t *function = json_object();

    set_plain(function, configuration);
    set_code(function, name);
    set_features(function, configuration);
    set_logging(function, configuration);
    set_network(function, configuration);
    set_lists(function, configuration, json_at(description, "function.Tags"));
    set_url(function, json_object_get(description, "url"));
    set(function, "concurrency", reserved);
    if (days && json_integer_value(days) != 30)
        set(function, "log_retention", days);
    set_mappings(import, function, json_object_get(description, "mappings"));
    note_callers(import, json_object_get(description, "callers"));
    return function;
}
