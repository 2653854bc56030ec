/* What a function may be configured as: the checks and defaults of Create and Update. */
#include "core/json.h"
#include "core/memory.h"
#include "providers/local/engine/services/lambda.h"
#include "providers/local/engine/store/store.h"

#include <stdlib.h>
#include <string.h>

enum { ENVIRONMENT_MAX = 4096, LAYERS_MAX = 5 };

const char *const lambda_runtimes[] = {
    "provided.al2023", "provided.al2", "provided",   "python3.15", "python3.14", "python3.13",
    "python3.12",      "python3.11",   "python3.10", "python3.9",  "python3.8",  "nodejs26.x",
    "nodejs24.x",      "nodejs22.x",   "nodejs20.x", "nodejs18.x", "nodejs16.x", NULL};

static const char *const architectures[] = {"x86_64", "arm64", NULL};
static const char *const package_types[] = {"Zip", "Image", NULL};
static const char *const tracing_modes[] = {"Active", "PassThrough", NULL};
static const char *const snap_start[] = {"PublishedVersions", "None", NULL};
static const char *const log_formats[] = {"JSON", "Text", NULL};
static const char *const application_levels[] = {"TRACE", "DEBUG", "INFO", "WARN",
                                                 "ERROR", "FATAL", NULL};
static const char *const system_levels[] = {"DEBUG", "INFO", "WARN", NULL};

/* Set by Lambda itself. */
static const char *const reserved_variables[] = {"_HANDLER",
                                                 "_X_AMZN_TRACE_ID",
                                                 "AWS_DEFAULT_REGION",
                                                 "AWS_REGION",
                                                 "AWS_EXECUTION_ENV",
                                                 "AWS_LAMBDA_FUNCTION_NAME",
                                                 "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
                                                 "AWS_LAMBDA_FUNCTION_VERSION",
                                                 "AWS_LAMBDA_INITIALIZATION_TYPE",
                                                 "AWS_LAMBDA_LOG_GROUP_NAME",
                                                 "AWS_LAMBDA_LOG_STREAM_NAME",
                                                 "AWS_ACCESS_KEY",
                                                 "AWS_ACCESS_KEY_ID",
                                                 "AWS_SECRET_ACCESS_KEY",
                                                 "AWS_SESSION_TOKEN",
                                                 "AWS_LAMBDA_RUNTIME_API",
                                                 "LAMBDA_TASK_ROOT",
                                                 "LAMBDA_RUNTIME_DIR",
                                                 NULL};

static const struct shape environment_members[] = {
    {.name = "Variables", .type = SHAPE_MAP, .pattern = "[a-zA-Z]([a-zA-Z0-9_])+"}, SHAPE_END};
static const struct shape tracing_members[] = {
    {.name = "Mode", .type = SHAPE_STRING, .choices = tracing_modes}, SHAPE_END};
static const struct shape network_members[] = {
    {.name = "SubnetIds", .type = SHAPE_STRINGS, .max = 16},
    {.name = "SecurityGroupIds", .type = SHAPE_STRINGS, .max = 5},
    {.name = "Ipv6AllowedForDualStack", .type = SHAPE_BOOLEAN},
    SHAPE_END};
static const struct shape dead_letter_members[] = {
    {.name = "TargetArn",
     .type = SHAPE_STRING,
     .pattern = "(arn:(aws[a-zA-Z0-9-]*):[a-zA-Z0-9-]+:[a-z0-9-]*:([0-9]{12})?:.*)?"},
    SHAPE_END};
static const struct shape storage_members[] = {
    {.name = "Size", .type = SHAPE_INTEGER, .required = true, .min = 512, .max = 10240}, SHAPE_END};
static const struct shape snap_start_members[] = {
    {.name = "ApplyOn", .type = SHAPE_STRING, .choices = snap_start}, SHAPE_END};
static const struct shape logging_members[] = {
    {.name = "LogFormat", .type = SHAPE_STRING, .choices = log_formats},
    {.name = "ApplicationLogLevel", .type = SHAPE_STRING, .choices = application_levels},
    {.name = "SystemLogLevel", .type = SHAPE_STRING, .choices = system_levels},
    {.name = "LogGroup",
     .type = SHAPE_STRING,
     .min = 1,
     .max = 512,
     .pattern = "[-._/#A-Za-z0-9]+"},
    SHAPE_END};

