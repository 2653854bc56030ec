#include "packager/python_site.h"

#include "core/file.h"
#include "core/memory.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), end_len = strlen(end);

    return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

/* The virtual environment's folder for the target's Python; the versions it has go to `others`. */
static char *find_in_environment(const struct python_target *target, const char *folder,
                                 struct strlist *others)
{
    char *lib = file_join(folder, "lib");
    DIR *stream = opendir(lib);
    char *site = NULL;
    struct dirent *item;

    while (stream && (item = readdir(stream)) != NULL) {
        int minor, end = 0;

        if (sscanf(item->d_name, "python3.%d%n", &minor, &end) != 1 || item->d_name[end])
            continue;
        strlist_addf(others, "3.%d", minor);
        if (minor == target->minor && !site)
            site = xasprintf("%s/%s/site-packages", lib, item->d_name);
    }
    if (stream)
        closedir(stream);
    free(lib);
    return site;
}

static char *open_environment(const struct content *content, const struct python_target *target,
                              const char *folder, struct err *err)
{
    struct strlist versions;
    char *site, *list;

    strlist_init(&versions);
    site = find_in_environment(target, folder, &versions);
    list = strlist_join(&versions, ", ");
    if (!site)
        err_set(err, ERR_PACKAGE,
                "the virtual environment '%s' is for Python %s, and function '%s' runs on Python "
                "3.%d: make one with that, or let `requirements` name a requirements.txt",
                folder, versions.count ? list : "of no version", content->function->name,
                target->minor);
    free(list);
    strlist_release(&versions);
    return site;
}

/* "/usr/lib/python3.11/site-packages" says by its name whom it belongs to. */
static int check_place(const struct content *content, const struct python_target *target,
                       const char *folder, struct err *err)
{
    char *real = realpath(folder, NULL);
    const char *name = real ? strstr(real, "/python3.") : NULL;
    int minor = name ? atoi(name + 9) : 0;

    free(real);
    if (!minor || minor == target->minor)
        return 0;
    return err_set(err, ERR_PACKAGE,
                   "the packages in '%s' are for Python 3.%d, and function '%s' runs on Python "
                   "3.%d",
                   folder, minor, content->function->name, target->minor);
}

/* Counts what is installed; collects the files that lead to other folders. */
static int look(const char *site, size_t *installed, struct strlist *links, struct err *err)
{
    DIR *stream = opendir(site);
    struct dirent *item;

    *installed = 0;
    if (!stream)
        return err_set(err, ERR_PACKAGE, "cannot read '%s': %s", site, strerror(errno));
    while ((item = readdir(stream)) != NULL) {
        const char *name = item->d_name;

        *installed += ends_with(name, ".dist-info") || ends_with(name, ".egg-info");
        if (strncmp(name, "__editable__", 12) == 0 || ends_with(name, ".egg-link"))
            strlist_addf(links, "'%s'", name);
    }
    closedir(stream);
    strlist_sort(links);
    return 0;
}

static int check_site(const struct content *content, const char *site, struct err *err)
{
    struct strlist links;
    size_t installed;
    char *list;
    int result;

    strlist_init(&links);
    result = look(site, &installed, &links, err);
    list = strlist_join(&links, ", ");
    if (result == 0 && !installed)
        result = err_set(err, ERR_PACKAGE,
                         "no Python package is installed in '%s': `requirements` must name a "
                         "requirements.txt, a pyproject.toml, a virtual environment or a "
                         "site-packages folder",
                         site);
    if (result == 0 && links.count)
        out_warn(content->out,
                 "function '%s': %s in '%s' leads to a folder elsewhere, which is not packaged: "
                 "install that package without --editable",
                 content->function->name, list, site);
    free(list);
    strlist_release(&links);
    return result;
}

char *python_site_find(const struct content *content, const struct python_target *target,
                       const char *folder, struct err *err)
{
    char *mark = file_join(folder, "pyvenv.cfg");
    char *site = NULL;

    if (file_exists(mark))
        site = open_environment(content, target, folder, err);
    else if (check_place(content, target, folder, err) == 0)
        site = xstrdup(folder);
    free(mark);
    if (site && check_site(content, site, err) < 0) {
        free(site);
        return NULL;
    }
    return site;
}

/* The version in "name.cpython-313-x86_64-linux-gnu.so"; 0: it is no such name. */
static int module_version(const char *path)
{
    const char *tag = strstr(file_name(path), ".cpython-3");

    return tag && ends_with(path, ".so") ? atoi(tag + 10) : 0;
}

/* Whether the module of `path` is there for that version as well. */
static bool has_other(const struct entries *entries, const char *path, int version)
{
    size_t stem = (size_t)(strstr(file_name(path), ".cpython-3") - path);
    char *start = xasprintf("%.*s.cpython-3%d-", (int)stem, path, version);
    bool found = false;

    for (size_t i = 0; i < entries->count && !found; i++)
        found = strncmp(entries->items[i].path, start, strlen(start)) == 0;
    free(start);
    return found;
}

int python_site_check(const struct entries *entries, const struct python_target *target,
                      struct err *err)
{
    for (size_t i = 0; i < entries->count; i++) {
        const struct entry *entry = &entries->items[i];
        int version = module_version(entry->path);

        if (version && version != target->minor && entry->origin &&
            !has_other(entries, entry->path, target->minor))
            return err_set(err, ERR_PACKAGE,
                           "the module '%s' is for Python 3.%d, and the function runs on Python "
                           "3.%d: install the package for that",
                           entry->origin, version, target->minor);
    }
    return 0;
}
