#include "packager/compat.h"

#include "core/buf.h"

#include <stdlib.h>
#include <string.h>

enum { FAMILIES = 16 };

/* A symbol version that the runtime lacks, and who needs it. */
struct shortage {
    const struct elf_version *version; /* the newest of its family */
    const struct closure_file *file;
    const struct closure_file *last; /* that was counted */
    size_t files;                    /* how many need too new a version of the family */
};

struct shortages {
    struct shortage items[FAMILIES];
    size_t count;
};

static bool is_local(const struct content *content)
{
    return strcmp(content->settings->provider, "local") == 0;
}

static void note_shortage(struct shortages *shortages, const struct closure_file *file,
                          const struct elf_version *version)
{
    struct shortage *shortage = shortages->items;

    while (shortage < shortages->items + shortages->count &&
           strcmp(shortage->version->family, version->family) != 0)
        shortage++;
    if (shortage == shortages->items + FAMILIES)
        return;
    if (shortage == shortages->items + shortages->count) {
        *shortage = (struct shortage){.version = version, .file = file};
        shortages->count++;
    }
    if (elf_compare_versions(version->number, shortage->version->number) > 0) {
        shortage->version = version;
        shortage->file = file;
    }
    shortage->files += shortage->last != file;
    shortage->last = file;
}

/* The versions that files need of the system's libraries, not of others that their RPATH has. */
static void find_shortages(const struct content *content, const struct closure *closure,
                           struct shortages *shortages)
{
    const struct runtime *runtime = &content->runtime;

    for (size_t i = 0; i < closure->count; i++) {
        const struct closure_file *file = closure->files[i];

        for (size_t j = 0; j < file->elf.version_count; j++) {
            const struct elf_version *version = &file->elf.versions[j];

            if (runtime_has(runtime, version->library) &&
                !strlist_has(&file->replaced, version->library) &&
                !runtime_satisfies(runtime, version))
                note_shortage(shortages, file, version);
        }
    }
}

static void describe(const struct content *content, const struct shortage *shortage,
                     struct buf *text)
{
    const struct elf_version *version = shortage->version;
    const char *has = runtime_version(&content->runtime, version->family);

    buf_printf(text, "%s'%s' ", text->len ? "; " : "", shortage->file->path);
    if (shortage->files > 1)
        buf_printf(text, "(and %zu more) ", shortage->files - 1);
    buf_printf(text, "needs %s%s%s", version->family, *version->number ? "_" : "", version->number);
    if (has)
        buf_printf(text, ", %s has %s", content->runtime.name, has);
    else
        buf_printf(text, ", which %s lacks", content->runtime.name);
}

/* What helps depends on where the file comes from. */
static void advise(const struct content *content, const struct shortages *shortages,
                   struct buf *text)
{
    const struct runtime_system *system = content->runtime.system;
    bool added = false;

    for (size_t i = 0; i < shortages->count; i++)
        added = added || shortages->items[i].file->kind == CLOSURE_ADDED;
    buf_puts(text, is_local(content) ? ": it will not load on AWS; " : ": it would not load; ");
    if (content->runtime.kind == RUNTIME_NATIVE)
        buf_printf(text,
                   "build it on %s (container %s), or for its glibc (zig cc -target "
                   "%s-linux-gnu.%s), or link with -static, with glibc or musl",
                   system->name, system->image,
                   runtime_machine(content->function->architecture) == runtime_machine("arm64")
                       ? "aarch64"
                       : "x86_64",
                   system->versions[0].number);
    else if (content->runtime.kind == RUNTIME_PYTHON)
        buf_printf(text, "install packages that are built for it (%s or older)", system->wheels);
    else
        buf_printf(text, "install packages that are built for %s or older systems", system->name);
    if (added)
        buf_printf(text, "; or set `sysroot` to a folder with the libraries of %s", system->name);
}

static int check_versions(const struct content *content, const struct closure *closure,
                          struct strlist *warnings, struct err *err)
{
    struct shortages shortages = {.count = 0};
    struct buf text;
    int result = 0;

    find_shortages(content, closure, &shortages);
    buf_init(&text, 0);
    for (size_t i = 0; i < shortages.count; i++)
        describe(content, &shortages.items[i], &text);
    if (text.len)
        advise(content, &shortages, &text);
    if (text.len && is_local(content))
        strlist_addf(warnings, "function '%s': %s", content->function->name, text.data);
    else if (text.len)
        result = err_set(err, ERR_PACKAGE, "%s", text.data);
    buf_release(&text);
    return result;
}

/* Lambda's library path has the system's folders before the package's. */
static void warn_shadowed(const struct content *content, const struct closure *closure,
                          struct strlist *warnings)
{
    struct strlist names = {0};
    char *list;

    for (size_t i = 0; i < closure->shadowed.count; i++)
        strlist_addf(&names, "'%s'", closure->shadowed.items[i]);
    for (size_t i = 0; i < closure->count; i++) {
        const struct closure_file *file = closure->files[i];

        if (file->needed_by && !file->insisted && runtime_shadows(&content->runtime, file->name))
            strlist_addf(&names, "'%s'", file->name);
    }
    list = strlist_join(&names, ", ");
    if (names.count)
        strlist_addf(
            warnings,
            "function '%s' bundles %s; Lambda looks in the system's folders before the "
            "package's, so it may load its own instead: where yours must be used, link with "
            "-Wl,--disable-new-dtags,-rpath,/opt/lib",
            content->function->name, list);
    free(list);
    strlist_release(&names);
}

static void warn_list(const struct content *content, const struct strlist *list, const char *what,
                      const char *advice, struct strlist *warnings)
{
    char *items = strlist_join(list, ", ");

    if (list->count)
        strlist_addf(warnings, "function '%s' %s: %s: %s", content->function->name, what, items,
                     advice);
    free(items);
}

/* Programs other than the handler, which is checked on its own. */
static void warn_loaders(const struct content *content, const struct closure *closure,
                         struct strlist *warnings)
{
    struct strlist list = {0};

    for (size_t i = 0; i < closure->count; i++) {
        const struct closure_file *file = closure->files[i];

        if (file->kind == CLOSURE_PACKAGED && !file->needed_by && file->elf.interpreter &&
            !runtime_has_interpreter(file->elf.interpreter) && file->place &&
            strcmp(file->place, "/var/task/bootstrap") != 0)
            strlist_addf(&list, "'%s' ('%s')", file->path, file->elf.interpreter);
    }
    warn_list(content, &list, "has programs whose loader Lambda's system lacks",
              "link them statically, or with the usual loader", warnings);
    strlist_release(&list);
}

int compat_check(const struct content *content, const struct closure *closure,
                 struct strlist *warnings, struct err *err)
{
    if (check_versions(content, closure, warnings, err) < 0)
        return -1;
    if (!is_local(content))
        warn_shadowed(content, closure, warnings);
    warn_loaders(content, closure, warnings);
    warn_list(content, &closure->clashing, "needs two libraries of one name",
              "the first is bundled; one folder cannot hold both", warnings);
    warn_list(content, &closure->missing, "needs libraries that were not found",
              "they must be in one of its `layers`", warnings);
    return 0;
}
