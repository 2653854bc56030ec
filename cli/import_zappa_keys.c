#include "cli/import_zappa_keys.h"

#include "cli/import_zappa_events.h"
#include "core/file.h"
#include "core/json.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

/* One stage under conversion. */
struct stage {
    struct import *import;
    const json_t *zappa;
    json_t *stage;     /* ours */
    json_t *function;  /* what all functions of the stage have */
    json_t *web;       /* what the app has besides */
    json_t *functions; /* ours */
};

typedef void convert(const struct stage *stage, const char *key, const json_t *value);

/* Without the stage's name: stages that extend one another would say the same again and again. */
static void note(const struct stage *stage, const char *key, const char *words)
{
    import_note(stage->import, key, "%s", words);
}

/* Values of these are for people or for Zappa itself. */
static bool is_off(const json_t *value)
{
    return json_is_null(value) || json_is_false(value) ||
           (json_is_string(value) && !json_string_length(value)) ||
           (json_is_array(value) && !json_array_size(value)) ||
           (json_is_object(value) && !json_object_size(value));
}

static void add_environment(const struct stage *stage, const char *key, const json_t *value)
{
    json_t *environment = json_object_get(stage->function, "environment"), *item;
    const char *name;

    (void)key;
    if (!environment) {
        environment = json_object();
        json_object_set_new(stage->function, "environment", environment);
    }
    json_object_foreach ((json_t *)(uintptr_t)value, name, item) {
        char *text = json_is_string(item) ? NULL : json_dumps(item, JSON_ENCODE_ANY | JSON_COMPACT);
        json_t *string = text ? json_string(text) : json_incref(item);

        json_object_set_new(environment, name, import_literal(string));
        json_decref(string);
        free(text);
    }
}

static void add_app(const struct stage *stage, const char *key, const json_t *value)
{
    (void)key;
    if (strcmp(json_string_at(stage->zappa, "app_type"), "asgi") == 0)
        note(stage, "app_type",
             "ASGI applications have no adapter here; wrap it as WSGI, or name a handler");
    json_object_set_new(stage->web, "app", import_literal(value));
}

static void add_django(const struct stage *stage, const char *key, const json_t *value)
{
    const char *module = json_string_value(value);
    const char *dot = module ? strrchr(module, '.') : NULL;

    if (!dot) {
        note(stage, key, "is no MODULE.settings: name the WSGI object of the project as 'app'");
        return;
    }
    json_object_set_new(stage->web, "app",
                        json_sprintf("%.*s.wsgi.application", (int)(dot - module), module));
    json_object_set_new(stage->web, "environment",
                        json_pack("{s:s}", "DJANGO_SETTINGS_MODULE", module));
    note(stage, key,
         "is DJANGO_SETTINGS_MODULE now, and 'app' the project's wsgi.application; 'manage' "
         "commands become functions of their own, for 'fnctl invoke'");
}

static void add_storage(const struct stage *stage, const char *key, const json_t *value)
{
    (void)key;
    json_object_set(stage->function, "ephemeral_storage",
                    json_is_object(value) ? json_object_get(value, "Size")
                                          : (json_t *)(uintptr_t)value);
}

static void add_network(const struct stage *stage, const char *key, const json_t *value)
{
    json_t *subnets = json_object_get(value, "SubnetIds");
    json_t *groups = json_object_get(value, "SecurityGroupIds");

    (void)key;
    if (json_array_size(subnets) && json_array_size(groups))
        json_object_set_new(stage->function, "vpc",
                            json_pack("{s:O, s:O}", "subnets", subnets, "security_groups", groups));
}

static void add_file_system(const struct stage *stage, const char *key, const json_t *value)
{
    (void)key;
    if (*json_string_at(value, "Arn"))
        json_object_set_new(stage->function, "file_system",
                            json_pack("{s:s, s:s}", "access_point", json_string_at(value, "Arn"),
                                      "path", json_string_at(value, "LocalMountPath")));
}

static void add_tracing(const struct stage *stage, const char *key, const json_t *value)
{
    (void)key;
    if (json_is_true(value))
        json_object_set_new(stage->function, "tracing", json_string("active"));
}

static void add_snap_start(const struct stage *stage, const char *key, const json_t *value)
{
    (void)key;
    if (json_is_string(value) && strcmp(json_string_value(value), "PublishedVersions") == 0)
        json_object_set_new(stage->function, "snap_start", json_true());
}

