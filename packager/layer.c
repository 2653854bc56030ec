#include "packager/layer.h"

#include "core/buf.h"
#include "core/file.h"
#include "core/interrupt.h"
#include "core/memory.h"
#include "packager/compat.h"
#include "packager/elf/closure.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where Lambda puts the function zip and the layers. */
#define CODE_FOLDER "/var/task"
#define LAYER_FOLDER "/opt"

/* The package's part of LD_LIBRARY_PATH, which starts with /lib64 and /usr/lib64. */
static const char *const library_path[] = {CODE_FOLDER, CODE_FOLDER "/lib", LAYER_FOLDER "/lib",
                                           NULL};

struct layer {
    struct content *content;
    struct strlist names;      /* of the libraries in the package */
    size_t modules;            /* that are for the function's system */
    const struct entry *other; /* the first that is not, passed over; NULL: none */
    struct closure_target target;
    struct closure closure;
};

static bool starts_like_elf(const char *path)
{
    char start[4];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t len = fd < 0 ? -1 : read(fd, start, sizeof(start));

    if (fd >= 0)
        close(fd);
    return len > 0 && elf_is(start, (size_t)len);
}

/* Shared objects by name, since reading every file of a large source would take long. */
static bool is_library(const struct entry *entry)
{
    const char *name = file_name(entry->path);
    size_t len = strlen(name);

    return strstr(name, ".so.") || (len > 3 && strcmp(name + len - 3, ".so") == 0) ||
           (len > 5 && strcmp(name + len - 5, ".node") == 0);
}

/* Looks into a file only when its name or mode tells of an ELF file, and nobody has before. */
static bool is_elf(struct entry *entry)
{
    if (!entry->origin || entry->mode == ENTRY_LINK)
        return false;
    if (entry->elf == ENTRY_ELF_UNKNOWN)
        entry->elf =
            (is_library(entry) || entry->mode == ENTRY_PROGRAM) && starts_like_elf(entry->origin)
                ? ENTRY_ELF_YES
                : ENTRY_ELF_NO;
    return entry->elf == ENTRY_ELF_YES;
}

bool layer_has_elf(struct entries *entries)
{
    bool has = false;

    for (size_t i = 0; i < entries->count; i++)
        has = is_elf(&entries->items[i]) || has;
    return has;
}

/* Whether Python would import the file: these are for one machine and must be for the right one. */
static bool is_extension(const struct entry *entry)
{
    return strstr(file_name(entry->path), ".cpython-") ||
           strstr(file_name(entry->path), ".abi3.so");
}

static bool is_ours(const struct elf *elf, const struct content *content)
{
    return elf->wide && !elf->big_endian &&
           elf->machine == runtime_machine(content->function->architecture);
}

/* Whether a file is for systems with musl, as Alpine: packages have copies for these too. */
static bool is_for_musl(const struct elf *elf)
{
    for (size_t i = 0; i < elf->needed.count; i++)
        if (strcmp(elf->needed.items[i], "libc.so") == 0 ||
            strncmp(elf->needed.items[i], "libc.musl-", 10) == 0)
            return true;
    return false;
}

/*
 * Whether an ELF file of the package is one to look into: 1, 0, -1 with an
 * error. Packages carry files for other systems too, in folders that are chosen
 * from at run time: these are passed over. The handler has been checked.
 */
static int is_root(const struct layer *layer, const struct entry *entry, bool handler,
                   struct err *err)
{
    const struct content *content = layer->content;
    struct elf elf;
    char *machine;
    int result;

    if (elf_read(&elf, entry->origin, err) < 0) {
        if (!handler)
            err_append(err, "; `exclude` it when nothing uses it");
        return -1;
    }
    machine = elf_machine_name(elf.machine);
    result = handler || (is_ours(&elf, content) && !is_for_musl(&elf));
    if (!is_ours(&elf, content) && content->runtime.kind == RUNTIME_PYTHON && is_extension(entry))
        result = err_set(err, ERR_PACKAGE,
                         "the module '%s' is for %s%s, and function '%s' runs on %s: install it "
                         "for that platform",
                         entry->origin, elf.wide ? "" : "32-bit ", machine, content->function->name,
                         content->function->architecture);
    free(machine);
    elf_release(&elf);
    return result;
}

static int add_root(struct layer *layer, const struct entry *entry, const char *folder,
                    struct err *err)
{
    char *place = xasprintf("%s/%s", folder, entry->path);
    bool handler = strcmp(place, CODE_FOLDER "/bootstrap") == 0;
    int result = is_root(layer, entry, handler, err);

    layer->modules += result > 0;
    if (result == 0 && !layer->other)
        layer->other = entry;
    if (result > 0)
        result = closure_add(&layer->closure, entry->origin, place, err);
    free(place);
    return result;
}

static int add_roots(struct layer *layer, const struct entries *entries, const char *folder,
                     struct err *err)
{
    for (size_t i = 0; i < entries->count; i++) {
        if (interrupt_check(err) < 0)
            return -1;
        if (entries->items[i].elf == ENTRY_ELF_YES &&
            add_root(layer, &entries->items[i], folder, err) < 0)
            return -1;
    }
    return 0;
}

static void note_names(struct layer *layer, const struct entries *entries)
{
    for (size_t i = 0; i < entries->count; i++)
        if (is_library(&entries->items[i]))
            strlist_add(&layer->names, file_name(entries->items[i].path));
}

static bool is_provided(const void *context, const char *name)
{
    const struct layer *layer = context;

    return runtime_has(&layer->content->runtime, name);
}

/* A module may have been loaded by another that knows where its libraries are; programs start with
 * nothing. */
static bool is_preloaded(const void *context, const char *name)
{
    const struct layer *layer = context;

    return layer->content->runtime.kind != RUNTIME_NATIVE && strlist_has(&layer->names, name);
}

