#include "core/hash.h"
#include "core/json.h"
#include "core/memory.h"
#include "providers/local/engine/services/apigateway.h"
#include "providers/local/engine/services/page.h"
#include "providers/local/engine/store/store.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE = 100, TAGS_MAX = 50 };

void api_make_id(char *id, size_t len)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz012345";
    uint8_t random[16];

    hash_random(random, sizeof(random));
    for (size_t i = 0; i < len && i < sizeof(random); i++)
        id[i] = letters[random[i] % 32];
    id[len] = '\0';
}

json_t *api_time(const struct request *request)
{
    char text[CLOCK_RFC3339_LEN];

    clock_format_rfc3339(clock_now(request->engine->clock) / 1000 * 1000, text);
    return json_sprintf("%.19sZ", text);
}

bool api_exists(struct request *request, const json_t *input)
{
    const char *id = json_string_at(input, "apiId");
    json_t *row = store_row(request->engine->store, "SELECT id FROM apis WHERE id = ?", "s", id);

    json_decref(row);
    if (!row)
        request_fail(request, 404, "NotFoundException",
                     "Invalid API identifier specified " ENGINE_ACCOUNT ":%s", id);
    return row != NULL;
}

bool api_refuse(struct request *request, const char *message, const char *subject)
{
    request_fail(request, 400, "BadRequestException", "%s ('%s')", message, subject);
    return false;
}

json_t *api_load(struct engine *engine, const struct api_part *part, const char *api,
                 const char *id)
{
    char *sql = xasprintf("SELECT document AS \"{document\" FROM %s WHERE api = ? AND %s = ?",
                          part->table, part->column);
    json_t *row = store_row(engine->store, sql, "ss", api, id);
    json_t *document = json_incref(json_object_get(row, "document"));

    json_decref(row);
    free(sql);
    return document;
}

json_t *api_find(struct request *request, const struct api_part *part, const json_t *input)
{
    const char *id = json_string_at(input, part->member);
    json_t *document;

    if (!api_exists(request, input))
        return NULL;
    document = api_load(request->engine, part, json_string_at(input, "apiId"), id);
    if (!document)
        request_fail(request, 404, "NotFoundException", "Invalid %s identifier specified %s",
                     part->subject, id);
    return document;
}

json_t *api_parts(struct engine *engine, const struct api_part *part, const char *api)
{
    char *sql = xasprintf("SELECT document AS \"{document\" FROM %s WHERE api = ? ORDER BY rowid",
                          part->table);
    json_t *rows = store_rows(engine->store, sql, "s", api), *items = json_array(), *row;
    size_t i;

    json_array_foreach (rows, i, row)
        json_array_append(items, json_object_get(row, "document"));
    json_decref(rows);
    free(sql);
    return items;
}

static int save_route(struct engine *engine, const char *api, const json_t *document,
                      const char *text)
{
    const char *target = json_string_at(document, "target");

    return store_run(engine->store,
                     "INSERT INTO api_routes (api, id, route_key, integration, document)"
                     " VALUES (?, ?, ?, nullif(?, ''), ?) ON CONFLICT (api, id) DO UPDATE SET"
                     " route_key = excluded.route_key, integration = excluded.integration,"
                     " document = excluded.document",
                     "sssss", api, json_string_at(document, "routeId"),
                     json_string_at(document, "routeKey"), *target ? target + 13 : "", text);
}

int api_save(struct engine *engine, const struct api_part *part, const char *api,
             const json_t *document)
{
    char *text = json_dumps(document, JSON_COMPACT), *sql;
    int result;

    if (part == &api_route) {
        result = save_route(engine, api, document, text);
    } else {
        sql = xasprintf("INSERT INTO %s (api, %s, %sdocument) VALUES (?, ?, %s?)"
                        " ON CONFLICT DO UPDATE SET document = excluded.document",
                        part->table, part->column, part == &api_stage ? "tags, " : "",
                        part == &api_stage ? "'{}', " : "");
        result =
            store_run(engine->store, sql, "sss", api, json_string_at(document, part->member), text);
        free(sql);
    }
    free(text);
    return result;
}

