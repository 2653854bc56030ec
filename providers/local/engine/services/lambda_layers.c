#include "core/json.h"
#include "core/memory.h"
#include "providers/local/engine/run/unpack.h"
#include "providers/local/engine/services/lambda.h"
#include "providers/local/engine/store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LAYER_NAME_LEN = 141 };

/* The name of a layer, given as name or ARN. */
static bool layer_name(struct request *request, json_t *input, char name[static LAYER_NAME_LEN])
{
    const char *text = json_string_at(input, "LayerName");
    const char *marker = strstr(text, ":layer:");
    const char *start = marker ? marker + 7 : text;

    if (*start && strlen(start) < LAYER_NAME_LEN && !strpbrk(start, ":/ ")) {
        strcpy(name, start);
        return true;
    }
    request_fail(request, 400, "InvalidParameterValueException", "'%s' is no layer name or ARN",
                 text);
    return false;
}

static int insert_layer(struct request *request, const char *name, int64_t number,
                        const json_t *document, const char *code)
{
    char *text = json_dumps(document, JSON_COMPACT);
    int result =
        store_run(request->engine->store,
                  "INSERT INTO layers (name, version, arn, code, document)"
                  " VALUES (?, ?, ?, ?, ?)",
                  "sisss", name, number, json_string_at(document, "LayerVersionArn"), code, text);

    free(text);
    if (result < 0)
        request_fail_write(request);
    return result;
}

static json_t *make_document(struct request *request, const json_t *input, const char *name,
                             int64_t number, json_t *content)
{
    static const char *const kept[] = {"CompatibleRuntimes", "CompatibleArchitectures",
                                       "LicenseInfo"};
    json_t *document =
        json_pack("{s:O, s:o, s:s, s:o, s:I}", "Content", content, "LayerArn",
                  json_sprintf("arn:%s:lambda:%s:" ENGINE_ACCOUNT ":layer:%s",
                               request_partition(request), request_region(request), name),
                  "Description", json_string_at(input, "Description"), "CreatedDate",
                  lambda_time(clock_now(request->engine->clock)), "Version", (json_int_t)number);

    json_object_set_new(
        document, "LayerVersionArn",
        json_sprintf("%s:%lld", json_string_at(document, "LayerArn"), (long long)number));
    for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++) {
        if (json_object_get(input, kept[i]))
            json_object_set(document, kept[i], json_object_get(input, kept[i]));
    }
    return document;
}

/* Puts the URL of the zip into a layer's document. */
static json_t *locate(struct request *request, json_t *document, const char *name, const char *code)
{
    char *path = xasprintf("/2018-10-31/layers/%s/artifacts/%s", name, code);

    json_object_set_new(json_object_get(document, "Content"), "Location",
                        lambda_location(request, path));
    free(path);
    return document;
}

void lambda_publish_layer(struct request *request, json_t *input)
{
    char name[LAYER_NAME_LEN], code[HASH_HEX_LEN];
    json_t *content = json_object(), *row, *document = NULL;
    uint64_t unzipped = 0;
    int64_t number;

    if (!layer_name(request, input, name) ||
        lambda_take_zip(request, json_object_get(input, "Content"), code, content, &unzipped) < 0)
        goto out;
    row = store_row(request->engine->store,
                    "SELECT ifnull(max(version), 0) + 1 AS number FROM layers WHERE name = ?", "s",
                    name);
    number = json_int_at(row, "number");
    json_decref(row);
    document = make_document(request, input, name, number, content);
    if (insert_layer(request, name, number, document, code) >= 0)
        request_reply(request, 201, json_incref(locate(request, document, name, code)));
out:
    json_decref(document);
    json_decref(content);
}

static void reply_layer(struct request *request, json_t *row, const char *subject)
{
    if (row)
        request_reply(
            request, 200,
            json_incref(locate(request, json_object_get(row, "document"),
                               json_string_at(row, "name"), json_string_at(row, "code"))));
    else
        request_fail(request, 404, "ResourceNotFoundException",
                     "The resource you requested does not exist. (%s)", subject);
    json_decref(row);
}

void lambda_get_layer(struct request *request, json_t *input)
{
    char name[LAYER_NAME_LEN];

    if (!layer_name(request, input, name))
        return;
    reply_layer(request,
                store_row(request->engine->store,
                          "SELECT name, code, document AS \"{document\" FROM layers"
                          " WHERE name = ? AND version = ? AND NOT deleted",
                          "si", name, json_int_at(input, "VersionNumber")),
                name);
}

static void layer_by_arn(struct request *request, const char *arn)
{
    reply_layer(request,
                store_row(request->engine->store,
                          "SELECT name, code, document AS \"{document\" FROM layers"
                          " WHERE arn = ? AND NOT deleted",
                          "s", arn),
                arn);
}

/* GetLayerVersionByArn has the path of ListLayers, and find=LayerVersion. */
void lambda_list_layers(struct request *request, json_t *input)
{
    json_t *rows, *row, *items;
    size_t i;

    if (strcmp(json_string_at(input, "find"), "LayerVersion") == 0) {
        layer_by_arn(request, json_string_at(input, "Arn"));
        return;
    }
    items = json_array();
    rows = store_rows(request->engine->store,
                      "SELECT name, max(version) AS number, document AS \"{document\" FROM layers"
                      " WHERE NOT deleted GROUP BY name ORDER BY name",
                      "");
    json_array_foreach (rows, i, row) {
        json_t *document = json_object_get(row, "document");
        json_t *arn = json_incref(json_object_get(document, "LayerArn"));

        json_object_del(document, "Content");
        json_object_del(document, "LayerArn");
        json_array_append_new(items,
                              json_pack("{s:s, s:o, s:O}", "LayerName", json_string_at(row, "name"),
                                        "LayerArn", arn, "LatestMatchingVersion", document));
    }
    json_decref(rows);
    lambda_page(request, input, "Layers", items);
}

void lambda_list_layer_versions(struct request *request, json_t *input)
{
    char name[LAYER_NAME_LEN];
    json_t *rows, *row, *items;
    size_t i;

    if (!layer_name(request, input, name))
        return;
    items = json_array();
    rows = store_rows(request->engine->store,
                      "SELECT document AS \"{document\" FROM layers"
                      " WHERE name = ? AND NOT deleted ORDER BY version DESC",
                      "s", name);
    json_array_foreach (rows, i, row) {
        json_t *document = json_object_get(row, "document");

        json_object_del(document, "Content");
        json_object_del(document, "LayerArn");
        json_array_append(items, document);
    }
    json_decref(rows);
    lambda_page(request, input, "LayerVersions", items);
}

void lambda_delete_layer(struct request *request, json_t *input)
{
    char name[LAYER_NAME_LEN];

    if (!layer_name(request, input, name))
        return;
    if (store_run(request->engine->store,
                  "UPDATE layers SET deleted = 1 WHERE name = ? AND version = ?", "si", name,
                  json_int_at(input, "VersionNumber")) < 0)
        request_fail_write(request);
    else
        request_reply(request, 204, NULL);
}