static void add_key(const struct stage *stage, const char *key, const json_t *value)
{
    (void)key;
    json_object_set_new(stage->function, "aws",
                        json_pack("{s:{s:o}}", "function", "KMSKeyArn", import_literal(value)));
}

static void add_architecture(const struct stage *stage, const char *key, const json_t *value)
{
    const json_t *one = json_is_array(value) ? json_array_get(value, 0) : value;

    (void)key;
    if (json_is_string(one))
        json_object_set(stage->function, "architecture", (json_t *)(uintptr_t)one);
}

static void add_excluded(const struct stage *stage, const char *key, const json_t *value)
{
    json_t *list = json_object_get(stage->function, "exclude"), *item;
    size_t i;

    (void)key;
    if (!list) {
        list = json_array();
        json_object_set_new(stage->function, "exclude", list);
    }
    json_array_foreach (value, i, item)
        if (json_string_length(item))
            json_array_append_new(list, import_literal(item));
}

static void add_profile(const struct stage *stage, const char *key, const json_t *value)
{
    json_t *aws = json_object_get(stage->stage, "aws");

    if (!aws) {
        aws = json_object();
        json_object_set_new(stage->stage, "aws", aws);
    }
    json_object_set_new(aws, strcmp(key, "s3_bucket") == 0 ? "bucket" : "profile",
                        import_literal(value));
}

static void add_tags(const struct stage *stage, const char *key, const json_t *value)
{
    (void)key;
    if (json_is_object(value))
        json_object_set_new(stage->function, "tags", import_literal(value));
}

/* "Action,Action" of a statement; to free(). */
static char *join_actions(const json_t *actions)
{
    struct strlist list;
    json_t *item;
    char *text;
    size_t i;

    strlist_init(&list);
    json_array_foreach (actions, i, item)
        strlist_add(&list, json_is_string(item) ? json_string_value(item) : "");
    text = strlist_join(&list, ",");
    strlist_release(&list);
    return text;
}

/* Statements as fnctl writes them: "s3:GetObject arn:...". */
static void add_permissions(const struct stage *stage, const char *key, const json_t *value)
{
    json_t *permissions = json_array(), *statement;
    size_t i, k;

    json_array_foreach (value, i, statement) {
        json_t *actions = import_list(json_object_get(statement, "Action"));
        json_t *resources = import_list(json_object_get(statement, "Resource")), *resource;
        char *joined = join_actions(actions);
        bool plain = strcmp(json_string_at(statement, "Effect"), "Allow") == 0 &&
                     !json_object_get(statement, "Condition");

        json_array_foreach (resources, k, resource)
            if (plain && json_is_string(resource))
                json_array_append_new(permissions,
                                      json_sprintf("%s %s", joined, json_string_value(resource)));
        if (!plain)
            note(stage, key,
                 "a statement with a condition, or one that denies, needs a role of its own: "
                 "'role'");
        json_decref(actions);
        json_decref(resources);
        free(joined);
    }
    if (json_array_size(permissions))
        json_object_set_new(stage->function, "permissions", import_literal(permissions));
    json_decref(permissions);
}

static void add_url(const struct stage *stage, const char *key, const json_t *value)
{
    const json_t *config = json_object_get(stage->zappa, "function_url_config");
    const char *auth = json_string_at(config, "authorizer");

    (void)key;
    if (json_is_true(value))
        json_object_set_new(
            stage->web, "url",
            json_pack("{s:s}", "auth", strcmp(auth, "AWS_IAM") == 0 ? "iam" : "none"));
}

/* What a key becomes: the same value under another name (`to`), what `how` makes of it, a note,
 * or nothing. */
