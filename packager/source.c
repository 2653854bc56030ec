#include "packager/content.h"

#include "core/buf.h"
#include "core/file.h"
#include "core/memory.h"
#include "packager/files/collect.h"
#include "packager/why.h"
#include "packager/zip/zip_cache.h"

#include <stdlib.h>
#include <string.h>

enum { IGNORE_FILE_MAX = 1 << 20 };

void content_release(struct content *content)
{
    entries_release(&content->code);
    entries_release(&content->libraries);
    entries_release(&content->left_out);
    zip_cache_free(content->code_cache);
    zip_cache_free(content->libraries_cache);
    free(content->memo);
    free(content->source);
}

/* `path` below `folder`, borrowed from `path`: "" when they are the same, NULL when it is not. Both
 * without symbolic links. */
static const char *below(const char *folder, const char *path)
{
    size_t len = strlen(folder);

    if (strcmp(folder, "/") == 0)
        return path + 1;
    if (strncmp(folder, path, len) != 0 || (path[len] != '/' && path[len]))
        return NULL;
    return path + len + (path[len] == '/');
}

char *content_relative(const struct content *content, const char *path)
{
    char *real_folder = realpath(content->source, NULL);
    char *real_path = realpath(path, NULL);
    const char *rest = real_folder && real_path ? below(real_folder, real_path) : NULL;
    char *copy = xstrdup(rest);

    free(real_folder);
    free(real_path);
    return copy;
}

/* Keeps the settings file out, which need not be called fnctl.json. */
static void exclude_settings(struct ignore *exclude, const struct content *content)
{
    const char *file = content->settings->file;
    char *path = file ? content_relative(content, file) : NULL;

    if (path)
        ignore_add_literal(exclude, path, "settings file");
    free(path);
}

/* Keeps out what says which packages to install, or where they are: these go in by themselves. */
static void exclude_packages(struct ignore *exclude, const struct content *content)
{
    const char *requirements = content->function->requirements;
    const char *folder = content->settings->folder;
    char *file =
        requirements ? file_join(strcmp(folder, ".") == 0 ? "" : folder, requirements) : NULL;
    char *path = file ? content_relative(content, file) : NULL;

    if (path && *path)
        ignore_add_literal(exclude, path, "requirements");
    if (content->runtime.kind == RUNTIME_NODE &&
        strcmp(content->function->node_modules, "source") != 0)
        ignore_add_literal(exclude, "node_modules", "node_modules");
    free(path);
    free(file);
}

/* Keeps the zips of earlier runs out of the next one. */
static void exclude_output(struct ignore *exclude, const struct content *content,
                           const char *output)
{
    char *path = content_relative(content, output);

    if (path && *path) {
        ignore_add_literal(exclude, path, "output folder");
    } else if (path) {
        for (size_t i = 0; i < settings_function_count(content->settings); i++) {
            const char *name = settings_function_at(content->settings, i)->name;
            char *code = xasprintf("%s.zip", name);
            char *layer = xasprintf("%s-layer.zip", name);

            ignore_add_literal(exclude, code, "output folder");
            ignore_add_literal(exclude, layer, "output folder");
            free(code);
            free(layer);
        }
    }
    free(path);
}

static int add_ignore_file(struct ignore *exclude, const char *source, struct err *err)
{
    char *path = file_join(source, ".fnctlignore");
    struct buf text;
    int result = 0;

    buf_init(&text, 0);
    if (file_exists(path))
        result = file_read(path, IGNORE_FILE_MAX, &text, err);
    if (result < 0)
        err->code = ERR_PACKAGE;
    else
        ignore_add_text(exclude, buf_string(&text), text.len, ".fnctlignore");
    buf_release(&text);
    free(path);
    return result;
}

/* `key` is that of the patterns in the settings. */
static void add_patterns(struct ignore *ignore, const struct strings *patterns, const char *key)
{
    for (size_t i = 0; i < patterns->count; i++) {
        char *where = xasprintf("%s[%zu]", key, i);

        ignore_add(ignore, patterns->items[i], strlen(patterns->items[i]), where);
        free(where);
    }
}

/* Reads the .gitignore files above the source; a source that does not exist is for the walk to
 * complain of. */
static int add_above(struct rules *rules, const char *source, struct err *err)
{
    char *real = realpath(source, NULL);
    int result = real ? rules_read_above(rules, real, err) : 0;

    free(real);
    return result;
}

static int fill_rules(struct rules *rules, const struct content *content, const char *output,
                      struct err *err)
{
    const struct function *function = content->function;

    rules->gitignore = function->gitignore;
    if (add_above(rules, content->source, err) < 0 ||
        add_ignore_file(&rules->exclude, content->source, err) < 0)
        return -1;
    add_patterns(&rules->exclude, &function->exclude, "exclude");
    exclude_settings(&rules->exclude, content);
    exclude_packages(&rules->exclude, content);
    exclude_output(&rules->exclude, content, output);
    add_patterns(&rules->include, &function->include, "include");
    return 0;
}

/* A pattern of `include` that matches nothing is a mistake, or no longer needed. */
static void warn_unused(const struct content *content, const struct ignore *include,
                        const bool *used)
{
    for (size_t i = 0; i < include->count; i++)
        if (!used[i] && !content_of_dependencies(include->rules[i].text))
            out_warn(content->out, "function '%s': %s '%s' matches nothing in '%s'",
                     content->function->name, include->rules[i].where, include->rules[i].text,
                     content->source);
}

int content_collect(struct content *content, const char *output, bool only_included,
                    struct err *err)
{
    struct rules rules;
    struct collect collect = {.folder = content->source, .rules = &rules};
    int result;

    rules_init(&rules);
    rules.only_included = only_included;
    result = fill_rules(&rules, content, output, err);
    collect.used = xcalloc(rules.include.count + 1, sizeof(*collect.used));
    if (result == 0 && content->why)
        result = why_explain(content->why, &rules, content->source, err);
    if (result == 0)
        result = collect_files(&content->code, &collect, err);
    if (result == 0)
        warn_unused(content, &rules.include, collect.used);
    free(collect.used);
    rules_release(&rules);
    return result;
}
