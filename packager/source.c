#include "packager/content.h"

#include "core/buf.h"
#include "core/file.h"
#include "core/memory.h"
#include "packager/collect.h"

#include <stdlib.h>
#include <string.h>

enum { IGNORE_FILE_MAX = 1 << 20 };

void content_release(struct content *content)
{
    entries_release(&content->code);
    entries_release(&content->libraries);
    entries_release(&content->left_out);
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
static void exclude_requirements(struct ignore *exclude, const struct content *content)
{
    const char *requirements = content->function->requirements;
    const char *folder = content->settings->folder;
    char *file =
        requirements ? file_join(strcmp(folder, ".") == 0 ? "" : folder, requirements) : NULL;
    char *path = file ? content_relative(content, file) : NULL;

    if (path && *path)
        ignore_add_literal(exclude, path, "requirements");
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

static void add_patterns(struct ignore *ignore, const struct strings *patterns, const char *source)
{
    for (size_t i = 0; i < patterns->count; i++)
        ignore_add(ignore, patterns->items[i], strlen(patterns->items[i]), source);
}

int content_collect(struct content *content, const char *output, bool only_included,
                    struct err *err)
{
    struct ignore exclude, include;
    struct collect collect = {.folder = content->source,
                              .exclude = &exclude,
                              .include = &include,
                              .only_included = only_included};
    int result;

    ignore_init(&exclude);
    ignore_init(&include);
    collect_add_defaults(&exclude);
    result = add_ignore_file(&exclude, content->source, err);
    add_patterns(&exclude, &content->function->exclude, "exclude");
    exclude_settings(&exclude, content);
    exclude_requirements(&exclude, content);
    exclude_output(&exclude, content, output);
    add_patterns(&include, &content->function->include, "include");
    if (result == 0)
        result = collect_files(&content->code, &collect, err);
    ignore_release(&exclude);
    ignore_release(&include);
    return result;
}