#define ROLE_PATTERN "arn:(aws[a-zA-Z-]*)?:iam::[0-9]{12}:role/?[a-zA-Z_0-9+=,.@/-]+"
#define LAYER_PATTERN "arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:[0-9]{12}:layer:[a-zA-Z0-9_-]+:[0-9]+"

/* Memory goes further on Lambda Managed Instances, and there only. */
#define CONFIGURATION_MEMBERS                                                                      \
    {.name = "Runtime", .type = SHAPE_STRING},                                                     \
        {.name = "Handler", .type = SHAPE_STRING, .max = 128, .pattern = "[^[:space:]]+"},         \
        {.name = "Description", .type = SHAPE_STRING, .max = 256},                                 \
        {.name = "Timeout", .type = SHAPE_INTEGER, .min = 1, .max = 900},                          \
        {.name = "MemorySize", .type = SHAPE_INTEGER, .min = 128, .max = 10240},                   \
        {.name = "Environment", .type = SHAPE_OBJECT, .members = environment_members},             \
        {.name = "TracingConfig", .type = SHAPE_OBJECT, .members = tracing_members},               \
        {.name = "VpcConfig", .type = SHAPE_OBJECT, .members = network_members},                   \
        {.name = "DeadLetterConfig", .type = SHAPE_OBJECT, .members = dead_letter_members},        \
        {.name = "Layers", .type = SHAPE_STRINGS, .pattern = LAYER_PATTERN},                       \
        {.name = "EphemeralStorage", .type = SHAPE_OBJECT, .members = storage_members},            \
        {.name = "SnapStart", .type = SHAPE_OBJECT, .members = snap_start_members},                \
        {.name = "FileSystemConfigs", .type = SHAPE_ANY},                                          \
    {                                                                                              \
        .name = "LoggingConfig", .type = SHAPE_OBJECT, .members = logging_members                  \
    }

#define CODE_MEMBERS                                                                               \
    {.name = "ZipFile", .type = SHAPE_STRING},                                                     \
        {.name = "S3Bucket", .type = SHAPE_STRING, .min = 3, .max = 63},                           \
    {                                                                                              \
        .name = "S3Key", .type = SHAPE_STRING, .min = 1, .max = 1024                               \
    }

static const struct shape code_members[] = {CODE_MEMBERS, SHAPE_END};

const struct shape lambda_create_shape[] = {
    LAMBDA_FUNCTION,
    {.name = "Role", .type = SHAPE_STRING, .required = true, .pattern = ROLE_PATTERN},
    {.name = "Code", .type = SHAPE_OBJECT, .required = true, .members = code_members},
    {.name = "Publish", .type = SHAPE_BOOLEAN},
    {.name = "PackageType", .type = SHAPE_STRING, .choices = package_types},
    {.name = "Architectures", .type = SHAPE_STRINGS, .min = 1, .max = 1, .choices = architectures},
    {.name = "Tags", .type = SHAPE_MAP},
    CONFIGURATION_MEMBERS,
    SHAPE_END};

const struct shape lambda_configure_shape[] = {
    LAMBDA_FUNCTION,
    {.name = "Role", .type = SHAPE_STRING, .pattern = ROLE_PATTERN},
    {.name = "RevisionId", .type = SHAPE_STRING},
    CONFIGURATION_MEMBERS,
    SHAPE_END};

const struct shape lambda_code_shape[] = {
    LAMBDA_FUNCTION,
    CODE_MEMBERS,
    {.name = "Publish", .type = SHAPE_BOOLEAN},
    {.name = "DryRun", .type = SHAPE_BOOLEAN},
    {.name = "RevisionId", .type = SHAPE_STRING},
    {.name = "Architectures", .type = SHAPE_STRINGS, .min = 1, .max = 1, .choices = architectures},
    SHAPE_END};

static bool is_one_of(const char *text, const char *const *list)
{
    for (; *list; list++) {
        if (strcmp(*list, text) == 0)
            return true;
    }
    return false;
}

static int check_runtime(struct request *request, const char *runtime)
{
    struct strlist known;
    char *list;

    if (is_one_of(runtime, lambda_runtimes))
        return 0;
    strlist_init(&known);
    for (size_t i = 0; lambda_runtimes[i]; i++)
        strlist_add(&known, lambda_runtimes[i]);
    list = strlist_join(&known, ", ");
    request_fail(request, 400, "InvalidParameterValueException",
                 "Value %s at 'runtime' failed to satisfy constraint: Member must satisfy enum "
                 "value set: [%s] or be a valid ARN",
                 runtime, list);
    free(list);
    strlist_release(&known);
    return -1;
}

