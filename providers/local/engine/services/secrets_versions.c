/* The versions of secrets, and the stages that are moved between them. */
#include "core/hash.h"
#include "core/json.h"
#include "core/memory.h"
#include "providers/local/engine/services/secrets.h"
#include "providers/local/engine/store/store.h"

#include <stdlib.h>
#include <string.h>

static bool has_stage(const json_t *stages, const char *stage)
{
    const json_t *item;
    size_t i;

    json_array_foreach (stages, i, item) {
        if (json_is_string(item) && strcmp(json_string_value(item), stage) == 0)
            return true;
    }
    return false;
}

static json_t *versions(struct engine *engine, const char *name)
{
    return store_rows(engine->store,
                      "SELECT id, text, bytes, stages AS \"{stages\", created FROM secret_versions"
                      " WHERE name = ? ORDER BY created, rowid",
                      "s", name);
}

json_t *secrets_version(struct engine *engine, const char *name, const char *id, const char *stage)
{
    json_t *rows = versions(engine, name), *row, *found = NULL;
    size_t i;

    json_array_foreach (rows, i, row) {
        bool chosen =
            *id ? strcmp(json_string_at(row, "id"), id) == 0
                : has_stage(json_object_get(row, "stages"), *stage ? stage : "AWSCURRENT");

        if (chosen && (!*id || !*stage || has_stage(json_object_get(row, "stages"), stage)))
            found = row;
    }
    json_incref(found);
    json_decref(rows);
    return found;
}

json_t *secrets_stages(struct engine *engine, const char *name)
{
    json_t *rows = versions(engine, name), *row, *stages = json_object();
    size_t i;

    json_array_foreach (rows, i, row)
        json_object_set(stages, json_string_at(row, "id"), json_object_get(row, "stages"));
    json_decref(rows);
    return stages;
}

/* Takes `stages` from the versions that have them; AWSCURRENT leaves AWSPREVIOUS behind. */
static int move_stages(struct engine *engine, const char *name, const json_t *stages)
{
    bool current = has_stage(stages, "AWSCURRENT");
    json_t *rows = versions(engine, name), *row, *stage;
    size_t i, k;
    int result = 0;

    json_array_foreach (rows, i, row) {
        json_t *kept = json_array();
        char *text;

        json_array_foreach (json_object_get(row, "stages"), k, stage) {
            const char *word = json_string_value(stage);

            if (!has_stage(stages, word) && !(current && strcmp(word, "AWSPREVIOUS") == 0))
                json_array_append(kept, stage);
        }
        if (current && has_stage(json_object_get(row, "stages"), "AWSCURRENT"))
            json_array_append_new(kept, json_string("AWSPREVIOUS"));
        text = json_dumps(kept, JSON_COMPACT);
        if (store_run(engine->store,
                      json_array_size(kept)
                          ? "UPDATE secret_versions SET stages = ?3 WHERE name = ?1 AND id = ?2"
                          : "DELETE FROM secret_versions WHERE name = ?1 AND id = ?2 AND ?3 = '[]'",
                      "sss", name, json_string_at(row, "id"), text) < 0)
            result = -1;
        free(text);
        json_decref(kept);
    }
    json_decref(rows);
    return result;
}

char *secrets_add_version(struct engine *engine, const char *name, const json_t *input,
                          const json_t *stages)
{
    const char *token = json_string_at(input, "ClientRequestToken");
    json_t *wanted = stages ? json_incref((json_t *)stages) : json_pack("[s]", "AWSCURRENT");
    char uuid[UUID_LEN], *id, *text = json_dumps(wanted, JSON_COMPACT);

    hash_uuid(uuid);
    id = xstrdup(*token ? token : uuid);
    if (move_stages(engine, name, wanted) < 0 ||
        store_run(engine->store,
                  "INSERT INTO secret_versions (name, id, text, bytes, stages, created)"
                  " VALUES (?, ?, ?, ?, ?, ?)",
                  "sssssi", name, id, json_string_value(json_object_get(input, "SecretString")),
                  json_string_value(json_object_get(input, "SecretBinary")), text,
                  clock_now(engine->clock)) < 0 ||
        store_run(engine->store, "UPDATE secrets SET changed = ? WHERE name = ?", "is",
                  clock_now(engine->clock), name) < 0) {
        free(id);
        id = NULL;
    }
    free(text);
    json_decref(wanted);
    return id;
}
