#include "packager/content.h"

#include "core/file.h"
#include "core/memory.h"
#include "packager/dependencies/dependency_tree.h"
#include "packager/dependencies/node_ballast.h"
#include "packager/dependencies/node_project.h"
#include "packager/dependencies/python_ballast.h"
#include "packager/node_install.h"
#include "packager/python_install.h"
#include "packager/python_site.h"

#include <stdlib.h>
#include <string.h>

/* The path of a setting that is relative to the settings file, to free(). */
static char *find_path(const struct content *content, const char *setting)
{
    const char *folder = content->settings->folder;

    return file_join(strcmp(folder, ".") == 0 ? "" : folder, setting);
}

bool content_of_dependencies(const char *pattern)
{
    const char *start = pattern + (pattern[0] == '/');

    return strncmp(start, "python/", 7) == 0 || strncmp(start, "nodejs/", 7) == 0;
}

/* Adds those patterns of a setting that speak of dependencies. */
static void add_patterns(struct ignore *rules, const struct strings *patterns, bool negated,
                         const char *setting)
{
    for (size_t i = 0; i < patterns->count; i++) {
        char *rule, *where;

        if (!content_of_dependencies(patterns->items[i]))
            continue;
        rule = xasprintf("%s%s", negated ? "!" : "", patterns->items[i]);
        where = xasprintf("%s[%zu]", setting, i);
        ignore_add(rules, rule, strlen(rule), where);
        free(where);
        free(rule);
    }
}

/* Collects the files of a tree by the rules and the settings' patterns. */
static int add_tree(struct content *content, struct dependency_tree *tree, struct ignore *rules,
                    struct entries *added, struct err *err)
{
    const struct function *function = content->function;

    add_patterns(rules, &function->exclude, false, "exclude");
    add_patterns(rules, &function->include, true, "include");
    tree->rules = rules;
    return dependency_tree_add(tree, added, &content->left_out, err);
}

static void merge(struct content *content, struct entries *added, bool layer)
{
    struct entries *all = layer ? &content->libraries : &content->code;

    entries_move(all, added);
    entries_sort(all);
}

/* Packages stay out that the runtime has; the local engine has none. */
static bool leaves_to_runtime(const struct content *content)
{
    return strcmp(content->settings->provider, "local") != 0 &&
           strcmp(content->function->runtime_packages, "keep") != 0;
}

static int add_site(struct content *content, const struct python_target *target, const char *site,
                    struct err *err)
{
    bool layer = content->function->layer;
    struct dependency_tree tree = {.folder = site,
                                   .root = "python",
                                   .place = layer ? "python" : "",
                                   .taken = layer ? NULL : &content->code,
                                   .reason = content->function->requirements,
                                   .needed = python_ballast_needed};
    struct entries added = {0};
    struct ignore rules;
    int result;

    ignore_init(&rules);
    python_ballast_add(&rules, site, leaves_to_runtime(content));
    result = add_tree(content, &tree, &rules, &added, err);
    if (result == 0)
        result = python_site_check(&added, target, err);
    if (result == 0)
        merge(content, &added, layer);
    ignore_release(&rules);
    entries_release(&added);
    return result;
}

static int add_python(struct content *content, bool install, struct err *err)
{
    char *path = find_path(content, content->function->requirements);
    struct python_target target;
    char *site = NULL;
    int result = -1;

    if (!file_exists(path)) {
        err_set(err, ERR_PACKAGE,
                "the requirements '%s' of function '%s' do not exist; the path is relative to the "
                "settings file",
                path, content->function->name);
        goto out;
    }
    if (python_target_find(content, &target, err) < 0)
        goto out;
    if (file_is_folder(path))
        site = python_site_find(content, &target, path, err);
    else if (python_install(content, &target, path, install, &site, err) == 0 && !site)
        result = 0;
    if (site)
        result = add_site(content, &target, site, err);
out:
    free(site);
    free(path);
    return result;
}