/* The role must exist and its trust policy must name Lambda. */
static int check_role(struct request *request, const char *arn)
{
    json_t *role =
        store_row(request->engine->store, "SELECT trust FROM roles WHERE arn = ?", "s", arn);
    bool trusted = role && strstr(json_string_at(role, "trust"), "lambda.amazonaws.com");

    json_decref(role);
    if (trusted)
        return 0;
    request_fail(request, 400, "InvalidParameterValueException",
                 "The role defined for the function cannot be assumed by Lambda.");
    return -1;
}

static int check_environment(struct request *request, json_t *environment)
{
    json_t *variables = json_object_get(environment, "Variables"), *value;
    char *text = json_dumps(variables, JSON_COMPACT | JSON_ENCODE_ANY);
    size_t len = text ? strlen(text) : 0;
    const char *name;

    free(text);
    if (len > ENVIRONMENT_MAX) {
        request_fail(request, 400, "InvalidParameterValueException",
                     "Lambda was unable to configure your environment variables because the "
                     "environment variables you have provided exceeded the 4KB limit. (%zu bytes)",
                     len);
        return -1;
    }
    json_object_foreach (variables, name, value) {
        if (is_one_of(name, reserved_variables)) {
            request_fail(request, 400, "InvalidParameterValueException",
                         "Lambda was unable to configure your environment variables because the "
                         "environment variables you have provided contains reserved keys that are "
                         "currently not supported for modification. Reserved keys used in this "
                         "request: %s",
                         name);
            return -1;
        }
    }
    return 0;
}

/* The layers as a function's configuration shows them; NULL: answered. */
static json_t *find_layers(struct request *request, const json_t *arns)
{
    json_t *layers = json_array();
    const json_t *arn;
    size_t i;

    if (json_array_size(arns) > LAYERS_MAX) {
        request_fail(request, 400, "InvalidParameterValueException",
                     "Cannot reference more than %d layers.", LAYERS_MAX);
        goto fail;
    }
    json_array_foreach (arns, i, arn) {
        json_t *row = store_row(request->engine->store,
                                "SELECT arn AS \"Arn\","
                                " document ->> '$.Content.CodeSize' AS \"CodeSize\""
                                " FROM layers WHERE arn = ? AND NOT deleted",
                                "s", json_string_value(arn));

        if (!row) {
            request_fail(request, 400, "InvalidParameterValueException",
                         "Layer version %s does not exist.", json_string_value(arn));
            goto fail;
        }
        json_array_append_new(layers, row);
    }
    return layers;
fail:
    json_decref(layers);
    return NULL;
}

static int set_layers(struct request *request, const json_t *arns, json_t *configuration)
{
    json_t *layers = find_layers(request, arns);

    if (!layers)
        return -1;
    if (json_array_size(layers)) {
        json_object_set_new(configuration, "Layers", layers);
    } else {
        json_object_del(configuration, "Layers");
        json_decref(layers);
    }
    return 0;
}

static int set_environment(struct request *request, json_t *environment, json_t *configuration)
{
    if (check_environment(request, environment) < 0)
        return -1;
    if (json_object_size(json_object_get(environment, "Variables")))
        json_object_set(configuration, "Environment", environment);
    else
        json_object_del(configuration, "Environment");
    return 0;
}

/* Functions run on this machine whatever their network is; it is told again as it was set. */
static void set_network(const json_t *wanted, json_t *configuration)
{
    if (json_array_size(json_object_get(wanted, "SubnetIds")))
        json_object_set_new(configuration, "VpcConfig",
                            json_pack("{s:O, s:O?, s:s, s:b}", "SubnetIds",
                                      json_object_get(wanted, "SubnetIds"), "SecurityGroupIds",
                                      json_object_get(wanted, "SecurityGroupIds"), "VpcId",
                                      "vpc-00000000000000000", "Ipv6AllowedForDualStack",
                                      json_bool_at(wanted, "Ipv6AllowedForDualStack")));
    else
        json_object_del(configuration, "VpcConfig");
}

static void set_dead_letter(json_t *wanted, json_t *configuration)
{
    if (!*json_string_at(wanted, "TargetArn")) {
        json_object_del(configuration, "DeadLetterConfig");
        return;
    }
    json_object_set(configuration, "DeadLetterConfig", wanted);
}

