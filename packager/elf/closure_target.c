#include "packager/elf/closure_inside.h"

#include "core/buf.h"
#include "core/file.h"
#include "core/memory.h"
#include "packager/elf/rpath.h"

#include <stdlib.h>
#include <string.h>

/* "/a/b/../c//d" as "/a/c/d", to free(): the package has no links among its folders. */
static char *normalize(const char *path)
{
    struct buf out;

    buf_init(&out, 0);
    while (*path) {
        size_t len;

        path += strspn(path, "/");
        len = strcspn(path, "/");
        if (len == 2 && strncmp(path, "..", 2) == 0) {
            while (out.len && out.data[--out.len] != '/')
                continue;
        } else if (len && !(len == 1 && *path == '.')) {
            buf_putc(&out, '/');
            buf_append(&out, path, len);
        }
        path += len;
    }
    return buf_take(&out);
}

/* Keeps the packaged file at `place` when it is one that ld.so would load; NULL when it is not. */
static struct closure_file *keep_packaged(const struct wanted *wanted, const char *place,
                                          const char *path)
{
    const struct elf *needer = &closure_needer(wanted)->elf;
    struct closure_file file = {.kind = CLOSURE_PACKAGED};
    struct err err;

    if (elf_read(&file.elf, path, &err) < 0)
        return NULL;
    if (file.elf.machine != needer->machine || file.elf.wide != needer->wide) {
        elf_release(&file.elf);
        return NULL;
    }
    file.name = xstrdup(wanted->name);
    file.path = realpath(path, NULL);
    file.path = file.path ? file.path : xstrdup(path);
    file.found = xstrdup(path);
    file.place = xstrdup(place);
    file.needed_by = xstrdup(closure_needer(wanted)->name);
    return closure_keep(wanted->process->closure, &file);
}

/* The library at a path of the target, when the package has it there. */
static struct closure_file *packaged_at(const struct wanted *wanted, const char *path)
{
    const struct closure *closure = wanted->process->closure;
    char *place = normalize(path);
    const char *origin = closure->target->packaged(closure->target->context, place);
    struct closure_file *file = origin ? closure_find(closure, place) : NULL;

    if (origin && !file)
        file = keep_packaged(wanted, place, origin);
    free(place);
    return file;
}

static struct closure_file *packaged_in(const struct wanted *wanted, const char *folder)
{
    char *path = file_join(folder, wanted->name);
    struct closure_file *file = packaged_at(wanted, path);

    free(path);
    return file;
}

/* The library in the folders of an RPATH or RUNPATH that a file has on the target; `added` tells
 * whether these are among them where libraries are added. */
static struct closure_file *packaged_along(const struct wanted *wanted,
                                           const struct closure_file *owner, const char *list,
                                           bool *added)
{
    char *origin = owner->place ? file_folder(owner->place) : xstrdup("");
    struct closure_file *file = NULL;
    struct strlist folders = {0};

    rpath_folders(list, &owner->elf, origin, &folders);
    for (size_t i = 0; i < folders.count && !file; i++) {
        char *folder = normalize(folders.items[i]);

        file = packaged_in(wanted, folder);
        *added = *added || strcmp(folder, wanted->process->closure->target->folder) == 0;
        free(folder);
    }
    strlist_release(&folders);
    free(origin);
    return file;
}

/* RPATHs go before the folders of the system; they reach down, until a file has a RUNPATH. */
static struct closure_file *packaged_by_rpath(const struct wanted *wanted, bool *added)
{
    const struct process *process = wanted->process;
    struct closure_file *file = NULL;

    if (closure_needer(wanted)->elf.runpath)
        return NULL;
    for (size_t i = wanted->needer; i != SIZE_MAX && !file; i = process->loaded[i].parent)
        file = packaged_along(wanted, process->loaded[i].file, process->loaded[i].file->elf.rpath,
                              added);
    return file;
}

/* What comes after the folders of the system: the package's own, then RUNPATH. */
static struct closure_file *packaged_later(const struct wanted *wanted)
{
    const struct closure_file *needer = closure_needer(wanted);
    const struct closure_target *target = wanted->process->closure->target;
    struct closure_file *file = NULL;
    bool ignored = false;

    for (size_t i = 0; target->library_path[i] && !file; i++)
        file = packaged_in(wanted, target->library_path[i]);
    return file ? file : packaged_along(wanted, needer, needer->elf.runpath, &ignored);
}

/* A library that is needed by a path, not by a name. */
static bool load_path(const struct wanted *wanted)
{
    const struct closure_file *needer = closure_needer(wanted);
    const struct closure_target *target = wanted->process->closure->target;
    char *origin = needer->place ? file_folder(needer->place) : xstrdup("");
    char *path = rpath_expand_name(wanted->name, &needer->elf, origin);
    char *full = file_join(target->working_folder, path);
    struct closure_file *file = packaged_at(wanted, full);

    if (file)
        closure_load(wanted->process, file, wanted->needer);
    free(full);
    free(path);
    free(origin);
    return file != NULL;
}

static void add_once(struct strlist *list, const char *text)
{
    if (!strlist_has(list, text))
        strlist_add(list, text);
}

bool closure_load_there(const struct wanted *wanted, bool *insisted)
{
    struct process *process = wanted->process;
    struct closure *closure = process->closure;
    const struct closure_target *target = closure->target;
    bool provided = target->provides(target->context, wanted->name);
    struct closure_file *file;

    if (strchr(wanted->name, '/'))
        return load_path(wanted);
    if ((file = packaged_by_rpath(wanted, insisted)) != NULL) {
        file->insisted = true;
        if (provided)
            add_once(&process->loaded[wanted->needer].file->replaced, wanted->name);
    } else if ((file = packaged_later(wanted)) != NULL && provided) {
        add_once(&closure->shadowed, wanted->name);
        return true;
    }
    if (file)
        closure_load(process, file, wanted->needer);
    return file || provided || target->preloads(target->context, wanted->name);
}
