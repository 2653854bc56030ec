/* Tags of parameters, and labels of their versions. */
#include "core/json.h"
#include "core/memory.h"
#include "providers/local/engine/services/ssm.h"
#include "providers/local/engine/services/tags.h"
#include "providers/local/engine/store/store.h"

#include <stdlib.h>
#include <string.h>

enum { TAGS_MAX = 50 };

/* The row of the parameter that tags are for; answers when there is none. */
static json_t *tagged(struct request *request, const json_t *input)
{
    bool parameter = strcmp(json_string_at(input, "ResourceType"), "Parameter") == 0;
    char *name = ssm_name(json_string_at(input, "ResourceId"));
    json_t *row = parameter ? ssm_find(request->engine, name) : NULL;

    if (!parameter)
        request_fail(request, 400, "InvalidResourceType",
                     "the local engine has no resources of this type");
    else if (!row)
        request_fail(request, 400, "InvalidResourceId", "The resource ID \"%s\" is not valid.",
                     name);
    free(name);
    return row;
}

static void write_tags(struct request *request, const json_t *row)
{
    const json_t *tags = json_object_get(row, "tags");
    char *text = json_dumps(tags, JSON_COMPACT);

    if (json_object_size(tags) > TAGS_MAX)
        request_fail(request, 400, "TooManyTagsError", "a parameter has at most %d tags", TAGS_MAX);
    else if (store_run(request->engine->store, "UPDATE parameters SET tags = ? WHERE name = ?",
                       "ss", text, json_string_at(row, "name")) < 0)
        request_fail_write(request);
    else
        request_reply(request, 200, NULL);
    free(text);
}

void ssm_add_tags(struct request *request, json_t *input)
{
    json_t *row = tagged(request, input);

    if (row) {
        tags_add(json_object_get(row, "tags"), json_object_get(input, "Tags"));
        write_tags(request, row);
    }
    json_decref(row);
}

void ssm_remove_tags(struct request *request, json_t *input)
{
    json_t *row = tagged(request, input);

    if (row) {
        tags_remove(json_object_get(row, "tags"), json_object_get(input, "TagKeys"));
        write_tags(request, row);
    }
    json_decref(row);
}

void ssm_list_tags(struct request *request, json_t *input)
{
    json_t *row = tagged(request, input);

    if (row)
        request_reply(request, 200,
                      json_pack("{s:o}", "TagList", tags_list(json_object_get(row, "tags"))));
    json_decref(row);
}

/* A label is of one version: the one that was given it last. */
static int move_labels(struct engine *engine, const char *name, int64_t version,
                       const json_t *labels)
{
    json_t *rows = store_rows(engine->store,
                              "SELECT version, labels AS \"{labels\" FROM parameter_versions"
                              " WHERE name = ?",
                              "s", name);
    json_t *row, *label, *old;
    size_t i, k;
    int result = 0;

    json_array_foreach (rows, i, row) {
        bool chosen = json_int_at(row, "version") == version;
        json_t *kept = chosen ? json_copy((json_t *)labels) : json_array();
        char *text;

        json_array_foreach (json_object_get(row, "labels"), k, old) {
            bool moved = false;
            size_t m;

            json_array_foreach (labels, m, label)
                moved = moved || json_equal(label, old);
            if (!moved)
                json_array_append(kept, old);
        }
        text = json_dumps(kept, JSON_COMPACT);
        if (result == 0 && store_run(engine->store,
                                     "UPDATE parameter_versions SET labels = ?"
                                     " WHERE name = ? AND version = ?",
                                     "ssi", text, name, json_int_at(row, "version")) < 0)
            result = -1;
        free(text);
        json_decref(kept);
    }
    json_decref(rows);
    return result;
}

void ssm_label(struct request *request, json_t *input)
{
    char *name = ssm_name(json_string_at(input, "Name"));
    json_t *row = ssm_find(request->engine, name), *found = NULL;
    int64_t version = json_int_at(input, "ParameterVersion");

    version = version ? version : json_int_at(row, "version");
    if (row)
        found = store_row(request->engine->store,
                          "SELECT version FROM parameter_versions WHERE name = ? AND version = ?",
                          "si", name, version);
    if (!row)
        ssm_not_found(request, name);
    else if (!found)
        request_fail(request, 400, "ParameterVersionNotFound",
                     "Systems Manager could not find version %lld of %s. Verify the version and "
                     "try again.",
                     (long long)version, name);
    else if (move_labels(request->engine, name, version, json_object_get(input, "Labels")) < 0)
        request_fail_write(request);
    else
        request_reply(
            request, 200,
            json_pack("{s:[], s:I}", "InvalidLabels", "ParameterVersion", (json_int_t)version));
    json_decref(found);
    json_decref(row);
    free(name);
}
