#include "core/json.h"
#include "core/memory.h"
#include "providers/local/engine/services/apigateway.h"
#include "providers/local/engine/store/store.h"

#include <stdlib.h>
#include <string.h>

static const char *const api_members[] = {
    "name", "description", "version", "corsConfiguration", "disableExecuteApiEndpoint", NULL};

/* GetApi's reply from a row of the table apis. */
static json_t *shape_api(const struct request *request, const json_t *row)
{
    json_t *api = json_deep_copy(json_object_get(row, "document"));

    json_object_set_new(
        api, "apiEndpoint",
        json_sprintf("%s/_fnctl/api/%s", request->engine->base_url, json_string_at(row, "id")));
    json_object_set(api, "tags", json_object_get(row, "tags"));
    return api;
}

#define API_QUERY "SELECT id, tags AS \"{tags\", document AS \"{document\" FROM apis"

static json_t *load_api(struct request *request, const json_t *input)
{
    json_t *row = store_row(request->engine->store, API_QUERY " WHERE id = ?", "s",
                            json_string_at(input, "apiId"));

    if (!row)
        api_exists(request, input);
    return row;
}

static int insert_api(struct request *request, const json_t *document, const json_t *tags)
{
    const char *id = json_string_at(document, "apiId");
    char *text = json_dumps(document, JSON_COMPACT);
    char *tag_text = tags ? json_dumps(tags, JSON_COMPACT) : xstrdup("{}");
    char *arn = xasprintf("arn:%s:apigateway:%s::/apis/%s", request_partition(request),
                          request_region(request), id);
    int result = store_run(request->engine->store,
                           "INSERT INTO apis (id, arn, tags, document, created)"
                           " VALUES (?, ?, ?, ?, ?)",
                           "ssssi", id, arn, tag_text, text, clock_now(request->engine->clock));

    free(arn);
    free(tag_text);
    free(text);
    return result;
}

/* `target` makes integration, route and stage at once; -1: answered. */
static int quick_create(struct request *request, json_t *input, const char *api)
{
    json_t *integration, *route = NULL, *stage = NULL;
    const char *key = json_string_at(input, "routeKey");
    json_t *options = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:b}", "apiId", api, "integrationType", "AWS_PROXY",
        "integrationUri", json_string_at(input, "target"), "payloadFormatVersion", "2.0",
        "routeKey", *key ? key : "$default", "stageName", "$default", "autoDeploy", true);
    int result = -1;

    integration = api_new_integration(request, options);
    if (!integration)
        goto out;
    api_save(request->engine, &api_integration, api, integration);
    json_object_set_new(
        options, "target",
        json_sprintf("integrations/%s", json_string_at(integration, "integrationId")));
    route = api_new_route(request, options);
    if (!route)
        goto out;
    api_save(request->engine, &api_route, api, route);
    stage = api_new_stage(request, options);
    if (!stage)
        goto out;
    result = api_save(request->engine, &api_stage, api, stage) < 0 ? -1 : 0;
    if (result < 0)
        request_fail_write(request);
out:
    json_decref(stage);
    json_decref(route);
    json_decref(integration);
    json_decref(options);
    return result;
}

static json_t *make_api(struct request *request, const json_t *input)
{
    json_t *document = json_pack("{s:s, s:o, s:b, s:s, s:s, s:s}", "apiKeySelectionExpression",
                                 "$request.header.x-api-key", "createdDate", api_time(request),
                                 "disableExecuteApiEndpoint", false, "protocolType", "HTTP",
                                 "routeSelectionExpression", "$request.method $request.path",
                                 "ipAddressType", "ipv4");
    char id[11];

    api_make_id(id, 10);
    json_object_set_new(document, "apiId", json_string(id));
    api_copy(document, input, api_members);
    return document;
}

void api_create(struct request *request, json_t *input)
{
    struct store *store = request->engine->store;
    json_t *document, *row;
    const char *id;

    if (strcmp(json_string_at(input, "protocolType"), "HTTP") != 0) {
        request_fail(request, 400, "BadRequestException",
                     "the local engine has HTTP APIs only, no WebSockets");
        return;
    }
    document = make_api(request, input);
    id = json_string_at(document, "apiId");
    store_begin(store);
    if (insert_api(request, document, json_object_get(input, "tags")) < 0) {
        store_rollback(store);
        request_fail_write(request);
    } else if (*json_string_at(input, "target") && quick_create(request, input, id) < 0) {
        store_rollback(store);
    } else if (store_commit(store) < 0) {
        request_fail_write(request);
    } else {
        row = store_row(store, API_QUERY " WHERE id = ?", "s", id);
        request_reply(request, 201, shape_api(request, row));
        json_decref(row);
    }
    json_decref(document);
}

void api_get(struct request *request, json_t *input)
{
    json_t *row = load_api(request, input);

    if (row)
        request_reply(request, 200, shape_api(request, row));
    json_decref(row);
}

void api_list(struct request *request, json_t *input)
{
    json_t *rows = store_rows(request->engine->store, API_QUERY " ORDER BY created, id", "");
    json_t *items = json_array(), *row;
    size_t i;

    json_array_foreach (rows, i, row)
        json_array_append_new(items, shape_api(request, row));
    json_decref(rows);
    api_page(request, input, items);
}

void api_update(struct request *request, json_t *input)
{
    json_t *row = load_api(request, input), *document = json_object_get(row, "document");
    char *text;

    if (!row)
        return;
    api_copy(document, input, api_members);
    text = json_dumps(document, JSON_COMPACT);
    if (store_run(request->engine->store, "UPDATE apis SET document = ? WHERE id = ?", "ss", text,
                  json_string_at(row, "id")) < 0)
        request_fail_write(request);
    else
        request_reply(request, 200, shape_api(request, row));
    free(text);
    json_decref(row);
}

void api_done(struct request *request, int result)
{
    if (result < 0)
        request_fail_write(request);
    else
        request_reply(request, 204, NULL);
}

void api_delete(struct request *request, json_t *input)
{
    if (api_exists(request, input))
        api_done(request, store_run(request->engine->store, "DELETE FROM apis WHERE id = ?", "s",
                                    json_string_at(input, "apiId")));
}

void api_delete_cors(struct request *request, json_t *input)
{
    if (api_exists(request, input))
        api_done(request,
                 store_run(request->engine->store,
                           "UPDATE apis SET document = json_remove(document, '$.corsConfiguration')"
                           " WHERE id = ?",
                           "s", json_string_at(input, "apiId")));
}
