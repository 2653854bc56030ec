#include "packager/content.h"

#include "core/buf.h"
#include "core/file.h"
#include "core/memory.h"
#include "packager/closure.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct layer {
    struct content *content;
    struct strlist
        own; /* names of the libraries in the code, where ld.so or the module finds them */
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

/* Looks into one ELF file of the code. Packages carry files for other machines too, in folders
 * that are chosen from at run time: these are passed over. */
static int add_root(struct layer *layer, const struct entry *entry, struct err *err)
{
    const struct content *content = layer->content;
    struct elf elf;
    char *machine;
    bool ours;

    if (elf_read(&elf, entry->origin, err) < 0)
        return -1;
    ours = is_ours(&elf, content);
    machine = elf_machine_name(elf.machine);
    elf_release(&elf);
    if (!ours && content->runtime.kind == RUNTIME_PYTHON && is_extension(entry))
        err_set(err, ERR_PACKAGE,
                "the module '%s' is for %s, and function '%s' runs on %s: install it for that "
                "platform",
                entry->origin, machine, content->function->name, content->function->architecture);
    else
        err_clear(err);
    free(machine);
    if (err->code != ERR_NONE)
        return -1;
    return ours ? closure_add(&layer->closure, entry->origin, err) : 0;
}

static int add_roots(struct layer *layer, struct err *err)
{
    const struct entries *code = &layer->content->code;

    for (size_t i = 0; i < code->count; i++) {
        const struct entry *entry = &code->items[i];

        if (!entry->origin || entry->mode == ENTRY_LINK ||
            (!is_library(entry) && entry->mode != ENTRY_PROGRAM) || !starts_like_elf(entry->origin))
            continue;
        if (add_root(layer, entry, err) < 0)
            return -1;
    }
    return 0;
}

/*
 * The libraries that the code brings along. A program finds those in lib/ and
 * beside it, on Lambda's library path; a module may have been loaded by
 * another that knows where its libraries are.
 */
static void note_own(struct layer *layer)
{
    const struct content *content = layer->content;

    for (size_t i = 0; i < content->code.count; i++) {
        const struct entry *entry = &content->code.items[i];
        const char *name = file_name(entry->path);
        size_t folder = (size_t)(name - entry->path);

        if (is_library(entry) && (content->runtime.kind != RUNTIME_NATIVE || folder == 0 ||
                                  (folder == 4 && strncmp(entry->path, "lib/", 4) == 0)))
            strlist_add(&layer->own, name);
    }
}

static bool is_provided(const void *context, const char *name)
{
    const struct layer *layer = context;

    return runtime_has(&layer->content->runtime, name) || strlist_has(&layer->own, name);
}

/* A symbol version that the runtime lacks, and who needs it. */
struct shortage {
    const struct elf_version *version;
    const struct closure_file *file;
    size_t files; /* how many need too new a version of the family */
};

/* Finds the worst of a family; false when the runtime has all. */
static bool find_shortage(const struct layer *layer, const char *family, struct shortage *shortage)
{
    const struct runtime *runtime = &layer->content->runtime;

    *shortage = (struct shortage){0};
    for (size_t i = 0; i < layer->closure.count; i++) {
        const struct closure_file *file = &layer->closure.files[i];
        bool counted = false;

        for (size_t j = 0; j < file->elf.version_count; j++) {
            const struct elf_version *version = &file->elf.versions[j];

            if (strcmp(version->family, family) != 0 || !runtime_has(runtime, version->library) ||
                runtime_satisfies(runtime, version))
                continue;
            shortage->files += !counted;
            counted = true;
            if (!shortage->version ||
                elf_compare_versions(version->number, shortage->version->number) > 0) {
                shortage->version = version;
                shortage->file = file;
            }
        }
    }
    return shortage->files > 0;
}

static void describe_shortage(const struct layer *layer, const struct shortage *shortage,
                              struct buf *text)
{
    const struct runtime *runtime = &layer->content->runtime;
    const struct elf_version *version = shortage->version;
    const char *has = runtime_version(runtime, version->family);

    buf_printf(text, "%s'%s' ", text->len ? "; " : "", shortage->file->path);
    if (shortage->files > 1)
        buf_printf(text, "(and %zu more) ", shortage->files - 1);
    buf_printf(text, "needs %s%s%s", version->family, *version->number ? "_" : "", version->number);
    if (has)
        buf_printf(text, ", %s has %s", runtime->name, has);
    else
        buf_printf(text, ", which %s lacks", runtime->name);
}

