#include "providers/aws/function/configuration.h"

#include "core/memory.h"
#include "providers/aws/function/pass_through.h"
#include "providers/difference.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static json_t *strings_json(const struct strings *strings)
{
    json_t *list = json_array();

    for (size_t i = 0; i < strings->count; i++)
        json_array_append_new(list, json_string(strings->items[i]));
    return list;
}

static int compare_texts(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* A sorted copy of a list of strings, for lists without order; an empty one for NULL. */
static json_t *sorted(const json_t *list)
{
    size_t count = json_array_size(list);
    const char **texts = xcalloc(count + 1, sizeof(*texts));
    json_t *result = json_array();

    for (size_t i = 0; i < count; i++) {
        const char *text = json_string_value(json_array_get(list, i));

        texts[i] = text ? text : "";
    }
    qsort(texts, count, sizeof(*texts), compare_texts);
    for (size_t i = 0; i < count; i++)
        json_array_append_new(result, json_string(texts[i]));
    free(texts);
    return result;
}

static json_t *network(const json_t *subnets, const json_t *groups, bool ipv6)
{
    return json_pack("{s:o, s:o, s:b}", "SubnetIds", sorted(subnets), "SecurityGroupIds",
                     sorted(groups), "Ipv6AllowedForDualStack", ipv6);
}

static json_t *wanted_network(const struct vpc *vpc)
{
    json_t *subnets = strings_json(&vpc->subnets);
    json_t *groups = strings_json(&vpc->security_groups);
    json_t *result = network(subnets, groups, vpc->ipv6);

    json_decref(subnets);
    json_decref(groups);
    return result;
}

static json_t *wanted_layers(const struct function *function, const char *layer)
{
    json_t *layers = json_array();

    if (layer)
        json_array_append_new(layers, json_string(layer));
    for (size_t i = 0; i < function->layers.count; i++)
        json_array_append_new(layers, json_string(function->layers.items[i]));
    return layers;
}

static json_t *text(const char *value, const char *otherwise)
{
    return json_string(value && *value ? value : otherwise);
}

/* "warn" as "WARN"; Lambda's default where nothing is said. */
static json_t *level(const char *name)
{
    char *upper = xstrdup(name && *name ? name : "info");
    json_t *result;

    for (char *at = upper; *at; at++)
        *at = (char)toupper((unsigned char)*at);
    result = json_string(upper);
    free(upper);
    return result;
}

/* Plain text has no levels. */
static json_t *logging(bool json, const char *own, const char *system)
{
    if (!json)
        return json_pack("{s:s}", "LogFormat", "Text");
    return json_pack("{s:s, s:o, s:o}", "LogFormat", "JSON", "ApplicationLogLevel", level(own),
                     "SystemLogLevel", level(system));
}

static json_t *file_systems(const char *access_point, const char *path)
{
    json_t *list = json_array();

    if (access_point && *access_point)
        json_array_append_new(list,
                              json_pack("{s:s, s:s}", "Arn", access_point, "LocalMountPath", path));
    return list;
}

json_t *configuration_wanted(const struct function *function, const char *role, const char *handler,
                             const char *layer)
{
    json_t *variables =
        function->environment ? json_deep_copy(function->environment) : json_object();
    bool active = function->tracing && strcmp(function->tracing, "active") == 0;
    bool json_log = function->log_format && strcmp(function->log_format, "json") == 0;
    json_t *wanted = json_object();

    json_object_set_new(wanted, "Role", json_string(role));
    json_object_set_new(wanted, "Handler", text(handler, ""));
    json_object_set_new(wanted, "Runtime", text(function->runtime, ""));
    json_object_set_new(wanted, "Description", text(function->description, ""));
    json_object_set_new(wanted, "Timeout", json_integer(function->timeout));
    json_object_set_new(wanted, "MemorySize", json_integer(function->memory));
    json_object_set_new(wanted, "Environment", json_pack("{s:o}", "Variables", variables));
    json_object_set_new(wanted, "Layers", wanted_layers(function, layer));
    json_object_set_new(wanted, "VpcConfig", wanted_network(&function->vpc));
    json_object_set_new(wanted, "DeadLetterConfig",
                        json_pack("{s:o}", "TargetArn", text(function->dead_letter, "")));
    json_object_set_new(wanted, "TracingConfig",
                        json_pack("{s:s}", "Mode", active ? "Active" : "PassThrough"));
    json_object_set_new(wanted, "EphemeralStorage",
                        json_pack("{s:I}", "Size", (json_int_t)function->ephemeral_storage));
    json_object_set_new(wanted, "LoggingConfig",
                        logging(json_log, function->log_level, function->system_log_level));
    json_object_set_new(
        wanted, "SnapStart",
        json_pack("{s:s}", "ApplyOn", function->snap_start ? "PublishedVersions" : "None"));
    json_object_set_new(
        wanted, "FileSystemConfigs",
        file_systems(function->file_system.access_point, function->file_system.path));
    pass_through_want(function, wanted);
    return wanted;
}

static json_t *found_layers(const json_t *list)
{
    json_t *layers = json_array();
    size_t i;
    json_t *item;

    json_array_foreach (list, i, item)
        json_array_append_new(layers, json_string(json_string_at(item, "Arn")));
    return layers;
}

static json_t *found_file_systems(const json_t *list)
{
    const json_t *first = json_array_get(list, 0);

    return file_systems(json_string_at(first, "Arn"), json_string_at(first, "LocalMountPath"));
}

json_t *configuration_found(const json_t *reply, const struct function *function)
{
    const json_t *variables = json_at(reply, "Environment.Variables");
    int64_t storage = json_int_at(reply, "EphemeralStorage.Size");
    json_t *found = json_object();

    json_object_set_new(found, "Role", text(json_string_at(reply, "Role"), ""));
    json_object_set_new(found, "Handler", text(json_string_at(reply, "Handler"), ""));
    json_object_set_new(found, "Runtime", text(json_string_at(reply, "Runtime"), ""));
    json_object_set_new(found, "Description", text(json_string_at(reply, "Description"), ""));
    json_object_set_new(found, "Timeout", json_integer(json_int_at(reply, "Timeout")));
    json_object_set_new(found, "MemorySize", json_integer(json_int_at(reply, "MemorySize")));
    json_object_set_new(
        found, "Environment",
        json_pack("{s:o}", "Variables",
                  json_is_object(variables) ? json_deep_copy(variables) : json_object()));
    json_object_set_new(found, "Layers", found_layers(json_at(reply, "Layers")));
    json_object_set_new(found, "VpcConfig",
                        network(json_at(reply, "VpcConfig.SubnetIds"),
                                json_at(reply, "VpcConfig.SecurityGroupIds"),
                                json_bool_at(reply, "VpcConfig.Ipv6AllowedForDualStack")));
    json_object_set_new(
        found, "DeadLetterConfig",
        json_pack("{s:s}", "TargetArn", json_string_at(reply, "DeadLetterConfig.TargetArn")));
    json_object_set_new(
        found, "TracingConfig",
        json_pack("{s:o}", "Mode",
                  text(json_string_at(reply, "TracingConfig.Mode"), "PassThrough")));
    json_object_set_new(found, "EphemeralStorage",
                        json_pack("{s:I}", "Size", (json_int_t)(storage ? storage : 512)));
    json_object_set_new(
        found, "LoggingConfig",
        logging(strcmp(json_string_at(reply, "LoggingConfig.LogFormat"), "JSON") == 0,
                json_string_at(reply, "LoggingConfig.ApplicationLogLevel"),
                json_string_at(reply, "LoggingConfig.SystemLogLevel")));
    json_object_set_new(
        found, "SnapStart",
        json_pack("{s:o}", "ApplyOn", text(json_string_at(reply, "SnapStart.ApplyOn"), "None")));
    json_object_set_new(found, "FileSystemConfigs",
                        found_file_systems(json_at(reply, "FileSystemConfigs")));
    pass_through_find(function, reply, found);
    return found;
}

json_t *configuration_difference(const json_t *found, const json_t *wanted)
{
    json_t *difference = json_object();
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *)wanted, key, value) {
        if (!json_equal(json_object_get(found, key), value))
            json_object_set(difference, key, value);
    }
    return difference;
}

