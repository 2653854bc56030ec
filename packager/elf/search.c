#include "packager/elf/search.h"

#include "core/file.h"
#include "core/memory.h"
#include "packager/elf/rpath.h"
#include "packager/elf/sysroot.h"

#include <stdlib.h>
#include <string.h>

int search_open(struct search *search, const char *sysroot, struct err *err)
{
    char *cache;

    *search = (struct search){.root = sysroot ? realpath(sysroot, NULL) : xstrdup("")};
    if (!search->root || (sysroot && !file_is_folder(search->root))) {
        search_release(search);
        return err_set(err, ERR_PACKAGE, "the sysroot '%s' is no folder", sysroot);
    }
    if (strcmp(search->root, "/") == 0)
        search->root[0] = '\0';
    cache = sysroot_resolve(search->root, LD_CACHE_FILE);
    if (cache)
        ld_cache_open(&search->cache, cache);
    free(cache);
    return 0;
}

void search_trace(struct search *search, struct trace *trace)
{
    char *asked = xasprintf("%s%s", search->root, LD_CACHE_FILE);
    char *path = sysroot_resolve(search->root, LD_CACHE_FILE);

    search->trace = trace;
    trace_note(trace, asked, path);
    free(path);
    free(asked);
}

void search_release(struct search *search)
{
    ld_cache_release(&search->cache);
    free(search->root);
    *search = (struct search){0};
}

void search_result_release(struct search_result *result)
{
    free(result->found);
    free(result->path);
    elf_release(&result->elf);
    *result = (struct search_result){0};
}

/* One search under way. */
struct attempt {
    const struct search *search;
    const struct search_needer *needer;
    const char *name;
    struct search_result *result;
    struct strlist *tried;
};

/* What stands at `path`: what is below the sysroot is looked at from within. To free(). */
static char *resolve(const struct search *search, const char *path)
{
    const char *inside = *search->root ? sysroot_inside(search->root, path) : NULL;

    return inside ? sysroot_resolve(search->root, inside) : realpath(path, NULL);
}

/* Whether the file at `found` (taken over) is one that ld.so would load. */
static bool try_path(const struct attempt *attempt, char *found)
{
    struct search_result *result = attempt->result;
    const struct elf *needer = attempt->needer->elf;
    char *path = resolve(attempt->search, found);
    struct err err;

    trace_note(attempt->search->trace, found, path);
    if (path && file_is_regular(path) && elf_read(&result->elf, path, &err) == 0) {
        if (result->elf.machine == needer->machine && result->elf.wide == needer->wide &&
            result->elf.big_endian == needer->big_endian) {
            result->found = found;
            result->path = path;
            return true;
        }
        elf_release(&result->elf);
    }
    free(path);
    free(found);
    return false;
}

static bool try_folder(const struct attempt *attempt, const char *folder)
{
    if (!strlist_has(attempt->tried, folder))
        strlist_add(attempt->tried, folder);
    return try_path(attempt, file_join(folder, attempt->name));
}

/* A folder as the sysroot has it. */
static bool try_within(const struct attempt *attempt, const char *folder)
{
    char *path = xasprintf("%s%s", attempt->search->root, folder);
    bool found = try_folder(attempt, path);

    free(path);
    return found;
}

/*
 * A folder of an RPATH. That of a file in the sysroot means what it means
 * there; that of a file built here may name a folder of the target or one of
 * this machine's, where it was built.
 */
static bool try_rpath_folder(const struct attempt *attempt, const struct search_needer *owner,
                             const char *folder)
{
    const char *root = attempt->search->root;

    if (!*root || sysroot_inside(root, folder))
        return try_folder(attempt, folder);
    return try_within(attempt, folder) ||
           (!sysroot_inside(root, owner->found) && try_folder(attempt, folder));
}

static bool try_rpath(const struct attempt *attempt, const struct search_needer *owner,
                      const char *list)
{
    char *origin = file_folder(owner->found);
    struct strlist folders = {0};
    bool found = false;

    rpath_folders(list, owner->elf, origin, &folders);
    for (size_t i = 0; i < folders.count && !found; i++)
        found = try_rpath_folder(attempt, owner, folders.items[i]);
    strlist_release(&folders);
    free(origin);
    return found;
}

/* RPATHs reach down: those of the file, and of all that led to it. */
static bool try_rpaths(const struct attempt *attempt)
{
    if (attempt->needer->elf->runpath)
        return false;
    for (const struct search_needer *owner = attempt->needer; owner; owner = owner->parent)
        if (try_rpath(attempt, owner, owner->elf->rpath))
            return true;
    return false;
}

static bool try_cache(const struct attempt *attempt)
{
    const struct search *search = attempt->search;
    uint32_t position = 0;
    const char *path;

    while ((path = ld_cache_next(&search->cache, attempt->name, &position)) != NULL)
        if (*path == '/' && try_path(attempt, xasprintf("%s%s", search->root, path)))
            return true;
    return false;
}

static bool try_defaults(const struct attempt *attempt)
{
    struct strlist folders = {0};
    bool found = false;

    rpath_default_folders(attempt->needer->elf, &folders);
    if (!*attempt->search->root)
        rpath_cross_folders(attempt->needer->elf, &folders);
    for (size_t i = 0; i < folders.count && !found; i++)
        found = try_within(attempt, folders.items[i]);
    strlist_release(&folders);
    return found;
}

static bool try_full_path(const struct attempt *attempt)
{
    const struct search_needer *needer = attempt->needer;
    char *origin = file_folder(needer->found);
    char *path = rpath_expand_name(attempt->name, needer->elf, origin);

    free(origin);
    if (*path == '/' && sysroot_inside(attempt->search->root, needer->found) &&
        !sysroot_inside(attempt->search->root, path)) {
        char *within = xasprintf("%s%s", attempt->search->root, path);

        free(path);
        path = within;
    }
    return try_path(attempt, path);
}

bool search_library(const struct search *search, const struct search_needer *needer,
                    const char *name, struct search_result *result, struct strlist *tried)
{
    const struct attempt attempt = {search, needer, name, result, tried};

    *result = (struct search_result){0};
    if (strchr(name, '/'))
        return try_full_path(&attempt);
    if (try_rpaths(&attempt) || try_rpath(&attempt, needer, needer->elf->runpath))
        return true;
    return !needer->elf->no_default_folders && (try_cache(&attempt) || try_defaults(&attempt));
}
