#include "packager/closure.h"

#include "core/file.h"
#include "core/memory.h"

#include <elf.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* What a machine calls its folders: $PLATFORM, and what $LIB may be. */
static const struct machine {
    uint16_t machine;
    const char *platform;
    const char *libs[4];
} machines[] = {
    {EM_X86_64, "x86_64", {"lib/x86_64-linux-gnu", "lib64", "lib", NULL}},
    {EM_AARCH64, "aarch64", {"lib/aarch64-linux-gnu", "lib64", "lib", NULL}},
};

static const struct machine other_machine = {EM_NONE, "", {"lib64", "lib", NULL}};

static const struct machine *machine_of(const struct elf *elf)
{
    for (size_t i = 0; i < sizeof(machines) / sizeof(*machines); i++)
        if (machines[i].machine == elf->machine)
            return &machines[i];
    return &other_machine;
}

void closure_init(struct closure *closure, const char *cache_path)
{
    *closure = (struct closure){0};
    ld_cache_open(&closure->cache, cache_path);
}

static void release(struct closure_file *file)
{
    free(file->name);
    free(file->path);
    free(file->found);
    free(file->needed_by);
    elf_release(&file->elf);
}

void closure_release(struct closure *closure)
{
    for (size_t i = 0; i < closure->count; i++)
        release(&closure->files[i]);
    free(closure->files);
    ld_cache_release(&closure->cache);
    *closure = (struct closure){0};
}

/* A search for one library. */
struct search {
    struct closure *closure;
    size_t needer; /* index of the file that needs it */
    const char *name;
    struct strlist tried; /* folders, for the message */
    struct elf elf;       /* what was found */
    char *found;
};

/* Whether the file at `path` (taken over) is one that ld.so would load. Others are passed over. */
static bool try_path(struct search *search, char *path)
{
    const struct elf *needer = &search->closure->files[search->needer].elf;
    struct err err;

    if (file_is_regular(path) && elf_read(&search->elf, path, &err) == 0) {
        if (search->elf.machine == needer->machine && search->elf.wide == needer->wide &&
            search->elf.big_endian == needer->big_endian) {
            search->found = path;
            return true;
        }
        elf_release(&search->elf);
    }
    free(path);
    return false;
}

static bool try_folder(struct search *search, const char *folder)
{
    if (!strlist_has(&search->tried, folder))
        strlist_add(&search->tried, folder);
    return try_path(search, file_join(folder, search->name));
}

/* The length of the token `name` at `text`, as $NAME or ${NAME}; 0 when it is not there. */
static size_t token(const char *text, const char *name)
{
    size_t len = strlen(name);
    bool braces = text[1] == '{';

    if (text[0] != '$' || strncmp(text + 1 + braces, name, len) != 0)
        return 0;
    if (braces)
        return text[2 + len] == '}' ? len + 3 : 0;
    return len + 1;
}

/* `text` with $ORIGIN, $LIB and $PLATFORM replaced, to free(). */
static char *expand(const char *text, size_t text_len, const char *origin, const char *lib,
                    const char *platform)
{
    const char *const names[] = {"ORIGIN", "LIB", "PLATFORM"};
    const char *const values[] = {origin, lib, platform};
    char *copy = xstrndup(text, text_len);
    struct buf out;

    buf_init(&out, 0);
    for (const char *p = copy; *p;) {
        size_t len = 0;

        for (size_t i = 0; i < 3 && !len; i++)
            if ((len = token(p, names[i])) != 0)
                buf_puts(&out, values[i]);
        if (!len)
            buf_putc(&out, *p);
        p += len ? len : 1;
    }
    free(copy);
    return buf_take(&out);
}

/* Tries each folder of an RPATH or RUNPATH of `file`. */
static bool try_list(struct search *search, const struct closure_file *file, const char *list)
{
    const struct machine *machine = machine_of(&file->elf);
    char *origin = file_folder(file->found);
    bool found = false;

    while (list && *list && !found) {
        size_t len = strcspn(list, ":");

        for (size_t i = 0; machine->libs[i] && !found; i++) {
            char *folder = expand(list, len, origin, machine->libs[i], machine->platform);

            /* A relative folder depends on where the program is started. */
            found = folder[0] == '/' && try_folder(search, folder);
            free(folder);
            if (!memmem(list, len, "LIB", 3))
                break;
        }
        list += len + (list[len] == ':');
    }
    free(origin);
    return found;
}

