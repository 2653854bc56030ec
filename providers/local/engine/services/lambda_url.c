#include "core/json.h"
#include "core/memory.h"
#include "providers/local/engine/services/lambda.h"
#include "providers/local/engine/store/store.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* FunctionUrlConfig from a row of the table urls. */
static json_t *shape_url(struct request *request, const json_t *row)
{
    const char *qualifier = json_string_at(row, "qualifier");
    char created[CLOCK_RFC3339_LEN], modified[CLOCK_RFC3339_LEN];
    json_t *url;

    clock_format_rfc3339(json_int_at(row, "created"), created);
    clock_format_rfc3339(json_int_at(row, "modified"), modified);
    url = json_pack(
        "{s:o, s:o, s:s, s:s, s:s, s:s}", "FunctionUrl",
        json_sprintf("%s/_fnctl/url/%s/", request->engine->base_url, json_string_at(row, "id")),
        "FunctionArn",
        json_sprintf("%s%s%s", json_string_at(row, "arn"), *qualifier ? ":" : "", qualifier),
        "AuthType", json_string_at(row, "auth_type"), "CreationTime", created, "LastModifiedTime",
        modified, "InvokeMode", json_string_at(row, "invoke_mode"));
    if (json_object_get(row, "cors"))
        json_object_set(url, "Cors", json_object_get(row, "cors"));
    return url;
}

#define URL_QUERY                                                                                  \
    "SELECT u.id, u.qualifier, u.auth_type, u.cors AS \"{cors\", u.invoke_mode, u.created,"        \
    " u.modified, f.arn FROM urls u JOIN functions f ON f.name = u.function WHERE u.function = ?"

static json_t *load_url(struct request *request, const struct function_name *name)
{
    json_t *row = store_row(request->engine->store, URL_QUERY " AND u.qualifier = ?", "ss",
                            name->name, name->qualifier);
    json_t *url = row ? shape_url(request, row) : NULL;

    json_decref(row);
    return url;
}

/* Finds the function; a URL belongs to it or to an alias, never to a version. */
static bool find_target(struct request *request, json_t *input, struct function_name *name)
{
    json_t *alias = NULL;

    if (!lambda_function(request, input, name))
        return false;
    if (!*name->qualifier)
        return true;
    alias = store_row(request->engine->store,
                      "SELECT name FROM aliases WHERE function = ? AND name = ?", "ss", name->name,
                      name->qualifier);
    json_decref(alias);
    if (alias)
        return true;
    lambda_not_found(request, name);
    return false;
}

/* Lambda keeps the names of headers in small letters. */
static void lower_headers(json_t *cors)
{
    static const char *const keys[] = {"AllowHeaders", "ExposeHeaders"};
    json_t *item;
    size_t i;

    for (size_t k = 0; k < sizeof(keys) / sizeof(*keys); k++) {
        json_array_foreach (json_object_get(cors, keys[k]), i, item) {
            char *text = xstrdup(json_string_value(item));

            for (char *at = text; *at; at++)
                *at = (char)tolower((unsigned char)*at);
            json_string_set(item, text);
            free(text);
        }
    }
}

static void write_url(struct request *request, int status, const struct function_name *name,
                      const char *auth_type, json_t *cors, const char *mode)
{
    int64_t now = clock_now(request->engine->clock);
    uint8_t random[16];
    json_t *url;
    char id[33];
    char *text;
    int result;

    lower_headers(cors);
    text = cors ? json_dumps(cors, JSON_COMPACT) : NULL;
    hash_random(random, sizeof(random));
    hash_hex(random, sizeof(random), id);
    result = store_run(request->engine->store,
                       "INSERT INTO urls (id, function, qualifier, auth_type, cors, invoke_mode,"
                       " created, modified) VALUES (?, ?, ?, ?, ?, ?, ?7, ?7)"
                       " ON CONFLICT (function, qualifier) DO UPDATE SET"
                       " auth_type = excluded.auth_type, cors = excluded.cors,"
                       " invoke_mode = excluded.invoke_mode, modified = excluded.modified",
                       "ssssssi", id, name->name, name->qualifier, auth_type, text, mode, now);
    free(text);
    if (result < 0) {
        request_fail_write(request);
        return;
    }
    url = load_url(request, name);
    if (status == 201) /* A new one has not been modified. */
        json_object_del(url, "LastModifiedTime");
    request_reply(request, status, url);
}

void lambda_create_url(struct request *request, json_t *input)
{
    const char *mode = json_string_at(input, "InvokeMode");
    struct function_name name;
    json_t *old;

    if (!find_target(request, input, &name))
        return;
    old = load_url(request, &name);
    json_decref(old);
    if (old)
        request_fail(request, 409, "ResourceConflictException",
                     "Failed to create function url config for [functionArn = %s%s%s]. Error "
                     "message:  FunctionUrlConfig exists for this Lambda function",
                     name.name, *name.qualifier ? ":" : "", name.qualifier);
    else
        write_url(request, 201, &name, json_string_at(input, "AuthType"),
                  json_object_get(input, "Cors"), *mode ? mode : "BUFFERED");
}

/* The URL of the function that the input names; NULL: answered. */
static json_t *find_url(struct request *request, json_t *input, struct function_name *name)
{
    json_t *url;

    if (!find_target(request, input, name))
        return NULL;
    url = load_url(request, name);
    if (!url)
        request_fail(request, 404, "ResourceNotFoundException",
                     "The resource you requested does not exist.");
    return url;
}

void lambda_get_url(struct request *request, json_t *input)
{
    struct function_name name;
    json_t *url = find_url(request, input, &name);

    if (url)
        request_reply(request, 200, url);
}

void lambda_update_url(struct request *request, json_t *input)
{
    const char *auth_type = json_string_at(input, "AuthType");
    const char *mode = json_string_at(input, "InvokeMode");
    json_t *cors = json_object_get(input, "Cors");
    struct function_name name;
    json_t *url = find_url(request, input, &name);

    if (!url)
        return;
    write_url(request, 200, &name, *auth_type ? auth_type : json_string_at(url, "AuthType"),
              cors ? cors : json_object_get(url, "Cors"),
              *mode ? mode : json_string_at(url, "InvokeMode"));
    json_decref(url);
}

void lambda_delete_url(struct request *request, json_t *input)
{
    struct function_name name;
    json_t *url = find_url(request, input, &name);

    if (!url)
        return;
    json_decref(url);
    if (store_run(request->engine->store, "DELETE FROM urls WHERE function = ? AND qualifier = ?",
                  "ss", name.name, name.qualifier) < 0)
        request_fail_write(request);
    else
        request_reply(request, 204, NULL);
}

void lambda_list_urls(struct request *request, json_t *input)
{
    struct function_name name;
    json_t *rows, *row, *items;
    size_t i;

    if (!lambda_function(request, input, &name))
        return;
    items = json_array();
    rows = store_rows(request->engine->store, URL_QUERY " ORDER BY u.qualifier", "s", name.name);
    json_array_foreach (rows, i, row)
        json_array_append_new(items, shape_url(request, row));
    json_decref(rows);
    lambda_page(request, input, "FunctionUrlConfigs", items);
}