static const struct key {
    const char *name;
    const char *to;
    convert *how;
    const char *note;
} keys[] = {
    {"app_function", NULL, add_app, NULL},
    {"django_settings", NULL, add_django, NULL},
    {"lambda_description", "description", NULL, NULL},
    {"runtime", "runtime", NULL, NULL},
    {"architecture", NULL, add_architecture, NULL},
    {"memory_size", "memory", NULL, NULL},
    {"timeout_seconds", "timeout", NULL, NULL},
    {"ephemeral_storage", NULL, add_storage, NULL},
    {"environment_variables", NULL, add_environment, NULL},
    {"aws_environment_variables", NULL, add_environment, NULL},
    {"environment_vars", NULL, add_environment, NULL},
    {"lambda_concurrency", "concurrency", NULL, NULL},
    {"layers", "layers", NULL, NULL},
    {"snap_start", NULL, add_snap_start, NULL},
    {"vpc_config", NULL, add_network, NULL},
    {"efs_config", NULL, add_file_system, NULL},
    {"dead_letter_arn", "dead_letter", NULL, NULL},
    {"xray_tracing", NULL, add_tracing, NULL},
    {"aws_kms_key_arn", NULL, add_key, NULL},
    {"exclude", NULL, add_excluded, NULL},
    {"exclude_glob", NULL, add_excluded, NULL},
    {"tags", NULL, add_tags, NULL},
    {"role_arn", "role", NULL, NULL},
    {"extra_permissions", NULL, add_permissions, NULL},
    {"profile_name", NULL, add_profile, NULL},
    {"s3_bucket", NULL, add_profile, NULL},
    {"function_url_enabled", NULL, add_url, NULL},

    {"role_name", NULL, NULL,
     "a role with the least rights is made; to go on with this one set 'role' to its ARN"},
    {"attach_policy", NULL, NULL, "write its statements as 'permissions'"},
    {"assume_policy", NULL, NULL, "set 'role' to the ARN of a role that you manage yourself"},
    {"apigateway_policy", NULL, NULL, "HTTP APIs have no resource policies"},
    {"remote_env", NULL, NULL,
     "write the variables to 'environment', as ${ssm:/name} or ${secret:name}"},
    {"remote_env_bucket", NULL, NULL, "as remote_env: ${ssm:/name} or ${secret:name}"},
    {"slim_handler", NULL, NULL,
     "not needed: zips above 50 MB go through S3; code and layers together may have 250 MB"},
    {"include", NULL, NULL, "libraries that are needed are found; see 'fnctl package --list'"},
    {"prebuild_script", NULL, NULL, "write what it does as the shell command 'build'"},
    {"callbacks", NULL, NULL, "run them before or after fnctl; 'build' runs before packaging"},
    {"settings_file", NULL, NULL, "read it in the application"},
    {"exception_handler", NULL, NULL, "catch exceptions in the application"},
    {"log_level", NULL, NULL, "set the level of Python's logging in the application"},
    {"keep_warm", NULL, NULL,
     "'provisioned_concurrency' keeps environments warm; a start takes less since packages are "
     "smaller"},
    {"keep_warm_expression", NULL, NULL, "see keep_warm"},
    {"cors", NULL, NULL, "answer preflight requests in the application, or use 'url' with 'cors'"},
    {"domain", NULL, NULL, "the certificate and the name's mapping stay as they are for now"},
    {"base_path", NULL, NULL, "belongs to the domain"},
    {"certificate", NULL, NULL, "import it into ACM"},
    {"certificate_arn", NULL, NULL, "belongs to the domain"},
    {"lets_encrypt_key", NULL, NULL, "ACM issues and renews certificates"},
    {"function_url_domains", NULL, NULL, "put a CloudFront distribution in front of the URL"},
    {"authorizer", NULL, NULL, "an HTTP API's authorizer is set up anew"},
    {"iam_authorization", NULL, NULL, "\"url\": {\"auth\": \"iam\"} demands signed requests"},
    {"api_key_required", NULL, NULL, "HTTP APIs have no API keys; check one in the application"},
    {"api_key", NULL, NULL, "see api_key_required"},
    {"payload_compression", NULL, NULL, "compress in the application"},
    {"cache_cluster_enabled", NULL, NULL, "HTTP APIs have no cache; CloudFront does"},
    {"websocket_handler_module", NULL, NULL, "WebSocket APIs are not supported"},
    {"alb_enabled", NULL, NULL, "load balancers are not supported; point one at the live alias"},
    {"bot_events", NULL, NULL, "point Lex at the live alias of the function"},
    {"cognito", NULL, NULL, "point the user pool's triggers at the live alias of the function"},
    {"async_resources", NULL, NULL, "call a function asynchronously: Invoke with type Event"},
    {"async_response_table", NULL, NULL, "write results in the application"},
    {"context_header_mappings", NULL, NULL, "the WSGI environment has the event's context"},
    {"aws_endpoint_urls", NULL, NULL, "--endpoint-url, or AWS_ENDPOINT_URL_SERVICE"},
};