json_t *configuration_for_create(const json_t *wanted)
{
    json_t *create = json_copy((json_t *)wanted);

    if (!json_array_size(json_at(wanted, "VpcConfig.SubnetIds")))
        json_object_del(create, "VpcConfig");
    if (!*json_string_at(wanted, "DeadLetterConfig.TargetArn"))
        json_object_del(create, "DeadLetterConfig");
    if (!json_array_size(json_at(wanted, "Layers")))
        json_object_del(create, "Layers");
    if (!*json_string_at(wanted, "Description"))
        json_object_del(create, "Description");
    if (!json_array_size(json_at(wanted, "FileSystemConfigs")))
        json_object_del(create, "FileSystemConfigs");
    if (strcmp(json_string_at(wanted, "SnapStart.ApplyOn"), "None") == 0)
        json_object_del(create, "SnapStart");
    return create;
}

static void variable_field(struct changes *changes, struct change *change,
                           const struct function *function, const char *name, const json_t *before,
                           const json_t *after)
{
    bool secret = function_hides(function, name, json_string_value(before)) ||
                  function_hides(function, name, json_string_value(after));
    const char *mask = secret ? "******" : NULL;
    const char *old_text = before && mask ? mask : json_string_value(before);
    const char *new_text = after && mask ? mask : json_string_value(after);
    char *path;

    if (json_equal(before, after))
        return;
    path = xasprintf("Environment.%s", name);
    change_field(changes, change, path, old_text, new_text);
    free(path);
}

