#include "packager/package.h"

#include "core/file.h"
#include "core/memory.h"
#include "core/process.h"
#include "packager/content.h"
#include "packager/limits.h"
#include "packager/why.h"
#include "packager/zip/zipfile.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void release(struct package_entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(entries[i].path);
        free(entries[i].origin);
        free(entries[i].reason);
    }
    free(entries);
}

void package_list_release(struct package_list *list)
{
    release(list->entries, list->count);
    release(list->left_out, list->left_out_count);
    why_release(&list->why);
    *list = (struct package_list){0};
}

void package_release(struct package *package)
{
    free(package->function.path);
    free(package->layer.path);
    for (size_t i = 0; i < package->largest_count; i++)
        free(package->largest[i].path);
    free(package->largest);
    *package = (struct package){0};
}

static int run_build(const struct content *content, struct err *err)
{
    const char *command = content->function->build;
    const char *const argv[] = {"sh", "-c", command, NULL};
    struct process process = {.argv = argv, .folder = content->settings->folder};
    int status;

    out_step(content->out, "building %s: %s", content->function->name, command);
    if (process_run(&process, &status, err) < 0)
        return -1;
    if (status != 0)
        return err_set(err, ERR_FAILED,
                       "the build command '%s' of function '%s' ended with status %d", command,
                       content->function->name, status);
    return 0;
}

/* Copies the items of `entries` to the end of a list. */
static void append(struct package_entry **list, size_t *count, const struct entries *entries,
                   bool layer)
{
    *list = xreallocarray(*list, *count + entries->count, sizeof(**list));
    for (size_t i = 0; i < entries->count; i++) {
        const struct entry *entry = &entries->items[i];

        (*list)[(*count)++] = (struct package_entry){.path = xstrdup(entry->path),
                                                     .origin = xstrdup(entry->origin),
                                                     .size = entry->size,
                                                     .compressed = entry->compressed,
                                                     .reason = xstrdup(entry->reason),
                                                     .layer = layer};
    }
}

static void add_to_list(struct package_list *list, const struct entries *entries, bool layer)
{
    append(&list->entries, &list->count, entries, layer);
}

/* The function whose zip has the name of this one's layer zip, or NULL. */
static const char *find_namesake(const struct content *content)
{
    const char *name = content->function->name;
    size_t len = strlen(name);

    for (size_t i = 0; i < settings_function_count(content->settings); i++) {
        const char *other = settings_function_at(content->settings, i)->name;

        if (strncmp(other, name, len) == 0 && strcmp(other + len, "-layer") == 0)
            return other;
    }
    return NULL;
}

/* Where the function zip goes, the layer zip; to free(). */
static char *zip_path(const struct content *content, const struct package_options *options,
                      const char *suffix)
{
    char *file = xasprintf("%s%s.zip", content->function->name, suffix);
    char *path = file_join(options->folder, file);

    free(file);
    return path;
}

/* The folder of what is known of earlier runs, to free(). */
static char *index_folder(const struct content *content)
{
    const char *project = content->settings->folder;

    return file_join(strcmp(project, ".") == 0 ? "" : project, ".fnctl/index");
}

static struct zip_cache *open_cache(const struct content *content,
                                    const struct package_options *options, const char *suffix)
{
    char *folder = index_folder(content);
    char *path = zip_path(content, options, suffix);
    struct zip_cache *cache = zip_cache_new(folder, path, options->level, !options->apart);

    free(path);
    free(folder);
    return cache;
}

/* Stages of one provider mostly find the same libraries. */
static char *memo_file(const struct content *content)
{
    char *folder = index_folder(content);
    char *name = xasprintf("%s.libraries.%s", content->function->name, content->settings->provider);
    char *file = file_join(folder, name);

    free(name);
    free(folder);
    return file;
}

