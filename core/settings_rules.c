#include "core/settings_rules.h"

#include "core/settings_api.h"
#include "core/settings_checks.h"
#include "core/settings_environment.h"
#include "core/settings_smoke.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { ENVIRONMENT_MAX = 4096, TAGS_MAX = 36 /* AWS's 50 without ours */ };

/* Variables that Lambda sets itself and refuses in settings. */
static const char *const reserved[] = {
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
};

/* One function under the rules. */
struct rules {
    const struct settings *settings;
    const struct schema_source *source;
    const struct function *function;
    const struct json_path *path; /* functions.NAME */
    const json_t *written;        /* the function as JSON */
    struct err *err;
};

static bool starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static struct json_path below(const struct json_path *path, const char *key)
{
    return (struct json_path){.parent = path, .key = key};
}

/* The message of a rule with the place in front. */
static int placed(const struct rules *rules, const struct json_path *path, bool at_key,
                  const struct err *rule)
{
    return schema_error(rules->source, path, at_key, rules->err, "%s", rule->message);
}

/* The role that schedules call functions with, PROJECT-STAGE.scheduler, has a name as well. */
static int check_scheduler(const struct rules *rules)
{
    const struct settings *settings = rules->settings;
    const size_t most = SETTINGS_REMOTE_NAME_MAX - strlen(".scheduler");
    size_t len = strlen(settings->project) + 1 + strlen(settings->stage);

    if (rules->function->schedules.count == 0 || len <= most)
        return 0;
    return schema_error(rules->source, rules->path, true, rules->err,
                        "PROJECT-STAGE is '%.80s-%.80s', %zu bytes, but for a function with "
                        "schedules AWS allows %zu",
                        settings->project, settings->stage, len, most);
}

static int check_name(const struct rules *rules)
{
    const struct settings *settings = rules->settings;
    char *remote = settings_remote_name(settings, rules->function);
    size_t len = strlen(remote);
    struct err rule;
    int result = 0;

    if (settings_check_name(&rules->function->name, &rule) < 0)
        result = placed(rules, rules->path, true, &rule);
    else if (len > SETTINGS_REMOTE_NAME_MAX)
        result = schema_error(rules->source, rules->path, true, rules->err,
                              "its name PROJECT-STAGE-FUNCTION is '%.200s', %zu bytes, but AWS "
                              "allows %d",
                              remote, len, SETTINGS_REMOTE_NAME_MAX);
    free(remote);
    return result < 0 ? -1 : check_scheduler(rules);
}

/* What `handler` is for the runtimes that start like this. */
static const struct {
    const char *runtime;
    bool dotted; /* FILE.FUNCTION */
    const char *example;
} handlers[] = {
    {"python", true, "app.handler"},
    {"nodejs", true, "index.handler"},
    {"ruby", true, "app.handler"},
    {"provided", false, "bootstrap"},
    {"java", false, "example.Handler::handle"},
    {"dotnet", false, "Assembly::Namespace.Class::Method"},
};

static int check_handler_form(const struct rules *rules, bool dotted, const char *example)
{
    const struct json_path path = below(rules->path, "handler");
    const char *handler = rules->function->handler;
    const char *dot = strrchr(handler, '.');

    if (strpbrk(handler, " \t\r\n"))
        return schema_error(rules->source, &path, false, rules->err,
                            "'%.80s' must have no white space", handler);
    if (handler[0] == '/' || starts(handler, "../") || strstr(handler, "/../"))
        return schema_error(rules->source, &path, false, rules->err,
                            "'%.80s' must be within the folder of the source", handler);
    if (dotted && (!dot || dot == handler || dot[1] == '\0' || strchr(dot, '/')))
        return schema_error(rules->source, &path, false, rules->err,
                            "'%.80s' must be FILE.FUNCTION, as in '%s'", handler, example);
    return 0;
}

static int check_handler(const struct rules *rules)
{
    const struct function *function = rules->function;
    const struct json_path handler = below(rules->path, "handler"), app = below(rules->path, "app");
    bool python = starts(function->runtime, "python");
    size_t i = 0;

    if (function->app && !python)
        return schema_error(rules->source, &app, true, rules->err,
                            "is for python runtimes only, not for '%s'", function->runtime);
    if (function->app && function->handler)
        return schema_error(rules->source, &app, true, rules->err,
                            "only one of 'handler' and 'app' may be set");
    if (function->app)
        return 0;
    while (i + 1 < sizeof(handlers) / sizeof(handlers[0]) &&
           !starts(function->runtime, handlers[i].runtime))
        i++;
    if (function->handler)
        return check_handler_form(rules, handlers[i].dotted, handlers[i].example);
    return schema_error(rules->source, &handler, true, rules->err,
                        "this key is missing: what '%s' runs, as in \"%s\"%s", function->runtime,
                        handlers[i].example,
                        python ? "; or for a WSGI application 'app', as in \"app.app\"" : "");
}