/* A list that is left out where it is empty. */
static void set_list(json_t *wanted, const char *name, json_t *configuration)
{
    if (json_array_size(wanted))
        json_object_set(configuration, name, wanted);
    else
        json_object_del(configuration, name);
}

/* Levels belong to JSON; there is one of each then. */
static int set_logging(struct request *request, json_t *wanted, json_t *configuration)
{
    static const char *const levels[] = {"ApplicationLogLevel", "SystemLogLevel"};
    json_t *logging = json_object_get(configuration, "LoggingConfig");
    bool json;

    json_object_update(logging, wanted);
    json = strcmp(json_string_at(logging, "LogFormat"), "JSON") == 0;
    for (size_t i = 0; i < 2; i++) {
        if (json && !json_object_get(logging, levels[i]))
            json_object_set_new(logging, levels[i], json_string("INFO"));
        if (!json && json_object_get(wanted, levels[i])) {
            request_fail(request, 400, "InvalidParameterValueException",
                         "%s is only supported for JSON log format", levels[i]);
            return -1;
        }
        if (!json)
            json_object_del(logging, levels[i]);
    }
    return 0;
}

static int set_snap_start(struct request *request, json_t *wanted, json_t *configuration)
{
    const char *runtime = json_string_at(configuration, "Runtime");
    bool on = strcmp(json_string_at(wanted, "ApplyOn"), "PublishedVersions") == 0;

    if (on && strncmp(runtime, "python3.", 8) != 0 && strncmp(runtime, "java", 4) != 0 &&
        strncmp(runtime, "dotnet", 6) != 0) {
        request_fail(request, 400, "InvalidParameterValueException",
                     "%s is not supported for SnapStart enabled functions.", runtime);
        return -1;
    }
    json_object_update(json_object_get(configuration, "SnapStart"), wanted);
    return 0;
}

/* Members that are the request's, or that are set apart from the configuration. */
static const char *const not_kept[] = {
    "FunctionName",         "Code", "Publish", "PublishTo", "Tags", "PackageType", "RevisionId",
    "CodeSigningConfigArn", NULL};

/* Members without a meaning here, newer ones too, are told again as they were set. */
static void keep_others(const json_t *input, json_t *configuration)
{
    const char *name;
    json_t *value;

    json_object_foreach ((json_t *)(uintptr_t)input, name, value) {
        bool known = is_one_of(name, not_kept);

        for (const struct shape *shape = lambda_create_shape; shape->name && !known; shape++)
            known = strcmp(shape->name, name) == 0;
        if (!known && json_is_string(value) && !json_string_length(value))
            json_object_del(configuration, name);
        else if (!known)
            json_object_set(configuration, name, value);
    }
}

int lambda_configure(struct request *request, const json_t *input, json_t *configuration)
{
    static const char *const plain[] = {"Role",          "Handler",         "Runtime",
                                        "Timeout",       "Description",     "MemorySize",
                                        "TracingConfig", "EphemeralStorage"};
    json_t *value;

    if ((value = json_object_get(input, "Runtime")) &&
        check_runtime(request, json_string_value(value)) < 0)
        return -1;
    if ((value = json_object_get(input, "Role")) &&
        check_role(request, json_string_value(value)) < 0)
        return -1;
    if ((value = json_object_get(input, "Layers")) && set_layers(request, value, configuration) < 0)
        return -1;
    if ((value = json_object_get(input, "Environment")) &&
        set_environment(request, value, configuration) < 0)
        return -1;
    if ((value = json_object_get(input, "VpcConfig")))
        set_network(value, configuration);
    if ((value = json_object_get(input, "DeadLetterConfig")))
        set_dead_letter(value, configuration);
    if ((value = json_object_get(input, "LoggingConfig")) &&
        set_logging(request, value, configuration) < 0)
        return -1;
    if ((value = json_object_get(input, "FileSystemConfigs")))
        set_list(value, "FileSystemConfigs", configuration);
    for (size_t i = 0; i < sizeof(plain) / sizeof(*plain); i++) {
        if ((value = json_object_get(input, plain[i])))
            json_object_set(configuration, plain[i], value);
    }
    if ((value = json_object_get(input, "SnapStart")) &&
        set_snap_start(request, value, configuration) < 0)
        return -1;
    keep_others(input, configuration);
    return 0;
}