/* RPATHs reach down: those of the file, and of all that led to it. */
static bool try_rpaths(struct search *search)
{
    const struct closure *closure = search->closure;

    if (closure->files[search->needer].elf.runpath)
        return false;
    for (size_t i = search->needer; i != SIZE_MAX; i = closure->files[i].parent)
        if (try_list(search, &closure->files[i], closure->files[i].elf.rpath))
            return true;
    return false;
}

static bool try_cache(struct search *search)
{
    uint32_t position = 0;
    const char *path;

    while ((path = ld_cache_next(&search->closure->cache, search->name, &position)) != NULL)
        if (try_path(search, xstrdup(path)))
            return true;
    return false;
}

static bool try_defaults(struct search *search)
{
    const struct machine *machine = machine_of(&search->closure->files[search->needer].elf);
    bool found = false;

    for (size_t i = 0; machine->libs[i] && !found; i++) {
        char *folder = xasprintf("/%s", machine->libs[i]);
        char *usr = xasprintf("/usr/%s", machine->libs[i]);

        found = try_folder(search, folder) || try_folder(search, usr);
        free(folder);
        free(usr);
    }
    if (!found && *machine->platform) {
        char *cross = xasprintf("/usr/%s-linux-gnu/lib", machine->platform);

        found = try_folder(search, cross);
        free(cross);
    }
    return found;
}

/* The order of ld.so(8). */
static bool find(struct search *search)
{
    const struct closure_file *needer = &search->closure->files[search->needer];

    if (strchr(search->name, '/')) {
        char *origin = file_folder(needer->found);
        char *path = expand(search->name, strlen(search->name), origin, "", "");

        free(origin);
        return try_path(search, path);
    }
    if (try_rpaths(search) || try_list(search, needer, needer->elf.runpath))
        return true;
    return !needer->elf.no_default_folders && (try_cache(search) || try_defaults(search));
}

/* Whether a file of that name is in already, as asked for or by its own name. */
static bool is_known(const struct closure *closure, const char *name)
{
    for (size_t i = 0; i < closure->count; i++) {
        const struct closure_file *file = &closure->files[i];

        if (file->needed_by && strcmp(file->name, name) == 0)
            return true;
    }
    return false;
}

static size_t find_file(const struct closure *closure, const char *path)
{
    for (size_t i = 0; i < closure->count; i++)
        if (strcmp(closure->files[i].path, path) == 0 && closure->files[i].alias_of == SIZE_MAX)
            return i;
    return SIZE_MAX;
}

/* Adds what was found at `found`; takes over `elf`. */
static void add_file(struct closure *closure, const char *name, const char *found, size_t parent,
                     struct elf *elf)
{
    char *real = realpath(found, NULL);
    struct closure_file file = {.name = xstrdup(name),
                                .path = real ? real : xstrdup(found),
                                .found = xstrdup(found),
                                .parent = parent,
                                .elf = *elf};

    if (parent != SIZE_MAX)
        file.needed_by = xstrdup(closure->files[parent].name);
    file.alias_of = find_file(closure, file.path);
    if (file.alias_of != SIZE_MAX)
        elf_release(&file.elf);
    closure->files = xreallocarray(closure->files, closure->count + 1, sizeof(*closure->files));
    closure->files[closure->count++] = file;
    *elf = (struct elf){0};
}

static int resolve(struct closure *closure, size_t needer, const char *name, struct err *err)
{
    struct search search = {.closure = closure, .needer = needer, .name = name};
    int result = 0;

    if ((closure->provided && closure->provided(closure->context, name)) || is_known(closure, name))
        return 0;
    if (find(&search)) {
        add_file(closure, name, search.found, needer, &search.elf);
    } else {
        char *folders = strlist_join(&search.tried, ", ");

        result = err_set(err, ERR_PACKAGE,
                         "the library '%s' that '%s' needs was not found (looked in %s and %s): "
                         "install the package that has it, or set an RPATH that leads to it",
                         name, closure->files[needer].found, LD_CACHE_FILE,
                         *folders ? folders : "no folder");
        free(folders);
    }
    free(search.found);
    strlist_release(&search.tried);
    return result;
}

int closure_add(struct closure *closure, const char *path, struct err *err)
{
    size_t index = closure->count;
    char *real = realpath(path, NULL);
    struct elf elf;
    int result = elf_read(&elf, path, err);

    /* $ORIGIN is where the program really is. */
    if (result == 0)
        add_file(closure, file_name(path), real ? real : path, SIZE_MAX, &elf);
    for (; index < closure->count && result == 0; index++)
        for (size_t i = 0; i < closure->files[index].elf.needed.count && result == 0; i++)
            result = resolve(closure, index, closure->files[index].elf.needed.items[i], err);
    free(real);
    return result;
}