static int write_zip(const struct content *content, const struct package_options *options,
                     struct entries *entries, const char *path, struct artifact *artifact,
                     struct err *err)
{
    const struct zipfile_options zip = {
        .out = options->out,
        .label = content->function->name,
        .level = options->level,
        .cache = entries == &content->code ? content->code_cache : content->libraries_cache};

    return zipfile_write(path, entries, &zip, artifact, err);
}

static int write_code(struct content *content, const struct package_options *options,
                      struct package *package, struct err *err)
{
    char *path = zip_path(content, options, "");
    int result = -1;

    if (!content->code.count)
        err_set(err, ERR_PACKAGE, "there is nothing to package in '%s'", content->source);
    else
        result = write_zip(content, options, &content->code, path, &package->function, err);
    free(path);
    return result;
}

/* Without libraries there is no layer zip, nor one of an earlier run. */
static int write_layer(struct content *content, const struct package_options *options,
                       struct package *package, struct err *err)
{
    const char *namesake = find_namesake(content);
    char *path = zip_path(content, options, "-layer");
    int result = 0;

    if (content->libraries.count && namesake)
        result = err_set(err, ERR_PACKAGE,
                         "the layer of function '%s' and the code of function '%s' would both be "
                         "'%s': rename one of them",
                         content->function->name, namesake, file_name(path));
    else if (content->libraries.count)
        result = write_zip(content, options, &content->libraries, path, &package->layer, err);
    else if (!namesake)
        unlink(path);
    free(path);
    return result;
}

/* The path of the source folder, as a person would write it. */
static char *find_source(const struct settings *settings, const struct function *function)
{
    const char *source = function->source ? function->source : ".";

    while (source[0] == '.' && source[1] == '/')
        source += 2 + (source[2] == '/');
    if (!*source || strcmp(source, ".") == 0)
        return xstrdup(settings->folder);
    return file_join(strcmp(settings->folder, ".") == 0 ? "" : settings->folder, source);
}

static int gather(struct content *content, const struct package_options *options, struct err *err)
{
    if (options->build && content->function->build && run_build(content, err) < 0)
        return -1;
    if (file_make_folder(options->folder, 0755, err) < 0) {
        err->code = ERR_PACKAGE;
        return -1;
    }
    content->code_cache = open_cache(content, options, "");
    content->libraries_cache = open_cache(content, options, "-layer");
    content->memo = memo_file(content);
    content->keep_memo = !options->apart;
    if (content_gather(content, options->folder, err) < 0 ||
        content_add_dependencies(content, options->build, err) < 0)
        return -1;
    zip_cache_recall(content->code_cache, &content->code);
    zip_cache_recall(content->libraries_cache, &content->libraries);
    if (content_add_libraries(content, err) < 0 || content_strip(content, options->build, err) < 0)
        return -1;
    return 0;
}

int package_build(const struct settings *settings, const struct function *function,
                  const struct package_options *options, struct package *package,
                  struct package_list *list, struct err *err)
{
    struct content content = {.settings = settings,
                              .function = function,
                              .out = options->out,
                              .runtime = runtime_find(function->runtime)};
    int result = -1;

    *package = (struct package){0};
    if (list)
        *list = (struct package_list){0};
    content.source = find_source(settings, function);
    if (list && options->why) {
        why_init(&list->why, content.source, options->why);
        content.why = &list->why;
    }
    if (gather(&content, options, err) < 0 || limits_measure(&content, package, err) < 0 ||
        write_code(&content, options, package, err) < 0 ||
        write_layer(&content, options, package, err) < 0)
        goto out;
    package->handler = content.handler;
    if (list) {
        add_to_list(list, &content.code, false);
        add_to_list(list, &content.libraries, true);
        append(&list->left_out, &list->left_out_count, &content.left_out, function->layer);
        if (options->why)
            why_mark(list, content.source);
    }
    result = 0;
out:
    if (result < 0)
        package_release(package);
    if (result < 0 && list)
        package_list_release(list);
    content_release(&content);
    return result;
}
