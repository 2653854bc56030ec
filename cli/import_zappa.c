#include "cli/import_zappa.h"

#include "cli/import_zappa_keys.h"
#include "core/file.h"
#include "core/json.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

enum { EXTENDS_MAX = 16 };

#define FALLBACK_REGION "us-east-1" /* as Zappa has it */

/* A stage with all that it extends, the caller's. */
static json_t *extended(const json_t *root, const char *stage, int depth, struct err *err)
{
    const json_t *own = json_object_get(root, stage);
    const char *base = json_string_value(json_object_get(own, "extends"));
    json_t *whole;

    if (!json_is_object(own)) {
        err_set(err, ERR_FAILED, "there is no stage '%s'", stage);
        return NULL;
    }
    if (!base)
        return json_deep_copy(own);
    if (depth >= EXTENDS_MAX) {
        err_set(err, ERR_FAILED, "the stage '%s' extends itself", stage);
        return NULL;
    }
    whole = extended(root, base, depth + 1, err);
    if (!whole) {
        err_context(err, "stage '%s'", stage);
        return NULL;
    }
    json_object_update(whole, (json_t *)(uintptr_t)own);
    json_object_del(whole, "extends");
    return whole;
}

/* Whether parts of an object may stand in one place and parts in another: of the functions, of a
 * function, of maps. What has required members stays whole. */
static bool splits(const char *key, int depth)
{
    return depth < 2 || strcmp(key, "environment") == 0 || strcmp(key, "tags") == 0;
}

/* Takes from each object of `overlays` what all of them have alike; the caller's. `depth`: 0 for
 * whole stages. */
static json_t *take_common(json_t *overlays, int depth)
{
    json_t *common = json_object(), *first, *value, *copy;
    const char *key;
    size_t i;

    first = json_array_get(overlays, 0);
    copy = json_copy(first);
    json_object_foreach (copy, key, value) {
        bool everywhere = true, objects = json_is_object(value) && splits(key, depth);
        json_t *parts = json_array(), *overlay;

        json_array_foreach (overlays, i, overlay) {
            json_t *other = json_object_get(overlay, key);

            everywhere = everywhere && other && json_equal(other, value);
            objects = objects && json_is_object(other);
            if (other)
                json_array_append(parts, other);
        }
        if (everywhere) {
            json_object_set(common, key, value);
            json_array_foreach (overlays, i, overlay)
                json_object_del(overlay, key);
        } else if (objects) {
            json_t *shared = take_common(parts, depth + 1);

            if (json_object_size(shared))
                json_object_set(common, key, shared);
            json_decref(shared);
        }
        json_decref(parts);
    }
    json_decref(copy);
    return common;
}

/* Objects that have become empty say nothing. */
static void drop_empty(json_t *object)
{
    json_t *copy = json_copy(object), *value;
    const char *key;

    json_object_foreach (copy, key, value) {
        if (!json_is_object(value))
            continue;
        drop_empty(value);
        if (!json_object_size(value))
            json_object_del(object, key);
    }
    json_decref(copy);
}

/* The stage's own part of the new settings: provider, region, functions, ... */
static json_t *convert_stage(struct import *import, const json_t *zappa)
{
    const char *region = json_string_at(zappa, "aws_region");
    json_t *stage = json_pack("{s:s, s:o}", "provider", "aws", "region",
                              json_string(*region ? region : FALLBACK_REGION));
    json_t *functions = json_object();

    zappa_keys_convert(import, zappa, stage, functions);
    json_object_set_new(stage, "functions", functions);
    return stage;
}

/* The stages under their new names, in the order of the file; the caller's. NULL on failure. */
static json_t *convert_stages(struct import *import, const json_t *root, char **project,
                              struct err *err)
{
    json_t *stages = json_object(), *value;
    const char *name;

    json_object_foreach ((json_t *)(uintptr_t)root, name, value) {
        json_t *zappa = extended(root, name, 0, err);
        char *plain;

        if (!zappa) {
            json_decref(stages);
            return NULL;
        }
        plain = import_name(name, "stage", stages);
        if (strcmp(plain, name) != 0)
            import_note(import, name, "the stage is called '%s' here, since names are made of it",
                        plain);
        if (!*project && *json_string_at(zappa, "project_name"))
            *project = import_name(json_string_at(zappa, "project_name"), "project", NULL);
        json_object_set_new(stages, plain, convert_stage(import, zappa));
        free(plain);
        json_decref(zappa);
    }
    return stages;
}

/* What the stages have alike stands above them. */
static json_t *join(json_t *stages)
{
    json_t *overlays = json_array(), *root = json_object(), *stage, *common;
    const char *name;

    json_object_foreach (stages, name, stage)
        json_array_append(overlays, stage);
    common = take_common(overlays, 0);
    json_object_del(common, "provider");
    json_object_foreach (stages, name, stage) {
        json_t *rest = json_copy(stage);

        /* A stage says itself, and first, where it goes. */
        drop_empty(rest);
        json_object_clear(stage);
        json_object_set_new(stage, "provider", json_string("aws"));
        json_object_update_missing(stage, rest);
        json_decref(rest);
    }
    json_object_update(root, common);
    json_decref(common);
    json_decref(overlays);
    return root;
}

/* A stage for this machine, when the parts above say enough for it. */
static void add_local(json_t *root, json_t *stages)
{
    json_t *functions = json_object_get(root, "functions"), *function;
    bool enough = json_object_size(functions) > 0 && !json_object_get(stages, "local");
    const char *name;

    json_object_foreach (functions, name, function)
        enough = enough && json_object_get(function, "runtime") &&
                 (json_object_get(function, "app") || json_object_get(function, "handler"));
    if (enough)
        json_object_set_new(stages, "local", json_pack("{s:s}", "provider", "local"));
}

int import_zappa(struct import *import, const json_t *root, struct err *err)
{
    char *project = NULL;
    json_t *stages, *common;

    if (!json_is_object(root) || !json_object_size(root))
        return err_set(err, ERR_FAILED, "it has no stages");
    stages = convert_stages(import, root, &project, err);
    if (!stages) {
        free(project);
        return -1;
    }
    import_note(import, "Zappa",
                "what it deployed stays; 'zappa undeploy STAGE' takes it away when the new "
                "functions serve");
    common = join(stages);
    add_local(common, stages);
    import->settings = json_pack("{s:s}", "$schema", "fnctl.schema.json");
    if (project)
        json_object_set_new(import->settings, "project", json_string(project));
    if (json_object_size(stages) > 1)
        json_object_set_new(import->settings, "default_stage",
                            json_string(json_object_get(stages, "local")
                                            ? "local"
                                            : json_object_iter_key(json_object_iter(stages))));
    json_object_update(import->settings, common);
    json_object_set_new(import->settings, "stages", stages);
    json_decref(common);
    free(project);
    return 0;
}
