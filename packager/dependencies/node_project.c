#include "packager/dependencies/node_project.h"

#include "core/buf.h"
#include "core/file.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

enum { JSON_MAX = 64 << 20, JSON_DEPTH = 64 };

/* In the order in which npm prefers them. */
static const char *const lock_names[] = {"npm-shrinkwrap.json", "package-lock.json"};

/* NULL without an error: there is no such file. */
static json_t *read_json(const char *path, struct err *err)
{
    json_t *value = NULL;
    struct buf text;

    if (!file_exists(path))
        return NULL;
    buf_init(&text, 0);
    if (file_read(path, JSON_MAX, &text, err) == 0) {
        value = json_parse(buf_string(&text), text.len, JSON_DEPTH, err);
        if (!value)
            err_context(err, "cannot read '%s'", path);
    }
    if (!value)
        err->code = ERR_PACKAGE;
    buf_release(&text);
    return value;
}

static void add_local(struct node_project *project, const char *path)
{
    if (strncmp(path, "file:", 5) == 0)
        path += 5;
    if (*path && *path != '/' && !strlist_has(&project->local, path))
        strlist_add(&project->local, path);
}

/* Folders are entries of their own there; archives are what entries were "resolved" to. Version 1
 * of the format has only "dependencies", with the path as their version. */
static void find_local(struct node_project *project, const json_t *lock)
{
    const char *name;
    json_t *entry;

    json_object_foreach (json_object_get(lock, "packages"), name, entry) {
        const char *resolved = json_string_at(entry, "resolved");

        if (strncmp(resolved, "file:", 5) == 0)
            add_local(project, resolved);
        if (strncmp(name, "node_modules/", 13) != 0 && !strstr(name, "/node_modules/"))
            add_local(project, name);
    }
    json_object_foreach (json_object_get(lock, "dependencies"), name, entry)
        if (strncmp(json_string_at(entry, "version"), "file:", 5) == 0)
            add_local(project, json_string_at(entry, "version"));
}

static int read_lock(struct node_project *project, struct err *err)
{
    json_t *lock;

    for (size_t i = 0; i < sizeof(lock_names) / sizeof(*lock_names) && !project->lock; i++) {
        char *path = file_join(project->folder, lock_names[i]);

        if (file_exists(path))
            project->lock = path;
        else
            free(path);
    }
    if (!project->lock)
        return 0;
    lock = read_json(project->lock, err);
    find_local(project, lock);
    json_decref(lock);
    return lock ? 0 : -1;
}

int node_project_read(struct node_project *project, const char *folder, bool lock, struct err *err)
{
    char *path = file_join(folder, "package.json");

    *project = (struct node_project){.folder = xstrdup(folder)};
    strlist_init(&project->local);
    err_clear(err);
    project->package = read_json(path, err);
    free(path);
    if (err->code != ERR_NONE || (lock && read_lock(project, err) < 0)) {
        node_project_release(project);
        return -1;
    }
    return 0;
}

void node_project_release(struct node_project *project)
{
    free(project->folder);
    free(project->lock);
    json_decref(project->package);
    strlist_release(&project->local);
    *project = (struct node_project){0};
}

bool node_project_needs_packages(const struct node_project *project,
                                 bool (*provided)(const char *name))
{
    const char *name;
    json_t *version;

    json_object_foreach (json_object_get(project->package, "dependencies"), name, version)
        if (!provided(name))
            return true;
    return false;
}

int node_project_levels(const struct node_project *project)
{
    int most = 0;

    for (size_t i = 0; i < project->local.count; i++) {
        int levels = 0;

        for (const char *path = project->local.items[i]; strncmp(path, "../", 3) == 0; path += 3)
            levels++;
        most = levels > most ? levels : most;
    }
    return most;
}

char *node_project_package(const struct node_project *project)
{
    json_t *package = json_copy(project->package);
    char *text;

    json_object_del(package, "scripts");
    text = json_dumps(package, JSON_INDENT(2));
    json_decref(package);
    return text;
}