/* Keys with nothing to say here: Zappa's own, defaults of ours, parts of others. */
static const char *const silent[] = {
    "project_name",
    "aws_region",
    "apigateway_enabled",
    "use_apigateway",
    "apigateway_version",
    "apigateway_description",
    "endpoint_configuration",
    "debug",
    "binary_support",
    "touch",
    "touch_path",
    "delete_local_zip",
    "delete_s3_zip",
    "delete_zip",
    "num_retained_versions",
    "function_url_config",
    "function_url_cloudfront_config",
    "alb_vpc_config",
    "route53_enabled",
    "certificate_key",
    "certificate_chain",
    "cloudwatch_log_level",
    "cloudwatch_data_trace",
    "cloudwatch_metrics_enabled",
    "payload_minimum_compression_size",
    "cache_cluster_size",
    "cache_cluster_ttl",
    "cache_cluster_encrypted",
    "async_source",
    "additional_text_mimetypes",
    "async_response_table_read_capacity",
    "async_response_table_write_capacity",
    "manage_roles",
    "remote_env_file",
    "http_methods",
    "use_precompiled_packages",
    "app_type",
    "app_module",
    "events",
    "lambda_handler",
};

static const struct key *find_key(const char *name)
{
    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
        if (strcmp(keys[i].name, name) == 0)
            return &keys[i];
    return NULL;
}

static bool is_silent(const char *name)
{
    for (size_t i = 0; i < sizeof(silent) / sizeof(*silent); i++)
        if (strcmp(silent[i], name) == 0)
            return true;
    return false;
}

static void convert_key(const struct stage *stage, const char *name, const json_t *value)
{
    const struct key *key = find_key(name);

    if (!key) {
        if (!is_silent(name) && name[0] != '_')
            note(stage, name, "is no key of Zappa's; nothing was made of it");
        return;
    }
    if (key->to && !json_is_null(value))
        json_object_set_new(stage->function, key->to, import_literal(value));
    if (is_off(value))
        return;
    if (key->how)
        key->how(stage, name, value);
    if (key->note)
        note(stage, name, key->note);
}

/* What Zappa assumes where it is not told. */
static void set_defaults(const struct stage *stage)
{
    json_t *function = stage->function;

    if (!json_object_get(function, "runtime")) {
        json_object_set_new(function, "runtime", json_string("python3.13"));
        note(stage, "runtime", "is not set: 'python3.13' was taken");
    }
    if (!json_object_get(function, "memory"))
        json_object_set_new(function, "memory", json_integer(512));
    if (file_exists("requirements.txt"))
        json_object_set_new(function, "requirements", json_string("requirements.txt"));
    else
        note(stage, "requirements",
             "there is no requirements.txt: write one ('pip freeze'), or set 'requirements' to the "
             "virtualenv's folder");
}

/* The app's function, with an HTTP API in front unless that is switched off. */
static void add_web(const struct stage *stage)
{
    const json_t *enabled = json_object_get(stage->zappa, "apigateway_enabled");
    const char *handler = json_string_at(stage->zappa, "lambda_handler");
    json_t *environment = json_object_get(stage->web, "environment"), *web;

    if (!json_object_get(stage->web, "app") && *handler &&
        strcmp(handler, "handler.lambda_handler") != 0)
        json_object_set_new(stage->web, "handler", json_string(handler));
    if (!json_object_get(stage->web, "app") && !json_object_get(stage->web, "handler"))
        return;
    if (!json_is_false(enabled))
        json_object_set_new(stage->web, "routes", json_pack("[s, s]", "ANY /{proxy+}", "ANY /"));
    if (environment)
        add_environment(stage, NULL, environment);
    json_object_del(stage->web, "environment");
    web = json_deep_copy(stage->function);
    json_object_update(web, stage->web);
    json_object_set_new(stage->functions, "web", web);
}

void zappa_keys_convert(struct import *import, const json_t *zappa, json_t *stage,
                        json_t *functions)
{
    const struct stage state = {.import = import,
                                .zappa = zappa,
                                .stage = stage,
                                .function = json_object(),
                                .web = json_object(),
                                .functions = functions};
    json_t *value;
    const char *key;

    json_object_foreach ((json_t *)(uintptr_t)zappa, key, value)
        convert_key(&state, key, value);
    set_defaults(&state);
    add_web(&state);
    zappa_events_convert(import, zappa, state.function, functions);
    json_decref(state.function);
    json_decref(state.web);
}
