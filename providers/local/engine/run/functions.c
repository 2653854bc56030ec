#include "providers/local/engine/run/functions.h"

#include "core/hash.h"
#include "core/json.h"
#include "core/memory.h"
#include "providers/local/engine/store/store.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

static size_t word_length(const char *text)
{
    size_t len = 0;

    while (isalnum((unsigned char)text[len]) || text[len] == '-' || text[len] == '_')
        len++;
    return len;
}

/* Skips what may stand before the name: "arn:aws:lambda:REGION:ACCOUNT:function:",
 * "ACCOUNT:function:" or "function:". */
static const char *skip_prefix(const char *text)
{
    const char *marker = strstr(text, "function:");

    if (!marker || (marker > text && marker[-1] != ':'))
        return text;
    if (marker == text || strncmp(text, "arn:", 4) == 0 || isdigit((unsigned char)text[0]))
        return marker + strlen("function:");
    return text;
}

int functions_parse_name(const char *text, struct function_name *name)
{
    const char *start = skip_prefix(text);
    size_t len = word_length(start), qualifier_len;

    memset(name, 0, sizeof(*name));
    if (len == 0 || len >= sizeof(name->name))
        return -1;
    memcpy(name->name, start, len);
    start += len;
    if (*start == '\0')
        return 0;
    if (*start++ != ':')
        return -1;
    qualifier_len = (*start == '$') + word_length(start + (*start == '$'));
    if (qualifier_len == 0 || qualifier_len >= sizeof(name->qualifier) || start[qualifier_len])
        return -1;
    memcpy(name->qualifier, start, qualifier_len);
    return 0;
}

void function_version_release(struct function_version *version)
{
    free(version->name);
    free(version->version);
    free(version->arn);
    free(version->runtime);
    free(version->handler);
    free(version->architecture);
    json_decref(version->environment);
    free(version->code);
    strlist_release(&version->layers);
    free(version->log_group);
    free(version->log_format);
    free(version->revision);
    memset(version, 0, sizeof(*version));
}

struct function_version function_version_copy(const struct function_version *from)
{
    struct function_version to = *from;

    to.name = xstrdup(from->name);
    to.version = xstrdup(from->version);
    to.arn = xstrdup(from->arn);
    to.runtime = xstrdup(from->runtime);
    to.handler = xstrdup(from->handler);
    to.architecture = xstrdup(from->architecture);
    to.environment = json_incref(from->environment);
    to.code = xstrdup(from->code);
    strlist_init(&to.layers);
    for (size_t i = 0; i < from->layers.count; i++)
        strlist_add(&to.layers, from->layers.items[i]);
    to.log_group = xstrdup(from->log_group);
    to.log_format = xstrdup(from->log_format);
    to.revision = xstrdup(from->revision);
    return to;
}

/* One of the other versions of an alias gets its share of the calls. */
static const char *pick_weighted(json_t *weights, const char *version)
{
    uint32_t random;
    const char *other;
    json_t *share;
    double point;

    hash_random(&random, sizeof(random));
    point = (double)random / 4294967296.0;
    json_object_foreach (weights, other, share) {
        point -= json_number_value(share);
        if (point < 0)
            return other;
    }
    return version;
}

char *functions_version(struct engine *engine, const char *name, const char *qualifier)
{
    json_t *alias;
    char *version;

    if (!qualifier || !*qualifier)
        return xstrdup("$LATEST");
    alias = store_row(engine->store,
                      "SELECT version, weights AS \"{weights\" FROM aliases"
                      " WHERE function = ? AND name = ?",
                      "ss", name, qualifier);
    if (!alias)
        return xstrdup(qualifier);
    version =
        xstrdup(pick_weighted(json_object_get(alias, "weights"), json_string_at(alias, "version")));
    json_decref(alias);
    return version;
}

static void add_layers(struct engine *engine, json_t *layers, struct strlist *blobs)
{
    json_t *layer;
    size_t i;

    json_array_foreach (layers, i, layer) {
        json_t *row = store_row(engine->store, "SELECT code FROM layers WHERE arn = ?", "s",
                                json_string_at(layer, "Arn"));

        if (row)
            strlist_add(blobs, json_string_at(row, "code"));
        json_decref(row);
    }
}

/* How often an asynchronous invocation is tried again. */
static int64_t find_retries(struct engine *engine, const char *name, const char *qualifier)
{
    json_t *row = store_row(engine->store,
                            "SELECT retries FROM event_invoke_configs"
                            " WHERE function = ? AND qualifier = ? AND retries IS NOT NULL",
                            "ss", name, *qualifier ? qualifier : "$LATEST");
    int64_t retries = row ? json_int_at(row, "retries") : 2;

    json_decref(row);
    return retries;
}

static void fill(struct engine *engine, const struct function_name *name, json_t *row,
                 struct function_version *version)
{
    json_t *configuration = json_object_get(row, "configuration");
    json_t *concurrency = json_object_get(row, "concurrency");

