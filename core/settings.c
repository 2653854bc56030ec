#include "core/settings.h"

#include "core/buf.h"
#include "core/file.h"
#include "core/memory.h"
#include "core/settings_bind.h"
#include "core/settings_checks.h"
#include "core/suggest.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILE_BYTES_MAX = 1024 * 1024, DEPTH_MAX = 64 };

#define INIT_HINT "write one with 'fnctl init'"

/* The path of the settings file here or in a folder above, to free(). */
static char *find_file(struct err *err)
{
    char *folder = file_exists(SETTINGS_FILE) ? NULL : getcwd(NULL, 0);
    char *path = folder ? NULL : xstrdup(SETTINGS_FILE);

    while (!path && strcmp(folder, "/") != 0) {
        char *parent = file_folder(folder);

        free(folder);
        folder = parent;
        path = file_join(folder, SETTINGS_FILE);
        if (!file_exists(path)) {
            free(path);
            path = NULL;
        }
    }
    free(folder);
    if (!path)
        err_set(err, ERR_SETTINGS,
                "there is no '" SETTINGS_FILE "' here or in a folder above: " INIT_HINT);
    return path;
}

static int read_text(struct settings *settings, const struct settings_context *context,
                     struct err *err)
{
    struct buf text;

    settings->file = context->file ? xstrdup(context->file) : find_file(err);
    if (!settings->file)
        return -1;
    settings->folder = file_folder(settings->file);
    buf_init(&text, FILE_BYTES_MAX);
    if (file_read(settings->file, FILE_BYTES_MAX, &text, err) < 0) {
        err->code = ERR_SETTINGS;
        if (!file_exists(settings->file))
            err_append(err, ": " INIT_HINT);
        buf_release(&text);
        return -1;
    }
    settings->text_len = text.len;
    settings->text = buf_take(&text);
    return 0;
}

/* Reads the file into the JSON it holds, the caller's. */
static json_t *read_document(struct settings *settings, const struct settings_context *context,
                             struct err *err)
{
    const struct json_path root = {.parent = NULL};
    struct schema_source source;
    json_t *document;

    if (read_text(settings, context, err) < 0)
        return NULL;
    document = json_parse(settings->text, settings->text_len, DEPTH_MAX, err);
    if (!document) {
        err_context(err, "cannot read '%s'", settings->file);
        return NULL;
    }
    if (json_is_object(document))
        return document;
    source = settings_source(settings);
    schema_error(&source, &root, false, err, "must be an object: { \"project\": ... }");
    json_decref(document);
    return NULL;
}

static char *stage_list(const json_t *stages)
{
    struct buf list;
    const char *name;
    json_t *value;

    buf_init(&list, 0);
    json_object_foreach ((json_t *)(uintptr_t)stages, name, value) {
        (void)value;
        buf_printf(&list, "%s%s", list.len ? ", " : "", name);
    }
    return buf_take(&list);
}

static int unknown_stage(const struct settings *settings, const json_t *stages, const char *name,
                         struct err *err)
{
    struct suggest near = {.word = name};
    char *list = stage_list(stages);
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *)(uintptr_t)stages, key, value) {
        (void)value;
        suggest_offer(&near, key);
    }
    err_set(err, ERR_USAGE, "there is no stage '%s' in '%s'", name, settings->file);
    if (near.best)
        err_append(err, "; did you mean '%s'?", near.best);
    else
        err_append(err, "; there %s: %s", json_object_size(stages) > 1 ? "are" : "is",
                   *list ? list : "dev");
    free(list);
    return -1;
}

/* Each stage must have a usable name and be an object. */
static int check_stages(const struct settings *settings, json_t *stages, struct err *err)
{
    const struct schema_source source = settings_source(settings);
    const struct json_path root = {.parent = NULL}, path = {.parent = &root, .key = "stages"};
    const char *name;
    json_t *stage;
    struct err rule;

    if (stages && !json_is_object(stages))
        return schema_error(&source, &path, false, err, "must be an object of stages by name");
    json_object_foreach (stages, name, stage) {
        const struct json_path step = {.parent = &path, .key = name};

        if (settings_check_name(&name, &rule) < 0)
            return schema_error(&source, &step, true, err, "%s", rule.message);
        if (!json_is_object(stage))
            return schema_error(&source, &step, false, err,
                                "must be an object that goes over the settings above");
    }
    return 0;
}

/* The stage that is meant: given, FNCTL_STAGE, default_stage, or the only one. */
static const char *choose_stage(const json_t *document, const json_t *stages,
                                const struct settings_context *context)
{
    const char *environment = getenv("FNCTL_STAGE");
    const char *standard = json_string_value(json_object_get(document, "default_stage"));

    if (context->stage)
        return context->stage;
    if (environment && *environment)
        return environment;
    if (standard)
        return standard;
    if (json_object_size(stages) == 0)
        return "dev";
    if (json_object_size(stages) == 1)
        return json_object_iter_key(json_object_iter((json_t *)(uintptr_t)stages));
    return NULL;
}

/* default_stage must be one of the stages. */
static int check_default(const struct settings *settings, const json_t *document, json_t *stages,
                         struct err *err)
{
    const struct schema_source source = settings_source(settings);
    const struct json_path root = {.parent = NULL},
                           path = {.parent = &root, .key = "default_stage"};
    const char *name = json_string_value(json_object_get(document, "default_stage"));
    char *list;