/* 22 of nodejs22.x. */
static int node_version(const struct content *content)
{
    return atoi(content->function->runtime + strlen("nodejs"));
}

/* Since then a runtime looks for what ES modules import in layers too; require() always did. */
enum { MODULES_FROM_LAYER = 18 };

static bool node_in_layer(const struct content *content)
{
    return content->function->layer && node_version(content) >= MODULES_FROM_LAYER;
}

static int add_modules(struct content *content, const char *folder, struct err *err)
{
    bool layer = node_in_layer(content);
    struct dependency_tree tree = {.folder = folder,
                                   .root = "nodejs/node_modules",
                                   .place = layer ? "nodejs/node_modules" : "node_modules",
                                   .reason = "node_modules",
                                   .taken = layer ? NULL : &content->code,
                                   .needed = node_ballast_needed};
    struct entries added = {0};
    struct ignore rules;
    int result;

    ignore_init(&rules);
    node_ballast_add(&rules, node_version(content), leaves_to_runtime(content));
    result = add_tree(content, &tree, &rules, &added, err);
    if (result == 0)
        merge(content, &added, layer);
    ignore_release(&rules);
    entries_release(&added);
    return result;
}

/* The folder of the packages to add, to free(); NULL without an error when there is none yet. */
static int find_modules(const struct content *content, const struct node_project *project,
                        bool install, char **folder, struct err *err)
{
    *folder = NULL;
    if (strcmp(content->function->node_modules, "layer") == 0) {
        *folder = file_join(project->folder, "node_modules");
        if (file_is_folder(*folder))
            return 0;
        return err_set(err, ERR_PACKAGE,
                       "there is no '%s', which \"node_modules\": \"layer\" takes to the layer of "
                       "function '%s': run 'npm ci --omit=dev', or set \"install\"",
                       *folder, content->function->name);
    }
    if (!project->package)
        return err_set(err, ERR_PACKAGE,
                       "there is no package.json in '%s', the source of function '%s', by which "
                       "\"node_modules\": \"install\" installs",
                       project->folder, content->function->name);
    if (!project->lock)
        return err_set(err, ERR_PACKAGE,
                       "there is no package-lock.json in '%s', by which the packages of function "
                       "'%s' are installed: run 'npm install' there once and keep it; with another "
                       "package manager install by that, and set \"node_modules\": \"layer\"",
                       project->folder, content->function->name);
    return node_install(content, project, install, folder, err);
}

/* Packages that stay in the source are the source's business, unless they were forgotten. */
static void warn_missing(const struct content *content, const struct node_project *project)
{
    char *folder = file_join(project->folder, "node_modules");

    if (node_project_needs_packages(project, node_ballast_provided) && !file_exists(folder))
        out_warn(content->out,
                 "function '%s': package.json names packages, but there is no '%s': set "
                 "\"node_modules\": \"install\", or run npm install, unless they are bundled",
                 content->function->name, folder);
    free(folder);
}

static int add_node(struct content *content, bool install, struct err *err)
{
    const char *mode = content->function->node_modules;
    struct node_project project;
    char *folder = NULL;
    int result = 0;

    if (node_project_read(&project, content->source, strcmp(mode, "install") == 0, err) < 0)
        return -1;
    if (strcmp(mode, "source") == 0)
        warn_missing(content, &project);
    else if (find_modules(content, &project, install, &folder, err) < 0)
        result = -1;
    else if (folder && file_is_folder(folder))
        result = add_modules(content, folder, err);
    free(folder);
    node_project_release(&project);
    return result;
}

int content_add_dependencies(struct content *content, bool install, struct err *err)
{
    if (content->runtime.kind == RUNTIME_PYTHON && content->function->requirements)
        return add_python(content, install, err);
    if (content->runtime.kind == RUNTIME_NODE)
        return add_node(content, install, err);
    return 0;
}
