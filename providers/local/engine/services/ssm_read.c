#include "core/hash.h"
#include "core/json.h"
#include "core/memory.h"
#include "providers/local/engine/services/page.h"
#include "providers/local/engine/services/ssm.h"
#include "providers/local/engine/store/store.h"

#include <stdlib.h>
#include <string.h>

enum { PATH_PAGE = 10, DESCRIBE_PAGE = 50 };

/* What a SecureString is without WithDecryption: no key, no clear text. */
static char *sealed(const char *value)
{
    uint8_t digest[HASH_LEN];

    hash_sha256(value, strlen(value), digest);
    return hash_base64(digest, sizeof(digest));
}

json_t *ssm_shape(const struct request *request, const json_t *row, bool decrypt)
{
    const char *type = json_string_at(row, "type"), *value = json_string_at(row, "value");
    bool seal = strcmp(type, "SecureString") == 0 && !decrypt;
    char *cipher = seal ? sealed(value) : NULL;
    char *arn = ssm_arn(request, json_string_at(row, "name"));
    json_t *parameter = json_pack(
        "{s:s, s:s, s:s, s:I, s:f, s:s, s:s}", "Name", json_string_at(row, "name"), "Type", type,
        "Value", cipher ? cipher : value, "Version", (json_int_t)json_int_at(row, "version"),
        "LastModifiedDate", (double)json_int_at(row, "modified") / 1000.0, "ARN", arn, "DataType",
        json_string_at(row, "document.DataType"));

    if (json_object_get(row, "selector"))
        json_object_set(parameter, "Selector", json_object_get(row, "selector"));
    free(cipher);
    free(arn);
    return parameter;
}

static bool has_label(const json_t *labels, const char *label)
{
    const json_t *item;
    size_t i;

    json_array_foreach (labels, i, item) {
        if (json_is_string(item) && strcmp(json_string_value(item), label) == 0)
            return true;
    }
    return false;
}

/* The version of a parameter's row that a selector, ":3" or ":label", means; NULL: there is none.
 */
static json_t *select_version(struct engine *engine, json_t *row, const char *selector)
{
    json_t *versions = store_rows(engine->store,
                                  "SELECT version, value, labels AS \"{labels\", modified"
                                  " FROM parameter_versions WHERE name = ?",
                                  "s", json_string_at(row, "name"));
    json_t *version, *result = NULL;
    char *end;
    long long number = strtoll(selector + 1, &end, 10);
    size_t i;

    json_array_foreach (versions, i, version) {
        bool chosen = *end == '\0' ? json_int_at(version, "version") == number
                                   : has_label(json_object_get(version, "labels"), selector + 1);

        if (!chosen)
            continue;
        json_object_update(row, version);
        json_object_set_new(row, "selector", json_string(selector));
        result = row;
    }
    json_decref(versions);
    return result;
}

/* The row that "NAME[:SELECTOR]" or an ARN means. `*exists`: the parameter is there, though perhaps
 * not that version. The caller's; NULL: not found. */
static json_t *find(struct engine *engine, const char *text, bool *exists)
{
    size_t colons = strncmp(text, "arn:", 4) == 0 ? 5 : 0, len = strcspn(text, ":");
    char *front, *name;
    json_t *row;

    for (; colons > 0 && text[len]; colons--)
        len += 1 + strcspn(text + len + 1, ":");
    front = xstrndup(text, len);
    name = ssm_name(front);
    row = ssm_find(engine, name);
    *exists = row != NULL;
    if (row && text[len] && !select_version(engine, row, text + len)) {
        json_decref(row);
        row = NULL;
    }
    free(front);
    free(name);
    return row;
}

void ssm_get(struct request *request, json_t *input)
{
    const char *name = json_string_at(input, "Name");
    bool exists;
    json_t *row = find(request->engine, name, &exists);

    if (row)
        request_reply(request, 200,
                      json_pack("{s:o}", "Parameter",
                                ssm_shape(request, row, json_bool_at(input, "WithDecryption"))));
    else if (exists)
        request_fail(request, 400, "ParameterVersionNotFound",
                     "Systems Manager could not find the version or label of %s. Verify it and try "
                     "again.",
                     name);
    else
        ssm_not_found(request, name);
    json_decref(row);
}

