#include "packager/content.h"

#include "core/file.h"
#include "core/interrupt.h"
#include "core/memory.h"
#include "core/process.h"
#include "packager/dependencies/dependency_cache.h"
#include "packager/dependencies/dependency_tool.h"
#include "packager/elf/elf.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

/* How the cache's keys are made; another number lets all that is in there be made anew. */
#define KEY_FORMAT "strip 1"

/* The copy's name in its folder of the cache. */
#define COPY "stripped"

enum { WORDS_MAX = 1 << 16, OLDEST_LLVM = 11, NEWEST_LLVM = 30 };

static const struct {
    uint16_t machine;
    const char *uname, *strip;
} machines[] = {{EM_X86_64, "x86_64", "x86_64-linux-gnu-strip"},
                {EM_AARCH64, "aarch64", "aarch64-linux-gnu-strip"}};

struct stripping {
    struct content *content;
    uint16_t machine;
    char *tool;
    char *cache;
    bool make;
    size_t files;
    uint64_t before, after; /* bytes of these */
};

/* The program that strips files for that machine, to free(); NULL: there is none. LLVM's does for
 * every machine. */
static char *find_tool(uint16_t machine)
{
    struct utsname names;
    char *tool = NULL;

    for (size_t i = 0; i < sizeof(machines) / sizeof(*machines) && !tool; i++) {
        if (machines[i].machine != machine)
            continue;
        if (uname(&names) == 0 && strcmp(names.machine, machines[i].uname) == 0)
            tool = file_find_program("strip");
        if (!tool)
            tool = file_find_program(machines[i].strip);
    }
    if (!tool)
        tool = file_find_program("llvm-strip");
    for (int version = NEWEST_LLVM; version >= OLDEST_LLVM && !tool; version--) {
        char *name = xasprintf("llvm-strip-%d", version);

        tool = file_find_program(name);
        free(name);
    }
    return tool;
}

/* Whether it is a linked ELF file for that machine. Files for others are the packages' business. */
static bool is_for(const char *path, uint16_t machine)
{
    struct err ignored = {0};
    struct elf elf;
    bool is;

    if (elf_read(&elf, path, &ignored) < 0)
        return false;
    is = elf.machine == machine && (elf.type == ET_DYN || elf.type == ET_EXEC);
    elf_release(&elf);
    return is;
}

static int run(const struct stripping *stripping, const char *from, const char *to, struct err *err)
{
    const char *const argv[] = {stripping->tool, "--strip-unneeded", "-o", to, from, NULL};
    struct buf output, words;
    struct process process = {.argv = argv, .output = &output, .errors = &words};
    int status = -1, result;

    buf_init(&output, WORDS_MAX);
    buf_init(&words, WORDS_MAX);
    result = process_run(&process, &status, err);
    if (result == 0 && (status != 0 || !is_for(to, stripping->machine)))
        result = err_set(err, ERR_PACKAGE, "cannot strip '%s': %s ended with status %d: %s", from,
                         stripping->tool, status, buf_string(&words));
    else if (result < 0 && err->code != ERR_INTERRUPTED)
        err->code = ERR_PACKAGE;
    buf_release(&output);
    buf_release(&words);
    return result;
}

/* Makes the copy; the cache's folder of `key` then has it. */
static char *make(const struct stripping *stripping, const char *from, const char *key,
                  struct err *err)
{
    char *begun = dependency_cache_begin(stripping->cache, key, err);
    char *copy = begun ? file_join(begun, COPY) : NULL;
    struct err ignored = {0};
    char *folder = NULL;

    if (begun && run(stripping, from, copy, err) == 0)
        folder = dependency_cache_keep(stripping->cache, key, begun, err);
    if (begun && !folder)
        file_remove(begun, &ignored);
    free(copy);
    free(begun);
    return folder;
}