/* Packages of a language are for the runtimes of that language. */
static int check_packages(const struct rules *rules)
{
    const struct function *function = rules->function;
    const struct json_path requirements = below(rules->path, "requirements"),
                           modules = below(rules->path, "node_modules");

    if (function->requirements && !starts(function->runtime, "python"))
        return schema_error(rules->source, &requirements, true, rules->err,
                            "'requirements' is for python runtimes only, not for '%s'",
                            function->runtime);
    if (strcmp(function->node_modules, "source") != 0 && !starts(function->runtime, "nodejs"))
        return schema_error(rules->source, &modules, true, rules->err,
                            "'node_modules' is for nodejs runtimes only, not for '%s'",
                            function->runtime);
    return 0;
}

static int check_variable(const struct rules *rules, const char *name, const struct json_path *path)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    static const char rest[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";

    for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
        if (strcmp(reserved[i], name) == 0)
            return schema_error(rules->source, path, true, rules->err,
                                "Lambda sets this variable itself, choose another name");
    if (name[0] && strchr(letters, name[0]) && name[1] && name[strspn(name, rest)] == '\0')
        return 0;
    return schema_error(rules->source, path, true, rules->err,
                        "the name of a variable must be two or more letters, digits and '_', "
                        "starting with a letter");
}

static int check_environment(const struct rules *rules)
{
    const struct json_path path = below(rules->path, "environment");
    size_t total = 0;
    const char *name;
    json_t *value;

    json_object_foreach (rules->function->environment, name, value) {
        const struct json_path step = below(&path, name);

        if (check_variable(rules, name, &step) < 0)
            return -1;
        total += strlen(name) + json_string_length(value);
    }
    if (total > ENVIRONMENT_MAX)
        return schema_error(rules->source, &path, true, rules->err,
                            "names and values have %zu bytes, but AWS allows %d", total,
                            ENVIRONMENT_MAX);
    return 0;
}

/* What tags may consist of: of letters not only those of ASCII. */
static bool is_tag_text(const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        if (c < 0x80 && !isalnum(c) && !strchr(" _.:/=+-@", c))
            return false;
    }
    return true;
}

static int check_tags(const struct rules *rules, const json_t *tags, const struct json_path *path)
{
    const char *name;
    json_t *value;

    json_object_foreach ((json_t *)(uintptr_t)tags, name, value) {
        const struct json_path step = below(path, name);

        if (starts(name, "aws:") || starts(name, "fnctl:"))
            return schema_error(rules->source, &step, true, rules->err,
                                "tags that start with 'aws:' and 'fnctl:' are not free to use");
        if (name[0] == '\0' || strlen(name) > 128 || json_string_length(value) > 256)
            return schema_error(rules->source, &step, true, rules->err,
                                "a tag must have 1 to 128 bytes, its value at most 256");
        if (!is_tag_text(name) || !is_tag_text(json_string_value(value)))
            return schema_error(rules->source, &step, true, rules->err,
                                "a tag and its value consist of letters, digits, spaces and "
                                "_ . : / = + - @");
    }
    if (json_object_size(tags) > TAGS_MAX)
        return schema_error(rules->source, path, true, rules->err,
                            "has %zu tags, but at most %d are possible", json_object_size(tags),
                            TAGS_MAX);
    return 0;
}

/* Exactly one of cron, rate and at, in our form or AWS's. */
static int parse_schedule(const struct rules *rules, struct schedule *schedule,
                          const struct json_path *path)
{
    const struct {
        const char *key, *text;
        int (*parse)(const char *text, struct cron *cron, struct err *err);
    } forms[] = {{"cron", schedule->cron, cron_parse},
                 {"rate", schedule->rate, cron_parse_rate},
                 {"at", schedule->at, cron_parse_at}};
    size_t given = 0, form = 0;
    struct json_path step;
    struct err rule;
    const char *text;

    for (size_t i = 0; i < 3; i++) {
        form = forms[i].text ? i : form;
        given += forms[i].text != NULL;
    }
    if (given != 1)
        return schema_error(rules->source, path, false, rules->err,
                            "exactly one of 'cron', 'rate' and 'at' must be set, not %zu", given);
    text = forms[form].text;
    step = below(path, forms[form].key);
    if (starts(text, forms[form].key) && text[strlen(forms[form].key)] == '(') {
        if (cron_parse_aws(text, &schedule->parsed, &rule) < 0)
            return placed(rules, &step, false, &rule);
    } else if (forms[form].parse(text, &schedule->parsed, &rule) < 0) {
        return placed(rules, &step, false, &rule);
    }
    return 0;
}

/* Whether another schedule, before this one, has the same name in the provider. */
static bool schedule_name_taken(const struct settings *settings, const struct function *function,
                                size_t index)
{
    char *name = settings_schedule_name(function, function_schedule_at(function, index), index);
    bool taken = false;

    for (size_t i = 0; i < settings_function_count(settings); i++) {
        const struct function *other = settings_function_at(settings, i);

        for (size_t k = 0; k < other->schedules.count && !taken; k++) {
            char *others;

            if (other == function && k == index)
                continue;
            others = settings_schedule_name(other, function_schedule_at(other, k), k);
            taken = strcmp(name, others) == 0;
            free(others);
        }
    }
    free(name);
    return taken;
}