/* On this machine what was linked here runs; on AWS the loader refuses it. */
static int check_versions(const struct layer *layer, struct err *err)
{
    static const char *const families[] = {"GLIBC", "GLIBC_ABI_DT_RELR", "GLIBCXX", "CXXABI", "GCC",
                                           "ZLIB"};
    bool local = strcmp(layer->content->settings->provider, "local") == 0;
    struct buf text;
    int result = 0;

    buf_init(&text, 0);
    for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++) {
        struct shortage shortage;

        if (find_shortage(layer, families[i], &shortage))
            describe_shortage(layer, &shortage, &text);
    }
    if (text.len)
        buf_puts(&text, local
                            ? ": it will not load on AWS; build on a system as old as the "
                              "runtime's, or link statically"
                            : ": it would not load; build on a system as old as the runtime's, or "
                              "link statically");
    if (text.len && local)
        out_warn(layer->content->out, "function '%s': %s", layer->content->function->name,
                 text.data);
    else if (text.len)
        result = err_set(err, ERR_PACKAGE, "%s", text.data);
    buf_release(&text);
    return result;
}

/* Whether a program says itself that it wants the layer's libraries first: RPATH alone does. */
static bool insists(const struct layer *layer)
{
    for (size_t i = 0; i < layer->closure.count; i++) {
        const struct closure_file *file = &layer->closure.files[i];

        if (!file->needed_by && file->elf.rpath && strstr(file->elf.rpath, "/opt/lib"))
            return true;
    }
    return false;
}

/* Lambda's library path has the system's folders before the package's. */
static void warn_shadowed(const struct layer *layer)
{
    const struct content *content = layer->content;
    struct strlist names;
    char *list;

    if (strcmp(content->settings->provider, "local") == 0 || insists(layer))
        return;
    strlist_init(&names);
    for (size_t i = 0; i < layer->closure.count; i++) {
        const struct closure_file *file = &layer->closure.files[i];

        if (file->needed_by && runtime_shadows(&content->runtime, file->name))
            strlist_addf(&names, "'%s'", file->name);
    }
    list = strlist_join(&names, ", ");
    if (names.count)
        out_warn(content->out,
                 "function '%s' bundles %s; Lambda looks in the system's folders before the "
                 "package's, so it may load its own instead: where yours must be used, link with "
                 "-Wl,--disable-new-dtags,-rpath,/opt/lib",
                 content->function->name, list);
    free(list);
    strlist_release(&names);
}

static int add_library(struct entries *entries, const struct closure *closure,
                       const struct closure_file *file, struct err *err)
{
    char *path = xasprintf("lib/%s", file->name);
    char *reason = xasprintf("needed by %s", file->needed_by);
    const struct closure_file *same =
        file->alias_of == SIZE_MAX ? NULL : &closure->files[file->alias_of];
    struct stat status;
    int result = 0;

    if (strchr(file->name, '/'))
        result =
            err_set(err, ERR_PACKAGE,
                    "'%s' needs the library '%s' by its full path, where Lambda has none: link "
                    "against its name",
                    file->needed_by, file->name);
    else if (same && same->needed_by)
        entries_add_link(entries, path, file->path, same->name, reason);
    else if (stat(file->path, &status) < 0)
        result = err_set(err, ERR_PACKAGE, "cannot read '%s': %s", file->path, strerror(errno));
    else
        entries_add_file(entries, path, file->path, &status, reason)->mode = ENTRY_FILE;
    free(path);
    free(reason);
    return result;
}

static int add_closure(const struct layer *layer, struct err *err)
{
    struct content *content = layer->content;
    struct entries *entries = content->function->layer ? &content->libraries : &content->code;

    for (size_t i = 0; i < layer->closure.count; i++) {
        const struct closure_file *file = &layer->closure.files[i];

        if (file->needed_by && add_library(entries, &layer->closure, file, err) < 0)
            return -1;
    }
    entries_sort(entries);
    return 0;
}

int content_add_libraries(struct content *content, struct err *err)
{
    struct layer layer = {.content = content};
    int result = -1;

    closure_init(&layer.closure, LD_CACHE_FILE);
    layer.closure.provided = is_provided;
    layer.closure.context = &layer;
    note_own(&layer);
    if (add_roots(&layer, err) < 0 || check_versions(&layer, err) < 0 ||
        add_closure(&layer, err) < 0)
        goto out;
    warn_shadowed(&layer);
    result = 0;
out:
    closure_release(&layer.closure);
    strlist_release(&layer.own);
    return result;
}