    if (!name || json_object_get(stages, name) || json_object_size(stages) == 0)
        return 0;
    list = stage_list(stages);
    schema_error(&source, &path, false, err, "there is no stage '%.60s'; there is: %s", name, list);
    free(list);
    return -1;
}

static int pick_stage(struct settings *settings, const json_t *document,
                      const struct settings_context *context, struct err *err)
{
    json_t *stages = json_object_get(document, "stages");
    const char *name = choose_stage(document, stages, context);
    char *list;

    if (check_stages(settings, stages, err) < 0 ||
        check_default(settings, document, stages, err) < 0)
        return -1;
    if (!name) {
        list = stage_list(stages);
        err_set(err, ERR_USAGE,
                "name a stage: '%s' has %s; or set FNCTL_STAGE, or 'default_stage' in the file",
                settings->file, list);
        free(list);
        return -1;
    }
    if (json_object_size(stages) == 0 ? strcmp(name, "dev") != 0 : !json_object_get(stages, name)) {
        unknown_stage(settings, stages, name, err);
        return name == getenv("FNCTL_STAGE") ? err_context(err, "FNCTL_STAGE") : -1;
    }
    settings->stage_name = xstrdup(name);
    settings->stage = settings->stage_name;
    return 0;
}

/* Lays the stage over the rest of the document, which it takes. */
static void merge_stage(struct settings *settings, json_t *document)
{
    json_t *overlay = json_object_get(json_object_get(document, "stages"), settings->stage);

    json_incref(overlay);
    json_object_del(document, "stages");
    if (overlay)
        json_merge_patch(document, overlay);
    json_decref(overlay);
    settings->resolved = document;
}

/* --region goes over the file, the environment stands in for it. */
static int settle_region(struct settings *settings, const struct settings_context *context,
                         struct err *err)
{
    const char *region = context->region;
    struct err rule;

    if (!region && json_object_get(settings->resolved, "region"))
        return 0;
    if (!region)
        region = getenv("AWS_REGION");
    if (!region || !*region)
        region = getenv("AWS_DEFAULT_REGION");
    if (!region || !*region)
        return 0;
    if (settings_check_region(&region, &rule) < 0)
        return err_set(err, ERR_USAGE, "%s: %s",
                       context->region ? "option '--region'" : "the environment's region",
                       rule.message);
    json_object_set_new(settings->resolved, "region", json_string(region));
    return 0;
}

int settings_load(struct settings *settings, const struct settings_context *context,
                  struct err *err)
{
    json_t *document;
    int result = -1;

    *settings = (struct settings){0};
    document = read_document(settings, context, err);
    if (!document)
        goto out;
    if (pick_stage(settings, document, context, err) < 0) {
        json_decref(document);
        goto out;
    }
    merge_stage(settings, document);
    if (settle_region(settings, context, err) < 0)
        goto out;
    settings->merged = json_deep_copy(settings->resolved);
    settings->unknown = json_object();
    settings->secret = json_object();
    if (settings_bind(settings, context, err) < 0)
        goto out;
    result = 0;
out:
    if (result < 0)
        settings_release(settings);
    return result;
}

void settings_release(struct settings *settings)
{
    schema_release(settings_fields, settings);
    json_decref(settings->resolved);
    json_decref(settings->replaced);
    json_decref(settings->merged);
    json_decref(settings->unknown);
    json_decref(settings->secret);
    json_decref(settings->secrets);
    references_release(&settings->references);
    free(settings->account);
    free(settings->file);
    free(settings->folder);
    free(settings->text);
    free(settings->stage_name);
    *settings = (struct settings){0};
}

int settings_stage_names(const struct settings_context *context, struct strlist *names,
                         struct err *err)
{
    struct settings settings = {0};
    json_t *document = read_document(&settings, context, err), *stages, *stage;
    const char *name;

    stages = json_object_get(document, "stages");
    json_object_foreach (stages, name, stage) {
        (void)stage;
        strlist_add(names, name);
    }
    if (document && json_object_size(stages) == 0)
        strlist_add(names, "dev");
    settings_release(&settings);
    if (!document)
        return -1;
    json_decref(document);
    return 0;
}

static int check_stage(const struct settings_context *context, const char *stage, struct err *err)
{
    struct settings_context one = *context;
    struct settings settings;

    one.stage = stage;
    if (settings_load(&settings, &one, err) < 0)
        return err_context(err, "stage '%s'", stage);
    settings_release(&settings);
    return 0;
}

int settings_check_stages(const struct settings_context *context, struct err *err)
{
    struct settings settings = {0};
    json_t *document = read_document(&settings, context, err), *stages, *stage;
    const char *name;
    int result = -1;

    if (!document)
        goto out;
    stages = json_object_get(document, "stages");
    if (check_stages(&settings, stages, err) < 0)
        goto out;
    if (json_object_size(stages) == 0 && check_stage(context, "dev", err) < 0)
        goto out;
    json_object_foreach (stages, name, stage) {
        if (check_stage(context, name, err) < 0)
            goto out;
    }
    result = 0;
out:
    json_decref(document);
    settings_release(&settings);
    return result;
}