void ssm_get_many(struct request *request, json_t *input)
{
    json_t *parameters = json_array(), *invalid = json_array(), *name;
    size_t i;

    json_array_foreach (json_object_get(input, "Names"), i, name) {
        bool exists;
        json_t *row = find(request->engine, json_string_value(name), &exists);

        if (row)
            json_array_append_new(parameters,
                                  ssm_shape(request, row, json_bool_at(input, "WithDecryption")));
        else
            json_array_append(invalid, name);
        json_decref(row);
    }
    request_reply(request, 200,
                  json_pack("{s:o, s:o}", "Parameters", parameters, "InvalidParameters", invalid));
}

static void reply_page(struct request *request, const json_t *input, json_t *items, int64_t most)
{
    int64_t max = json_int_at(input, "MaxResults");

    request_reply(request, 200,
                  page_cut(items, json_string_at(input, "NextToken"), max ? max : most,
                           "Parameters", "NextToken"));
}

static json_t *all_rows(struct engine *engine)
{
    return store_rows(engine->store,
                      "SELECT p.name, p.type, p.version, p.document AS \"{document\","
                      " p.tags AS \"{tags\", v.value, v.labels AS \"{labels\", v.modified"
                      " FROM parameters p JOIN parameter_versions v"
                      " ON v.name = p.name AND v.version = p.version ORDER BY p.name",
                      "");
}

/* Whether `name` is below `path`, "/a" or "/a/": directly or, when `deep`, anywhere. */
static bool is_below(const char *name, const char *path, bool deep)
{
    size_t len = strlen(path);

    while (len > 0 && path[len - 1] == '/')
        len--;
    if (strncmp(name, path, len) != 0 || name[len] != '/')
        return false;
    return deep || !strchr(name + len + 1, '/');
}

/* Whether one of a filter's values fits the text as its option says. */
static bool fits_text(const json_t *filter, const char *text)
{
    const char *option = json_string_at(filter, "Option");
    const json_t *value;
    size_t i;

    json_array_foreach (json_object_get(filter, "Values"), i, value) {
        const char *wanted = json_is_string(value) ? json_string_value(value) : "";

        if (strcmp(option, "BeginsWith") == 0 ? strncmp(text, wanted, strlen(wanted)) == 0
            : strcmp(option, "Contains") == 0 ? strstr(text, wanted) != NULL
                                              : strcmp(text, wanted) == 0)
            return true;
    }
    return false;
}

static bool fits_path(const json_t *filter, const char *name)
{
    bool deep = strcmp(json_string_at(filter, "Option"), "Recursive") == 0;
    const json_t *path;
    size_t i;

    json_array_foreach (json_object_get(filter, "Values"), i, path) {
        if (json_is_string(path) && is_below(name, json_string_value(path), deep))
            return true;
    }
    return false;
}

static bool fits_label(const json_t *filter, const json_t *labels)
{
    const json_t *label;
    size_t i;

    json_array_foreach (labels, i, label) {
        if (fits_text(filter, json_string_value(label)))
            return true;
    }
    return false;
}

static bool fits_filter(const json_t *filter, const json_t *row)
{
    const char *key = json_string_at(filter, "Key");
    const char *tag =
        strncmp(key, "tag:", 4) == 0
            ? json_string_value(json_object_get(json_object_get(row, "tags"), key + 4))
            : NULL;

    if (strcmp(key, "Path") == 0)
        return fits_path(filter, json_string_at(row, "name"));
    if (strcmp(key, "Name") == 0)
        return fits_text(filter, json_string_at(row, "name"));
    if (strcmp(key, "Type") == 0)
        return fits_text(filter, json_string_at(row, "type"));
    if (strcmp(key, "Label") == 0)
        return fits_label(filter, json_object_get(row, "labels"));
    if (strncmp(key, "tag:", 4) == 0)
        return tag && (!json_object_get(filter, "Values") || fits_text(filter, tag));
    /* KeyId, Tier, DataType */
    return fits_text(filter, json_string_at(json_object_get(row, "document"), key));
}