void api_copy(json_t *document, const json_t *input, const char *const *members)
{
    for (; *members; members++) {
        json_t *value = json_object_get(input, *members);

        if (value && !json_is_null(value))
            json_object_set(document, *members, value);
    }
}

void api_page(struct request *request, const json_t *input, json_t *items)
{
    int64_t max = strtol(json_string_at(input, "maxResults"), NULL, 10);

    request_reply(request, 200,
                  page_cut(items, json_string_at(input, "nextToken"), max > 0 ? max : PAGE, "items",
                           "nextToken"));
}

/* The tags of the API or stage whose ARN ("arn:aws:apigateway:REGION::/apis/ID[/stages/NAME]") the
 * input has; NULL: answered. `stage` takes the stage's name. */
static json_t *find_tags(struct request *request, const json_t *input, char **api, char **stage)
{
    const char *arn = json_string_at(input, "resource-arn");
    const char *start = strstr(arn, "/apis/"), *slash;
    json_t *row = NULL, *tags;

    *api = *stage = NULL;
    if (start) {
        start += strlen("/apis/");
        slash = strstr(start, "/stages/");
        *api = xstrndup(start, slash ? (size_t)(slash - start) : strlen(start));
        *stage = slash ? xstrdup(slash + strlen("/stages/")) : NULL;
    }
    if (*stage)
        row = store_row(request->engine->store,
                        "SELECT document ->> '$.tags' AS \"{tags\" FROM api_stages"
                        " WHERE api = ? AND name = ?",
                        "ss", *api, *stage);
    else if (*api)
        row = store_row(request->engine->store, "SELECT tags AS \"{tags\" FROM apis WHERE id = ?",
                        "s", *api);
    tags = json_incref(json_object_get(row, "tags"));
    json_decref(row);
    if (!tags)
        request_fail(request, 404, "NotFoundException", "Invalid resource identifier specified: %s",
                     arn);
    return tags;
}

static void save_tags(struct request *request, int status, const char *api, const char *stage,
                      const json_t *tags)
{
    char *text = json_dumps(tags, JSON_COMPACT);
    int result;

    if (json_object_size(tags) > TAGS_MAX) {
        request_fail(request, 400, "BadRequestException", "a resource has at most %d tags",
                     TAGS_MAX);
        free(text);
        return;
    }
    if (stage)
        result = store_run(request->engine->store,
                           "UPDATE api_stages SET document = json_set(document, '$.tags', json(?))"
                           " WHERE api = ? AND name = ?",
                           "sss", text, api, stage);
    else
        result = store_run(request->engine->store, "UPDATE apis SET tags = ? WHERE id = ?", "ss",
                           text, api);
    free(text);
    if (result < 0)
        request_fail_write(request);
    else
        request_reply(request, status, status == 201 ? json_object() : NULL);
}

void api_get_tags(struct request *request, json_t *input)
{
    char *api, *stage;
    json_t *tags = find_tags(request, input, &api, &stage);

    if (tags)
        request_reply(request, 200, json_pack("{s:o}", "tags", tags));
    free(api);
    free(stage);
}

void api_tag(struct request *request, json_t *input)
{
    char *api, *stage;
    json_t *tags = find_tags(request, input, &api, &stage);

    if (tags) {
        json_object_update(tags, json_object_get(input, "tags"));
        save_tags(request, 201, api, stage, tags);
    }
    json_decref(tags);
    free(api);
    free(stage);
}

void api_untag(struct request *request, json_t *input)
{
    char *api, *stage;
    json_t *tags = find_tags(request, input, &api, &stage), *key;
    size_t i;

    if (tags) {
        json_array_foreach (json_object_get(input, "tagKeys"), i, key)
            json_object_del(tags, json_string_value(key));
        save_tags(request, 204, api, stage, tags);
    }
    json_decref(tags);
    free(api);
    free(stage);
}