static int check_schedules(const struct rules *rules)
{
    const struct json_path list = below(rules->path, "schedules");
    const struct function *function = rules->function;

    for (size_t i = 0; i < function->schedules.count; i++) {
        struct schedule *schedule = (struct schedule *)function->schedules.items + i;
        const struct json_path path = {.parent = &list, .index = i};
        const struct json_path name = below(&path, "name");

        if (parse_schedule(rules, schedule, &path) < 0)
            return -1;
        if (schedule->name && schedule_name_taken(rules->settings, function, i))
            return schema_error(rules->source, &name, false, rules->err,
                                "'%s' is the name of another schedule already", schedule->name);
    }
    return 0;
}

/* The function, before or at this one, that has the same route earlier. */
static const struct function *route_owner(const struct rules *rules, size_t index)
{
    const char *key = function_route_at(rules->function, index)->key;

    for (size_t i = 0; i < settings_function_count(rules->settings); i++) {
        const struct function *other = settings_function_at(rules->settings, i);
        size_t end = other == rules->function ? index : other->routes.count;

        for (size_t k = 0; k < end; k++)
            if (strcmp(function_route_at(other, k)->key, key) == 0)
                return other;
        if (other == rules->function)
            break;
    }
    return NULL;
}

static int check_routes(const struct rules *rules)
{
    const struct json_path list = below(rules->path, "routes");

    for (size_t i = 0; i < rules->function->routes.count; i++) {
        const struct json_path path = {.parent = &list, .index = i};
        const struct function *owner = route_owner(rules, i);

        if (owner)
            return schema_error(rules->source, &path, false, rules->err,
                                "the route '%s' of '%s' belongs to '%s' already",
                                function_route_at(rules->function, i)->key, rules->function->name,
                                owner->name);
    }
    return 0;
}

static int check_triggers(const struct rules *rules)
{
    const struct json_path list = below(rules->path, "triggers");
    const struct function *function = rules->function;
    const json_t *written = json_at(rules->settings->resolved, "functions");

    written = json_object_get(json_object_get(written, function->name), "triggers");
    for (size_t i = 0; i < function->triggers.count; i++) {
        struct trigger *trigger = (struct trigger *)function->triggers.items + i;
        const struct json_path path = {.parent = &list, .index = i};

        if (trigger_check(trigger, json_array_get(written, i), rules->source, &path, rules->err) <
            0)
            return -1;
        for (size_t k = 0; k < i; k++)
            if (trigger_same_source(trigger, function_trigger_at(function, k)))
                return schema_error(rules->source, &path, false, rules->err,
                                    "'%s' is a trigger of this function already", trigger->source);
    }
    return 0;
}

static int check_function(const struct rules *rules)
{
    const struct json_path tags = below(rules->path, "tags");

    if (check_name(rules) < 0 || check_handler(rules) < 0 || check_packages(rules) < 0 ||
        check_environment(rules) < 0 ||
        settings_environment_check(rules->function, rules->source, rules->path, rules->err) < 0 ||
        settings_smoke_check(&rules->function->smoke, json_object_get(rules->written, "smoke"),
                             rules->source, rules->path, rules->err) < 0)
        return -1;
    if (check_tags(rules, rules->function->tags, &tags) < 0)
        return -1;
    return check_routes(rules) < 0 || check_schedules(rules) < 0 || check_triggers(rules) < 0 ? -1
                                                                                              : 0;
}

int settings_apply_rules(struct settings *settings, const struct schema_source *source,
                         struct err *err)
{
    const struct json_path root = {.parent = NULL};
    const struct json_path functions = below(&root, "functions"), tags = below(&root, "tags");
    struct rules rules = {.settings = settings, .source = source, .err = err};

    if (check_tags(&rules, settings->tags, &tags) < 0)
        return -1;
    if (settings->functions.count == 0)
        return schema_error(source, &functions, false, err, "must name at least one function");
    for (size_t i = 0; i < settings->functions.count; i++) {
        struct function *function = (struct function *)settings->functions.items + i;
        const struct json_path path = below(&functions, function->name);
        const json_t *written = json_object_get(settings->resolved, "functions");

        written = json_object_get(written, function->name);
        function->reserved = json_object_get(written, "concurrency") != NULL;
        function->url.enabled =
            function->url.enabled || json_is_object(json_object_get(written, "url"));
        rules.function = function;
        rules.written = written;
        settings_retries_fill(&function->retries, json_object_get(written, "retries"));
        rules.path = &path;
        if (check_function(&rules) < 0)
            return -1;
    }
    return settings_apply_api_rules(settings, source, err);
}