static bool fits(const json_t *filters, const json_t *row)
{
    const json_t *filter;
    size_t i;

    json_array_foreach (filters, i, filter) {
        if (!fits_filter(filter, row))
            return false;
    }
    return true;
}

void ssm_get_by_path(struct request *request, json_t *input)
{
    const char *path = json_string_at(input, "Path");
    json_t *rows, *row, *found = json_array();
    size_t i;

    if (path[0] != '/') {
        json_decref(found);
        request_fail(request, 400, "ValidationException",
                     "The parameter doesn't meet the parameter name requirements. The parameter "
                     "name must begin with a forward slash \"/\".");
        return;
    }
    rows = all_rows(request->engine);
    json_array_foreach (rows, i, row) {
        if (is_below(json_string_at(row, "name"), path, json_bool_at(input, "Recursive")) &&
            fits(json_object_get(input, "ParameterFilters"), row))
            json_array_append_new(found,
                                  ssm_shape(request, row, json_bool_at(input, "WithDecryption")));
    }
    json_decref(rows);
    reply_page(request, input, found, PATH_PAGE);
}

/* What DescribeParameters and GetParameterHistory say of a row: no value. */
static json_t *describe_row(const struct request *request, const json_t *row)
{
    json_t *description = json_deep_copy(json_object_get(row, "document"));
    char *user = xasprintf("arn:%s:iam::" ENGINE_ACCOUNT ":user/local", request_partition(request));

    json_object_set(description, "Name", json_object_get(row, "name"));
    json_object_set(description, "Type", json_object_get(row, "type"));
    json_object_set(description, "Version", json_object_get(row, "version"));
    json_object_set_new(description, "LastModifiedDate",
                        json_real((double)json_int_at(row, "modified") / 1000.0));
    json_object_set_new(description, "LastModifiedUser", json_string(user));
    json_object_set_new(description, "Policies", json_array());
    free(user);
    return description;
}

void ssm_describe(struct request *request, json_t *input)
{
    json_t *rows = all_rows(request->engine), *row, *found = json_array();
    size_t i;

    json_array_foreach (rows, i, row) {
        json_t *description;
        char *arn;

        if (!fits(json_object_get(input, "ParameterFilters"), row) ||
            !fits(json_object_get(input, "Filters"), row))
            continue;
        description = describe_row(request, row);
        arn = ssm_arn(request, json_string_at(row, "name"));
        json_object_set_new(description, "ARN", json_string(arn));
        json_array_append_new(found, description);
        free(arn);
    }
    json_decref(rows);
    reply_page(request, input, found, DESCRIBE_PAGE);
}

void ssm_history(struct request *request, json_t *input)
{
    char *name = ssm_name(json_string_at(input, "Name"));
    json_t *rows = store_rows(request->engine->store,
                              "SELECT p.name, p.type, p.document AS \"{document\", v.version,"
                              " v.value, v.labels AS \"{labels\", v.modified"
                              " FROM parameters p JOIN parameter_versions v ON v.name = p.name"
                              " WHERE p.name = ? ORDER BY v.version",
                              "s", name);
    json_t *row, *found = json_array();
    size_t i;

    json_array_foreach (rows, i, row) {
        json_t *version = describe_row(request, row);
        json_t *shaped = ssm_shape(request, row, json_bool_at(input, "WithDecryption"));

        json_object_set(version, "Value", json_object_get(shaped, "Value"));
        if (json_array_size(json_object_get(row, "labels")))
            json_object_set(version, "Labels", json_object_get(row, "labels"));
        json_array_append_new(found, version);
        json_decref(shaped);
    }
    json_decref(rows);
    if (json_array_size(found)) {
        reply_page(request, input, found, DESCRIBE_PAGE);
    } else {
        json_decref(found);
        ssm_not_found(request, name);
    }
    free(name);
}