    *version = (struct function_version){
        .name = xstrdup(name->name),
        .version = xstrdup(json_string_at(row, "version")),
        .arn = *name->qualifier ? xasprintf("%s:%s", json_string_at(row, "arn"), name->qualifier)
                                : xstrdup(json_string_at(row, "arn")),
        .runtime = xstrdup(json_string_at(configuration, "Runtime")),
        .handler = xstrdup(json_string_at(configuration, "Handler")),
        .architecture =
            xstrdup(json_string_value(json_array_get(json_at(configuration, "Architectures"), 0))),
        .memory = json_int_at(configuration, "MemorySize"),
        .timeout = json_int_at(configuration, "Timeout"),
        .ephemeral_storage = json_int_at(configuration, "EphemeralStorage.Size"),
        .environment = json_incref(json_at(configuration, "Environment.Variables")),
        .code = xstrdup(json_string_at(row, "code")),
        .log_group = xstrdup(json_string_at(configuration, "LoggingConfig.LogGroup")),
        .log_format = xstrdup(json_string_at(configuration, "LoggingConfig.LogFormat")),
        .revision = xstrdup(json_string_at(configuration, "RevisionId")),
        .concurrency = concurrency ? json_integer_value(concurrency) : -1,
        .retries = find_retries(engine, name->name, name->qualifier),
    };
    strlist_init(&version->layers);
    add_layers(engine, json_at(configuration, "Layers"), &version->layers);
}

int functions_resolve(struct engine *engine, const char *name, const char *qualifier,
                      struct function_version *version, struct err *err)
{
    struct function_name parsed;
    char *number;
    json_t *row;

    memset(version, 0, sizeof(*version));
    if (functions_parse_name(name, &parsed) < 0 ||
        (qualifier && strlen(qualifier) >= sizeof(parsed.qualifier)))
        return err_set(err, ERR_FAILED, "'%s' names no function", name);
    if (qualifier && *qualifier)
        strcpy(parsed.qualifier, qualifier);
    number = functions_version(engine, parsed.name, parsed.qualifier);
    row = store_row(engine->store,
                    "SELECT f.arn, f.concurrency, v.version, v.code,"
                    " v.configuration AS \"{configuration\" FROM functions f"
                    " JOIN function_versions v ON v.function = f.name"
                    " WHERE f.name = ? AND v.version = ?",
                    "ss", parsed.name, number);
    free(number);
    if (!row)
        return err_set(err, ERR_FAILED, "function not found: %s%s%s", parsed.name,
                       *parsed.qualifier ? ":" : "", parsed.qualifier);
    fill(engine, &parsed, row, version);
    json_decref(row);
    return 0;
}

static bool principal_matches(const json_t *principal, const char *asked)
{
    const char *service = json_string_value(principal);

    if (!service)
        service = json_string_at(principal, "Service");
    if (!*service)
        service = json_string_at(principal, "AWS");
    return strcmp(service, "*") == 0 || strcmp(service, asked) == 0;
}

static bool action_matches(const char *action, const char *asked)
{
    return strcmp(action, "*") == 0 || strcmp(action, "lambda:*") == 0 ||
           strcmp(action, asked) == 0;
}

/* A condition that the call does not carry is not met. */
static bool condition_holds(const char *key, const char *wanted,
                            const struct function_access *access)
{
    if (strcmp(key, "AWS:SourceArn") == 0)
        return access->source_arn && fnmatch(wanted, access->source_arn, 0) == 0;
    if (strcmp(key, "AWS:SourceAccount") == 0)
        return strcmp(wanted, ENGINE_ACCOUNT) == 0;
    if (strcmp(key, "lambda:FunctionUrlAuthType") == 0)
        return access->via_url && strcmp(wanted, "NONE") == 0;
    if (strcmp(key, "lambda:InvokedViaFunctionUrl") == 0)
        return access->via_url == (strcmp(wanted, "true") == 0);
    return false;
}

static bool statement_permits(json_t *statement, const struct function_access *access)
{
    const char *test, *key;
    json_t *conditions, *value;

    if (!action_matches(json_string_at(statement, "Action"), access->action) ||
        !principal_matches(json_object_get(statement, "Principal"), access->principal))
        return false;
    json_object_foreach (json_object_get(statement, "Condition"), test, conditions) {
        json_object_foreach (conditions, key, value) {
            if (!condition_holds(key, json_string_value(value), access))
                return false;
        }
    }
    return true;
}

bool functions_permit(struct engine *engine, const char *name, const char *qualifier,
                      const struct function_access *access)
{
    json_t *rows = store_rows(engine->store,
                              "SELECT statement AS \"{statement\" FROM permissions"
                              " WHERE function = ? AND qualifier = ?",
                              "ss", name, qualifier);
    bool permitted = false;
    json_t *row;
    size_t i;

    json_array_foreach (rows, i, row) {
        if (statement_permits(json_object_get(row, "statement"), access))
            permitted = true;
    }
    json_decref(rows);
    return permitted;
}
