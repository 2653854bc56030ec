#include "core/json.h"
#include "core/memory.h"
#include "providers/local/engine/services/lambda.h"
#include "providers/local/engine/store/store.h"

#include <stdlib.h>
#include <string.h>

enum { POLICY_MAX = 20480 };

static void add_condition(json_t *statement, const char *test, const char *key, const char *value)
{
    json_t *conditions = json_object_get(statement, "Condition");
    json_t *keys;

    if (!*value)
        return;
    if (!conditions) {
        conditions = json_object();
        json_object_set_new(statement, "Condition", conditions);
    }
    keys = json_object_get(conditions, test);
    if (!keys) {
        keys = json_object();
        json_object_set_new(conditions, test, keys);
    }
    json_object_set_new(keys, key, json_string(value));
}

/* The principal as policies write it. */
static json_t *make_principal(const char *text)
{
    if (strcmp(text, "*") == 0)
        return json_string(text);
    if (strchr(text, '.'))
        return json_pack("{s:s}", "Service", text);
    if (strlen(text) == 12 && strspn(text, "0123456789") == 12)
        return json_pack("{s:o}", "AWS", json_sprintf("arn:aws:iam::%s:root", text));
    return json_pack("{s:s}", "AWS", text);
}

static json_t *make_statement(const json_t *input, const char *arn)
{
    json_t *statement = json_pack("{s:s, s:s, s:o, s:s, s:s}", "Sid",
                                  json_string_at(input, "StatementId"), "Effect", "Allow",
                                  "Principal", make_principal(json_string_at(input, "Principal")),
                                  "Action", json_string_at(input, "Action"), "Resource", arn);

    add_condition(statement, "ArnLike", "AWS:SourceArn", json_string_at(input, "SourceArn"));
    add_condition(statement, "StringEquals", "AWS:SourceAccount",
                  json_string_at(input, "SourceAccount"));
    add_condition(statement, "StringEquals", "lambda:FunctionUrlAuthType",
                  json_string_at(input, "FunctionUrlAuthType"));
    if (json_object_get(input, "InvokedViaFunctionUrl"))
        add_condition(statement, "Bool", "lambda:InvokedViaFunctionUrl",
                      json_bool_at(input, "InvokedViaFunctionUrl") ? "true" : "false");
    return statement;
}

static json_t *load_policy(struct engine *engine, const struct function_name *name)
{
    json_t *rows = store_rows(engine->store,
                              "SELECT statement AS \"{statement\" FROM permissions"
                              " WHERE function = ? AND qualifier = ? ORDER BY rowid",
                              "ss", name->name, name->qualifier);
    json_t *statements = json_array(), *row;
    size_t i;

    json_array_foreach (rows, i, row)
        json_array_append(statements, json_object_get(row, "statement"));
    json_decref(rows);
    return json_pack("{s:s, s:s, s:o}", "Version", "2012-10-17", "Id", "default", "Statement",
                     statements);
}

/* A policy's revision is the digest of its text: it changes when the policy does. */
static json_t *revision_of(const char *policy)
{
    uint8_t digest[HASH_LEN];
    char hex[HASH_HEX_LEN];

    hash_sha256(policy, strlen(policy), digest);
    hash_hex(digest, sizeof(digest), hex);
    return json_sprintf("%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
}

/* Whether one more statement of `len` bytes is allowed, and the revision is the wanted one. */
static bool may_add(struct request *request, json_t *input, const struct function_name *name,
                    size_t len)
{
    json_t *policy = load_policy(request->engine, name);
    char *text = json_dumps(policy, JSON_COMPACT);
    json_t *revision = revision_of(text);
    bool fits = strlen(text) + len <= POLICY_MAX, result = false;

    if (!fits)
        request_fail(request, 400, "PolicyLengthExceededException",
                     "The final policy size (%zu) is bigger than the limit (%d).",
                     strlen(text) + len, POLICY_MAX);
    else
        result = lambda_revision(request, input, json_string_value(revision));
    json_decref(revision);
    json_decref(policy);
    free(text);
    return result;
}

/* Finds the function, and the alias or version when one is named. */
static bool find_target(struct request *request, json_t *input, struct function_name *name)
{
    char code[HASH_HEX_LEN];
    json_t *configuration;

    if (!lambda_name(request, input, name))
        return false;
    configuration = lambda_configuration(request, name, code);
    json_decref(configuration);
    return configuration != NULL;
}

void lambda_add_permission(struct request *request, json_t *input)
{
    const char *action = json_string_at(input, "Action");
    struct function_name name;
    char arn[LAMBDA_ARN_LEN];
    json_t *statement;
    char *text;

    if (!find_target(request, input, &name))
        return;
    if (json_object_get(input, "InvokedViaFunctionUrl") &&
        strcmp(action, "lambda:InvokeFunction") != 0) {
        request_fail(request, 400, "InvalidParameterValueException",
                     "InvokedViaFunctionUrl is only supported for lambda:InvokeFunction action");
        return;
    }
    lambda_arn(request, &name, arn);
    statement = make_statement(input, arn);
    text = json_dumps(statement, JSON_COMPACT);
    if (may_add(request, input, &name, strlen(text))) {
        int result = store_run(request->engine->store,
                               "INSERT INTO permissions (function, qualifier, id, statement)"
                               " VALUES (?, ?, ?, ?)",
                               "ssss", name.name, name.qualifier,
                               json_string_at(input, "StatementId"), text);

        if (result == -1)
            request_fail(request, 409, "ResourceConflictException",
                         "The statement id (%s) provided already exists. Please provide a new "
                         "statement id, or remove the existing statement.",
                         json_string_at(input, "StatementId"));
        else if (result < 0)
            request_fail_write(request);
        else
            request_reply(request, 201, json_pack("{s:s}", "Statement", text));
    }
    free(text);
    json_decref(statement);
}

void lambda_get_policy(struct request *request, json_t *input)
{
    struct function_name name;
    json_t *policy;
    char *text;

    if (!find_target(request, input, &name))
        return;
    policy = load_policy(request->engine, &name);
    text = json_dumps(policy, JSON_COMPACT);
    if (json_array_size(json_object_get(policy, "Statement")))
        request_reply(request, 200,
                      json_pack("{s:s, s:o}", "Policy", text, "RevisionId", revision_of(text)));
    else
        request_fail(request, 404, "ResourceNotFoundException",
                     "The resource you requested does not exist.");
    free(text);
    json_decref(policy);
}

void lambda_remove_permission(struct request *request, json_t *input)
{
    const char *id = json_string_at(input, "StatementId");
    struct function_name name;
    int removed;

    if (!find_target(request, input, &name))
        return;
    removed = store_run(request->engine->store,
                        "DELETE FROM permissions WHERE function = ? AND qualifier = ? AND id = ?",
                        "sss", name.name, name.qualifier, id);
    if (removed < 0)
        request_fail_write(request);
    else if (removed == 0)
        request_fail(request, 404, "ResourceNotFoundException",
                     "Statement %s is not found in resource policy.", id);
    else
        request_reply(request, 204, NULL);
}
