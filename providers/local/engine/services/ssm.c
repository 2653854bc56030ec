#include "providers/local/engine/services/ssm.h"

#include "core/json.h"
#include "core/memory.h"
#include "providers/local/engine/services/tags.h"
#include "providers/local/engine/store/store.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* https://docs.aws.amazon.com/general/latest/gr/ssm.html#limits_ssm */
enum {
    STANDARD_MAX = 4096,
    ADVANCED_MAX = 8192,
    VERSIONS_MAX = 100,
    LEVELS_MAX = 15,
    TAGS_MAX = 50
};

char *ssm_name(const char *text)
{
    const char *marker = strncmp(text, "arn:", 4) == 0 ? strstr(text, ":parameter/") : NULL;

    if (!marker)
        return xstrdup(text);
    marker += strlen(":parameter");
    /* The ARN of "name" is that of "/name": names without a slash have no second one. */
    return xstrdup(strchr(marker + 1, '/') ? marker : marker + 1);
}

char *ssm_arn(const struct request *request, const char *name)
{
    return xasprintf("arn:%s:ssm:%s:" ENGINE_ACCOUNT ":parameter%s%s", request_partition(request),
                     request_region(request), *name == '/' ? "" : "/", name);
}

json_t *ssm_find(struct engine *engine, const char *name)
{
    return store_row(engine->store,
                     "SELECT p.name, p.type, p.version, p.document AS \"{document\","
                     " p.tags AS \"{tags\", v.value, v.labels AS \"{labels\", v.modified"
                     " FROM parameters p JOIN parameter_versions v"
                     " ON v.name = p.name AND v.version = p.version WHERE p.name = ?",
                     "s", name);
}

void ssm_not_found(struct request *request, const char *name)
{
    request_fail(request, 400, "ParameterNotFound", "Parameter %s not found.", name);
}

static bool check_name(struct request *request, const char *name)
{
    const char *plain = name + strspn(name, "/");
    size_t levels = 0;

    for (const char *at = name; *at; at++)
        levels += *at == '/';
    if (strchr(name, '/') && name[0] != '/')
        request_fail(request, 400, "ValidationException",
                     "Parameter name must be a fully qualified name.");
    else if (name[strspn(name,
                         "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-/")] ||
             !*plain)
        request_fail(request, 400, "ValidationException",
                     "Invalid parameter name. Please use correct syntax for referencing a "
                     "version/label  <name>:<version/label>");
    else if (strncasecmp(plain, "aws", 3) == 0 || strncasecmp(plain, "ssm", 3) == 0)
        request_fail(request, 400, "AccessDeniedException",
                     "No access to reserved parameter name: %s.", name);
    else if (levels > LEVELS_MAX)
        request_fail(request, 400, "HierarchyLevelLimitExceededException",
                     "Parameter name hierarchy must not exceed %d levels.", LEVELS_MAX);
    else
        return true;
    return false;
}

static bool matches(const char *pattern, const char *value)
{
    regex_t regex;
    bool result;

    if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
        return false;
    result = regexec(&regex, value, 0, NULL, 0) == 0;
    regfree(&regex);
    return result;
}

static bool check_value(struct request *request, const json_t *input)
{
    const char *value = json_string_at(input, "Value");
    const char *pattern = json_string_at(input, "AllowedPattern");
    bool standard = strcmp(json_string_at(input, "Tier"), "Advanced") != 0 &&
                    strcmp(json_string_at(input, "Tier"), "Intelligent-Tiering") != 0;
    size_t most = standard ? STANDARD_MAX : ADVANCED_MAX;

    if (!*value)
        request_fail(request, 400, "ValidationException",
                     "Parameter value can't be empty: Member must have length greater than or "
                     "equal to 1");
    else if (strlen(value) > most)
        request_fail(request, 400, "ValidationException",
                     "%s tier parameters support a maximum parameter value of %zu characters.",
                     standard ? "Standard" : "Advanced", most);
    else if (*pattern && !matches(pattern, value))
        request_fail(request, 400, "ParameterPatternMismatchException",
                     "Parameter value, cannot be validated against allowedPattern: %s", pattern);
    else
        return true;
    return false;
}

/* Whether a parameter that may be there already can be put so. */
static bool check_put(struct request *request, const json_t *input, const json_t *row)
{
    bool overwrite = json_bool_at(input, "Overwrite");

    if (row && !overwrite)
        request_fail(request, 400, "ParameterAlreadyExists",
                     "The parameter already exists. To overwrite this value, set the overwrite "
                     "option in the request to true.");
    else if (!row && !*json_string_at(input, "Type"))
        request_fail(request, 400, "ValidationException",
                     "A parameter type is required when you create a parameter.");
    else if (overwrite && json_object_get(input, "Tags"))
        request_fail(request, 400, "ValidationException",
                     "Invalid request: tags and overwrite can't be used together. To create a "
                     "parameter with tags, please remove overwrite flag. To update tags for an "
                     "existing parameter, please use AddTagsToResource or RemoveTagsFromResource.");
    else
        return true;
    return false;
}