static int find_key(const struct stripping *stripping, const char *path,
                    char key[static HASH_HEX_LEN], struct err *err)
{
    struct hash *hash = hash_new();
    uint8_t digest[HASH_LEN];

    hash_text(hash, KEY_FORMAT);
    dependency_tool_hash(hash, stripping->tool, NULL);
    if (hash_file(path, digest, err) < 0) {
        hash_free(hash);
        err->code = ERR_PACKAGE;
        return -1;
    }
    hash_update(hash, digest, sizeof(digest));
    hash_finish(hash, digest);
    hash_hex(digest, HASH_LEN / 2, key);
    return 0;
}

static int use_copy(struct stripping *stripping, struct entries *entries, struct entry *entry,
                    const char *folder, struct err *err)
{
    char *copy = file_join(folder, COPY);
    char *reason = xasprintf("%s, stripped", entry->reason);
    struct stat status;
    int result = 0;

    if (stat(copy, &status) < 0) {
        result = err_set(err, ERR_PACKAGE, "cannot read '%s': %s; remove '%s'", copy,
                         strerror(errno), folder);
    } else if ((uint64_t)status.st_size < entry->size) {
        stripping->files++;
        stripping->before += entry->size;
        stripping->after += (uint64_t)status.st_size;
        entries_redirect(entries, entry, copy, &status, reason);
    }
    free(reason);
    free(copy);
    return result;
}

static int strip_entry(struct stripping *stripping, struct entries *entries, struct entry *entry,
                       struct err *err)
{
    char key[HASH_HEX_LEN];
    char *folder;
    int result = 0;

    if (!is_for(entry->origin, stripping->machine))
        return 0;
    if (find_key(stripping, entry->origin, key, err) < 0)
        return -1;
    folder = dependency_cache_find(stripping->cache, key);
    if (!folder && stripping->make) {
        folder = make(stripping, entry->origin, key, err);
        result = folder ? 0 : -1;
    }
    if (folder)
        result = use_copy(stripping, entries, entry, folder, err);
    free(folder);
    return result;
}

static int strip_all(struct stripping *stripping, struct entries *entries, struct err *err)
{
    for (size_t i = 0; i < entries->count; i++) {
        struct entry *entry = &entries->items[i];

        if (!entry->origin || entry->mode == ENTRY_LINK || entry->elf == ENTRY_ELF_NO)
            continue;
        if (interrupt_check(err) < 0 || strip_entry(stripping, entries, entry, err) < 0)
            return -1;
    }
    return 0;
}

static void tell(const struct stripping *stripping)
{
    char before[OUT_SIZE_LEN], after[OUT_SIZE_LEN];

    if (!stripping->files)
        return;
    out_size(stripping->before, before);
    out_size(stripping->after, after);
    out_step(stripping->content->out, "function '%s': %zu file%s stripped, %s instead of %s",
             stripping->content->function->name, stripping->files, stripping->files == 1 ? "" : "s",
             after, before);
}

int content_strip(struct content *content, bool make_copies, struct err *err)
{
    const struct function *function = content->function;
    struct stripping stripping = {.content = content,
                                  .machine = runtime_machine(function->architecture),
                                  .make = make_copies};
    int result = -1;

    if (!function->strip)
        return 0;
    stripping.tool = find_tool(stripping.machine);
    stripping.cache = dependency_cache_folder(content->settings->folder);
    if (!stripping.tool)
        err_set(err, ERR_PACKAGE,
                "function '%s' is to be stripped, but there is no program for %s: install strip "
                "(Debian's package is binutils) or llvm-strip (llvm), or leave `strip` out",
                function->name, function->architecture);
    else if (strip_all(&stripping, &content->code, err) == 0 &&
             strip_all(&stripping, &content->libraries, err) == 0)
        result = 0;
    if (result == 0)
        tell(&stripping);
    if (result == 0 && make_copies)
        dependency_cache_prune(stripping.cache);
    free(stripping.cache);
    free(stripping.tool);
    return result;
}