static void note_packaged(const struct layer *layer, const char *origin)
{
    char *path = realpath(origin, NULL);

    trace_note(layer->closure.search.trace, origin, path);
    free(path);
}

static const char *find_packaged(const void *context, const char *place)
{
    const struct layer *layer = context;
    const struct content *content = layer->content;
    const struct entry *entry = NULL;

    if (strncmp(place, CODE_FOLDER "/", strlen(CODE_FOLDER "/")) == 0)
        entry = entries_find(&content->code, place + strlen(CODE_FOLDER "/"));
    else if (strncmp(place, LAYER_FOLDER "/", strlen(LAYER_FOLDER "/")) == 0)
        entry = entries_find(&content->libraries, place + strlen(LAYER_FOLDER "/"));
    /* Of ELF files the memo knows by themselves. */
    if (entry && entry->origin && entry->elf != ENTRY_ELF_YES)
        note_packaged(layer, entry->origin);
    return entry ? entry->origin : NULL;
}

/* The file that another one, which comes before it, is too: under another name. */
static const struct closure_file *find_same(const struct closure *closure, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (closure->files[i]->kind == CLOSURE_ADDED &&
            strcmp(closure->files[i]->path, closure->files[index]->path) == 0)
            return closure->files[i];
    return NULL;
}

static int add_library(struct entries *entries, const struct closure *closure, size_t index,
                       struct err *err)
{
    const struct closure_file *file = closure->files[index];
    const struct closure_file *same = find_same(closure, index);
    char *path = xasprintf("lib/%s", file->name);
    char *reason = xasprintf("needed by %s", file->needed_by);
    struct stat status;
    int result = 0;

    if (strchr(file->name, '/'))
        result =
            err_set(err, ERR_PACKAGE,
                    "'%s' needs the library '%s' by its path, where Lambda has none: give it a "
                    "soname (-Wl,-soname) and link against its name",
                    file->needed_by, file->name);
    else if (same)
        entries_add_link(entries, path, file->path, same->name, reason);
    else if (stat(file->path, &status) < 0)
        result = err_set(err, ERR_PACKAGE, "cannot read '%s': %s", file->path, strerror(errno));
    else
        entries_add_file(entries, path, file->path, &status, reason)->mode = ENTRY_FILE;
    free(path);
    free(reason);
    return result;
}

/* Whether a library of that name, which comes before, is in already. */
static bool has_namesake(const struct closure *closure, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (closure->files[i]->kind == CLOSURE_ADDED &&
            strcmp(closure->files[i]->name, closure->files[index]->name) == 0)
            return true;
    return false;
}

/* A file of the package that is no library for this function may have a library's place. */
static int check_place(const struct entries *entries, const struct closure_file *file,
                       struct err *err)
{
    char *path = xasprintf("lib/%s", file->name);
    const struct entry *entry = entries_find(entries, path);

    free(path);
    if (!entry)
        return 0;
    return err_set(err, ERR_PACKAGE,
                   "'%s' is in the way of the library '%s' that '%s' needs: rename or exclude it",
                   entry->origin ? entry->origin : entry->path, file->path, file->needed_by);
}

static int add_libraries(const struct layer *layer, struct entries *added, struct err *err)
{
    const struct content *content = layer->content;
    const struct entries *entries = content->function->layer ? &content->libraries : &content->code;
    const struct closure *closure = &layer->closure;
    int result = 0;

    for (size_t i = 0; i < closure->count && result == 0; i++) {
        const struct closure_file *file = closure->files[i];

        if (file->kind != CLOSURE_ADDED || has_namesake(closure, i))
            continue;
        result = check_place(entries, file, err);
        trace_note(closure->search.trace, file->path, file->path);
        if (result == 0)
            result = add_library(added, closure, i, err);
    }
    return result;
}

/* As of packages that were installed on another machine; some of them only fail when they run. */
static void warn_other(const struct layer *layer, struct strlist *warnings)
{
    const struct function *function = layer->content->function;

    if (layer->other && !layer->modules)
        strlist_addf(warnings,
                     "function '%s' has modules for other systems only, as '%s': install its "
                     "packages for Linux with glibc on %s",
                     function->name, layer->other->path, function->architecture);
}

void layer_findings_release(struct layer_findings *findings)
{
    entries_release(&findings->added);
    strlist_release(&findings->warnings);
    trace_release(&findings->trace);
}

int layer_search(struct content *content, const char *sysroot, struct layer_findings *findings,
                 struct err *err)
{
    struct layer layer = {.content = content};
    int result = -1;

    layer.target = (struct closure_target){.context = &layer,
                                           .provides = is_provided,
                                           .packaged = find_packaged,
                                           .preloads = is_preloaded,
                                           .elsewhere = content->function->layers.count > 0,
                                           .library_path = library_path,
                                           .folder = content->function->layer ? LAYER_FOLDER "/lib"
                                                                              : CODE_FOLDER "/lib",
                                           .working_folder = CODE_FOLDER};
    note_names(&layer, &content->code);
    note_names(&layer, &content->libraries);
    if (closure_init(&layer.closure, sysroot, &layer.target, err) < 0)
        goto out;
    search_trace(&layer.closure.search, &findings->trace);
    if (add_roots(&layer, &content->code, CODE_FOLDER, err) < 0 ||
        add_roots(&layer, &content->libraries, LAYER_FOLDER, err) < 0 ||
        compat_check(content, &layer.closure, &findings->warnings, err) < 0)
        goto out;
    warn_other(&layer, &findings->warnings);
    result = add_libraries(&layer, &findings->added, err);
out:
    closure_release(&layer.closure);
    strlist_release(&layer.names);
    return result;
}