/* What DescribeParameters says besides name, type and version. */
static json_t *document_of(const json_t *input, const json_t *row, const char *type)
{
    static const char *const members[] = {"Description", "AllowedPattern", "KeyId", "Tier",
                                          "DataType"};
    json_t *document = row ? json_deep_copy(json_object_get(row, "document")) : json_object();

    for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
        json_t *value = json_object_get(input, members[i]);

        if (value)
            json_object_set(document, members[i], value);
    }
    if (strcmp(type, "SecureString") == 0 && !json_object_get(document, "KeyId"))
        json_object_set_new(document, "KeyId", json_string("alias/aws/ssm"));
    if (strcmp(json_string_at(document, "Tier"), "Advanced") != 0)
        json_object_set_new(document, "Tier", json_string("Standard"));
    if (!json_object_get(document, "DataType"))
        json_object_set_new(document, "DataType", json_string("text"));
    return document;
}

static int write_version(struct engine *engine, const char *name, const char *type, int64_t version,
                         const char *value, const char *document, const char *tags)
{
    store_begin(engine->store);
    if (store_run(engine->store,
                  "INSERT INTO parameters (name, type, version, document, tags)"
                  " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET type = excluded.type,"
                  " version = excluded.version, document = excluded.document",
                  "ssiss", name, type, version, document, tags) < 0 ||
        store_run(engine->store,
                  "INSERT INTO parameter_versions (name, version, value, labels, modified)"
                  " VALUES (?, ?, ?, '[]', ?)",
                  "sisi", name, version, value, clock_now(engine->clock)) < 0 ||
        store_run(engine->store, "DELETE FROM parameter_versions WHERE name = ? AND version <= ?",
                  "si", name, version - VERSIONS_MAX) < 0) {
        store_rollback(engine->store);
        return -1;
    }
    return store_commit(engine->store);
}

static void put(struct request *request, const json_t *input, const char *name, const json_t *row)
{
    const char *given = json_string_at(input, "Type");
    const char *type = *given ? given : json_string_at(row, "type");
    int64_t version = json_int_at(row, "version") + 1;
    json_t *document = document_of(input, row, type), *tags = json_object();
    char *document_text = json_dumps(document, JSON_COMPACT), *tags_text;

    tags_add(tags, json_object_get(input, "Tags"));
    tags_text = json_dumps(tags, JSON_COMPACT);
    if (write_version(request->engine, name, type, version, json_string_at(input, "Value"),
                      document_text, tags_text) < 0)
        request_fail_write(request);
    else
        request_reply(request, 200,
                      json_pack("{s:I, s:s}", "Version", (json_int_t)version, "Tier",
                                json_string_at(document, "Tier")));
    free(document_text);
    free(tags_text);
    json_decref(document);
    json_decref(tags);
}

static void put_parameter(struct request *request, json_t *input)
{
    char *name = ssm_name(json_string_at(input, "Name"));
    json_t *row = ssm_find(request->engine, name);

    if (check_name(request, name) && check_value(request, input) && check_put(request, input, row))
        put(request, input, name, row);
    json_decref(row);
    free(name);
}

static int remove_parameter(struct request *request, const char *text)
{
    char *name = ssm_name(text);
    int removed =
        store_run(request->engine->store, "DELETE FROM parameters WHERE name = ?", "s", name);

    free(name);
    return removed;
}

static void delete_parameter(struct request *request, json_t *input)
{
    int removed = remove_parameter(request, json_string_at(input, "Name"));

    if (removed == 0)
        ssm_not_found(request, json_string_at(input, "Name"));
    else if (removed < 0)
        request_fail_write(request);
    else
        request_reply(request, 200, NULL);
}

static void delete_parameters(struct request *request, json_t *input)
{
    json_t *deleted = json_array(), *invalid = json_array(), *name;
    size_t i;

    json_array_foreach (json_object_get(input, "Names"), i, name)
        json_array_append(
            remove_parameter(request, json_string_value(name)) > 0 ? deleted : invalid, name);
    request_reply(
        request, 200,
        json_pack("{s:o, s:o}", "DeletedParameters", deleted, "InvalidParameters", invalid));
}

