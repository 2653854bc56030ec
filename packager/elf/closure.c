#include "packager/elf/closure_inside.h"

#include "core/file.h"
#include "core/interrupt.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

int closure_init(struct closure *closure, const char *sysroot, const struct closure_target *target,
                 struct err *err)
{
    *closure = (struct closure){.target = target};
    return search_open(&closure->search, sysroot, err);
}

static void free_file(struct closure_file *file)
{
    free(file->name);
    free(file->path);
    free(file->found);
    free(file->place);
    free(file->needed_by);
    elf_release(&file->elf);
    strlist_release(&file->replaced);
    free(file);
}

void closure_release(struct closure *closure)
{
    for (size_t i = 0; i < closure->count; i++)
        free_file(closure->files[i]);
    free(closure->files);
    free(closure->by_key);
    strlist_release(&closure->shadowed);
    strlist_release(&closure->clashing);
    strlist_release(&closure->missing);
    search_release(&closure->search);
    *closure = (struct closure){0};
}

/* What tells files apart: where they are on the target, or else here. */
static const char *key_of(const struct closure_file *file)
{
    return file->kind == CLOSURE_PACKAGED && file->place ? file->place : file->found;
}

/* Where in `by_key` a file of that key is, or would be. */
static size_t position(const struct closure *closure, const char *key)
{
    size_t low = 0, high = closure->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(key_of(closure->by_key[middle]), key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct closure_file *closure_find(const struct closure *closure, const char *key)
{
    size_t at = position(closure, key);

    if (at == closure->count || strcmp(key_of(closure->by_key[at]), key) != 0)
        return NULL;
    return closure->by_key[at];
}

/* Two files that are to be added under one name: the first stays. */
static void note_clash(struct closure *closure, const struct closure_file *file)
{
    for (size_t i = 0; i < closure->count; i++) {
        const struct closure_file *other = closure->files[i];

        if (other->kind == CLOSURE_ADDED && strcmp(other->name, file->name) == 0 &&
            strcmp(other->path, file->path) != 0)
            strlist_addf(&closure->clashing, "'%s' ('%s' and '%s')", file->name, other->path,
                         file->path);
    }
}

/* Keeps a new file, which is copied. */
struct closure_file *closure_keep(struct closure *closure, const struct closure_file *file)
{
    struct closure_file *kept = xcalloc(1, sizeof(*kept));
    size_t at = position(closure, key_of(file));

    *kept = *file;
    if (kept->kind == CLOSURE_ADDED)
        note_clash(closure, kept);
    closure->files = xreallocarray(closure->files, closure->count + 1, sizeof(*closure->files));
    closure->by_key = xreallocarray(closure->by_key, closure->count + 1, sizeof(*closure->by_key));
    memmove(closure->by_key + at + 1, closure->by_key + at,
            (closure->count - at) * sizeof(*closure->by_key));
    closure->by_key[at] = kept;
    closure->files[closure->count++] = kept;
    return kept;
}

void closure_load(struct process *process, struct closure_file *file, size_t parent)
{
    process->loaded = xreallocarray(process->loaded, process->count + 1, sizeof(*process->loaded));
    process->loaded[process->count++] = (struct loaded){file, parent};
    /* A root may be a library of another. */
    if (parent != SIZE_MAX && !file->needed_by)
        file->needed_by = xstrdup(process->loaded[parent].file->name);
}

/* A file is known by the name it was asked for, and by its own. */
static bool is_loaded(const struct process *process, const char *name)
{
    for (size_t i = 0; i < process->count; i++) {
        const struct closure_file *file = process->loaded[i].file;

        if (i > 0 && strcmp(file->name, name) == 0)
            return true;
        if (file->elf.soname && strcmp(file->elf.soname, name) == 0)
            return true;
    }
    return false;
}

/* musl's loader is its C library. */
static bool is_in_loader(const struct process *process, const char *name)
{
    const char *interpreter = process->loaded[0].file->elf.interpreter;

    return interpreter && strstr(interpreter, "/ld-musl-") &&
           (strcmp(name, "libc.so") == 0 || strncmp(name, "libc.musl-", 10) == 0);
}

const struct closure_file *closure_needer(const struct wanted *wanted)
{
    return wanted->process->loaded[wanted->needer].file;
}

/* Takes a library from this machine. */
static bool load_here(struct wanted *wanted, bool insisted)
{
    struct process *process = wanted->process;
    struct closure *closure = process->closure;
    struct search_needer *chain = xcalloc(process->count, sizeof(*chain));
    struct search_result result;
    struct closure_file *file;
    size_t count = 0;
    bool found;

    for (size_t i = wanted->needer; i != SIZE_MAX; i = process->loaded[i].parent) {
        file = process->loaded[i].file;
        chain[count] = (struct search_needer){.found = file->found, .elf = &file->elf};
        if (count)
            chain[count - 1].parent = &chain[count];
        count++;
    }
    found = search_library(&closure->search, chain, wanted->name, &result, &wanted->tried);
    file = found ? closure_find(closure, result.found) : NULL;
    if (found && !file) {
        file = closure_keep(
            closure,
            &(struct closure_file){
                .kind = CLOSURE_ADDED,
                .name = xstrdup(wanted->name),
                .path = result.path,
                .found = result.found,
                .place = closure->target ? file_join(closure->target->folder, wanted->name) : NULL,
                .needed_by = xstrdup(closure_needer(wanted)->name),
                .insisted = insisted,
                .elf = result.elf});
        result = (struct search_result){0};
    }
    if (file)
        closure_load(process, file, wanted->needer);
    search_result_release(&result);
    free(chain);
    return file != NULL;
}

/* Whether files for this machine would be of another kind than the one that needs a library. */
static bool is_foreign(const struct elf *elf)
{
    char *name = elf_machine_name(elf->machine);
    struct utsname system;
    bool foreign =
        uname(&system) < 0 ||
        strcmp(strcmp(system.machine, "aarch64") == 0 ? "arm64" : system.machine, name) != 0;

    free(name);
    return foreign;
}

/* A module of a package may be one that nobody uses. */
static const char *advise(const struct wanted *wanted)
{
    const struct closure *closure = wanted->process->closure;
    const struct closure_file *needer = closure_needer(wanted);

    if (is_foreign(&needer->elf) && !*closure->search.root)
        return "; as it is for another machine than this one, set `sysroot` to a folder with the "
               "libraries of such a system";
    if (needer->kind == CLOSURE_PACKAGED && needer->place && !needer->elf.interpreter)
        return ", or `exclude` the file when nothing uses it";
    return "";
}

static int fail(const struct wanted *wanted, struct err *err)
{
    const struct closure_file *needer = closure_needer(wanted);
    char *folders = strlist_join(&wanted->tried, ", ");

    if (strchr(wanted->name, '/'))
        err_set(err, ERR_PACKAGE,
                "the library '%s' that '%s' needs by its path is not there: give it a soname "
                "(-Wl,-soname) and link against its name",
                wanted->name, needer->found);
    else
        err_set(err, ERR_PACKAGE,
                "the library '%s' that '%s' needs was not found (looked in %s%s and %s): install "
                "the package that has it, or set an RPATH that leads to it%s",
                wanted->name, needer->found, wanted->process->closure->search.root, LD_CACHE_FILE,
                *folders ? folders : "no folder", advise(wanted));
    free(folders);
    return -1;
}

static int resolve(struct process *process, size_t needer, const char *name, struct err *err)
{
    struct wanted wanted = {.process = process, .needer = needer, .name = name};
    struct closure *closure = process->closure;
    bool insisted = false;
    int result = 0;

    if (is_loaded(process, name) || is_in_loader(process, name))
        return 0;
    if ((closure->target && closure_load_there(&wanted, &insisted)) ||
        load_here(&wanted, insisted)) {
        result = 0;
    } else if (closure->target && closure->target->elsewhere) {
        strlist_addf(&closure->missing, "'%s' (needed by '%s')", name,
                     process->loaded[needer].file->path);
    } else {
        result = fail(&wanted, err);
    }
    strlist_release(&wanted.tried);
    return result;
}

static struct closure_file *add_root(struct closure *closure, const char *path, const char *place,
                                     struct err *err)
{
    char *real = realpath(path, NULL);
    struct closure_file file = {.kind = CLOSURE_PACKAGED};
    struct closure_file *known = closure_find(closure, place ? place : real ? real : path);

    if (known || elf_read(&file.elf, path, err) < 0) {
        free(real);
        return known;
    }
    file.name = xstrdup(file_name(path));
    file.path = real ? real : xstrdup(path);
    file.found = xstrdup(file.path); /* $ORIGIN is where a program really is */
    file.place = xstrdup(place);
    return closure_keep(closure, &file);
}

int closure_add(struct closure *closure, const char *path, const char *place, struct err *err)
{
    struct process process = {.closure = closure};
    struct closure_file *root = add_root(closure, path, place, err);
    int result = root ? 0 : -1;

    if (root)
        closure_load(&process, root, SIZE_MAX);
    for (size_t i = 0; i < process.count && result == 0; i++) {
        const struct strlist *needed = &process.loaded[i].file->elf.needed;

        for (size_t k = 0; k < needed->count && result == 0; k++)
            result = interrupt_check(err) < 0 ? -1 : resolve(&process, i, needed->items[k], err);
    }
    free(process.loaded);
    return result;
}
