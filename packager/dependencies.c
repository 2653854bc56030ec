#include "packager/content.h"

#include "core/file.h"
#include "core/memory.h"
#include "packager/dependency_tree.h"
#include "packager/python_ballast.h"
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

/* Those patterns of the settings that speak of dependencies: "python/numpy/f2py/". Others do not
 * reach into them: "docs/" in `exclude` means the project's, not botocore's. */
static void add_patterns(struct ignore *rules, const struct strings *patterns, const char *root,
                         bool negated, const char *source)
{
    size_t len = strcspn(root, "/");

    for (size_t i = 0; i < patterns->count; i++) {
        const char *pattern = patterns->items[i];
        const char *start = pattern + (pattern[0] == '/');
        char *rule;

        if (strncmp(start, root, len) != 0 || start[len] != '/')
            continue;
        rule = xasprintf("%s%s", negated ? "!" : "", pattern);
        ignore_add(rules, rule, strlen(rule), source);
        free(rule);
    }
}

/* Adds the files of a tree by the rules to the layer, or to the code where there is none. */
static int add_tree(struct content *content, struct dependency_tree *tree, struct ignore *rules,
                    struct entries *added, struct err *err)
{
    const struct function *function = content->function;

    add_patterns(rules, &function->exclude, tree->root, false, "exclude");
    add_patterns(rules, &function->include, tree->root, true, "include");
    tree->rules = rules;
    tree->taken = function->layer ? NULL : &content->code;
    return dependency_tree_add(tree, added, &content->left_out, err);
}

static void merge(struct content *content, struct entries *added)
{
    struct entries *all = content->function->layer ? &content->libraries : &content->code;

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
    struct dependency_tree tree = {.folder = site,
                                   .root = "python",
                                   .place = content->function->layer ? "python" : "",
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
        merge(content, &added);
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

int content_add_dependencies(struct content *content, bool install, struct err *err)
{
    if (content->runtime.kind == RUNTIME_PYTHON && content->function->requirements)
        return add_python(content, install, err);
    return 0;
}