static const char *const types[] = {"String", "StringList", "SecureString", NULL};
static const char *const tiers[] = {"Standard", "Advanced", "Intelligent-Tiering", NULL};

#define NAME_MEMBER                                                                                \
    {                                                                                              \
        .name = "Name", .type = SHAPE_STRING, .required = true, .min = 1, .max = 2048              \
    }
#define PAGE_MEMBERS(MOST)                                                                         \
    {.name = "MaxResults", .type = SHAPE_INTEGER, .min = 1, .max = (MOST)},                        \
    {                                                                                              \
        .name = "NextToken", .type = SHAPE_STRING                                                  \
    }
static const struct shape put_shape[] = {
    NAME_MEMBER,
    {.name = "Description", .type = SHAPE_STRING, .max = 1024},
    {.name = "Value", .type = SHAPE_STRING, .required = true},
    {.name = "Type", .type = SHAPE_STRING, .choices = types},
    {.name = "KeyId", .type = SHAPE_STRING, .min = 1, .max = 256, .pattern = "[a-zA-Z0-9:/_-]+"},
    {.name = "Overwrite", .type = SHAPE_BOOLEAN},
    {.name = "AllowedPattern", .type = SHAPE_STRING, .max = 1024},
    {.name = "Tags", .type = SHAPE_ANY},
    {.name = "Tier", .type = SHAPE_STRING, .choices = tiers},
    {.name = "DataType", .type = SHAPE_STRING, .max = 128},
    SHAPE_END};
static const struct shape name_shape[] = {
    NAME_MEMBER, {.name = "WithDecryption", .type = SHAPE_BOOLEAN}, SHAPE_END};
static const struct shape names_shape[] = {
    {.name = "Names", .type = SHAPE_STRINGS, .required = true, .min = 1, .max = 10},
    {.name = "WithDecryption", .type = SHAPE_BOOLEAN},
    SHAPE_END};
static const struct shape path_shape[] = {
    {.name = "Path", .type = SHAPE_STRING, .required = true, .min = 1, .max = 2048},
    {.name = "Recursive", .type = SHAPE_BOOLEAN},
    {.name = "WithDecryption", .type = SHAPE_BOOLEAN},
    PAGE_MEMBERS(10),
    SHAPE_END};
static const struct shape history_shape[] = {
    NAME_MEMBER, {.name = "WithDecryption", .type = SHAPE_BOOLEAN}, PAGE_MEMBERS(50), SHAPE_END};
static const struct shape describe_shape[] = {PAGE_MEMBERS(50), SHAPE_END};
static const struct shape label_shape[] = {
    NAME_MEMBER,
    {.name = "ParameterVersion", .type = SHAPE_INTEGER},
    {.name = "Labels", .type = SHAPE_STRINGS, .required = true, .min = 1, .max = 10},
    SHAPE_END};
#define RESOURCE_MEMBERS                                                                           \
    {.name = "ResourceType", .type = SHAPE_STRING, .required = true},                              \
    {                                                                                              \
        .name = "ResourceId", .type = SHAPE_STRING, .required = true                               \
    }
static const struct shape tag_shape[] = {
    RESOURCE_MEMBERS, {.name = "Tags", .type = SHAPE_ANY, .required = true}, SHAPE_END};
static const struct shape untag_shape[] = {
    RESOURCE_MEMBERS, {.name = "TagKeys", .type = SHAPE_STRINGS, .required = true}, SHAPE_END};
static const struct shape resource_shape[] = {RESOURCE_MEMBERS, SHAPE_END};

const struct operation ssm_operations[] = {
    {"PutParameter", NULL, NULL, put_parameter, put_shape, false},
    {"GetParameter", NULL, NULL, ssm_get, name_shape, false},
    {"GetParameters", NULL, NULL, ssm_get_many, names_shape, false},
    {"GetParametersByPath", NULL, NULL, ssm_get_by_path, path_shape, false},
    {"GetParameterHistory", NULL, NULL, ssm_history, history_shape, false},
    {"DescribeParameters", NULL, NULL, ssm_describe, describe_shape, false},
    {"DeleteParameter", NULL, NULL, delete_parameter, name_shape, false},
    {"DeleteParameters", NULL, NULL, delete_parameters, names_shape, false},
    {"LabelParameterVersion", NULL, NULL, ssm_label, label_shape, false},
    {"AddTagsToResource", NULL, NULL, ssm_add_tags, tag_shape, false},
    {"RemoveTagsFromResource", NULL, NULL, ssm_remove_tags, untag_shape, false},
    {"ListTagsForResource", NULL, NULL, ssm_list_tags, resource_shape, false},
    {NULL, NULL, NULL, NULL, NULL, false}};