static void variable_fields(struct changes *changes, struct change *change,
                            const struct function *function, const json_t *before,
                            const json_t *after)
{
    const char *name;
    json_t *value;

    json_object_foreach ((json_t *)after, name, value)
        variable_field(changes, change, function, name, json_object_get(before, name), value);
    json_object_foreach ((json_t *)before, name, value) {
        if (!json_object_get(after, name))
            variable_field(changes, change, function, name, value, NULL);
    }
}

void configuration_fields(struct changes *changes, struct change *change,
                          const struct function *function, const json_t *found,
                          const json_t *wanted)
{
    json_t *before = found ? json_copy((json_t *)found) : json_object();
    json_t *after = found ? json_copy((json_t *)wanted) : configuration_for_create(wanted);

    json_object_del(before, "Environment");
    json_object_del(after, "Environment");
    change_fields_differing(changes, change, before, after);
    variable_fields(changes, change, function, json_at(found, "Environment.Variables"),
                    json_at(wanted, "Environment.Variables"));
    json_decref(before);
    json_decref(after);
}

char *configuration_fingerprint_of(const json_t *configuration, const char *sha256,
                                   const char *architecture)
{
    json_t *state = json_copy((json_t *)configuration);
    uint8_t digest[HASH_LEN];
    char hex[HASH_HEX_LEN];
    char *canonical;

    json_object_set_new(state, "CodeSha256", json_string(sha256));
    json_object_set_new(state, "Architectures", json_pack("[s]", architecture));
    canonical = json_canonical(state);
    hash_sha256(canonical, strlen(canonical), digest);
    hash_hex(digest, sizeof(digest), hex);
    free(canonical);
    json_decref(state);
    return xstrndup(hex, CONFIGURATION_FINGERPRINT_LEN - 1);
}

const char *configuration_architecture(const json_t *reply)
{
    const char *name = json_string_value(json_array_get(json_at(reply, "Architectures"), 0));

    return name ? name : "x86_64";
}

char *configuration_fingerprint(const json_t *reply, const struct function *function)
{
    json_t *found = configuration_found(reply, function);
    char *fingerprint = configuration_fingerprint_of(found, json_string_at(reply, "CodeSha256"),
                                                     configuration_architecture(reply));

    json_decref(found);
    return fingerprint;
}
