#include "packager/elf/rpath.h"

#include "core/buf.h"
#include "core/memory.h"

#include <ctype.h>
#include <elf.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* What a machine calls its folders: $PLATFORM, and what $LIB may be: Debian's, Fedora's, others'.
 */
static const struct machine {
    uint16_t machine;
    bool wide;
    const char *platform;
    const char *triplet;
    const char *libs[4];
} machines[] = {
    {EM_X86_64, true, "x86_64", "x86_64-linux-gnu", {"lib/x86_64-linux-gnu", "lib64", "lib"}},
    {EM_AARCH64, true, "aarch64", "aarch64-linux-gnu", {"lib/aarch64-linux-gnu", "lib64", "lib"}},
    {EM_386, false, "i686", "i686-linux-gnu", {"lib/i386-linux-gnu", "lib32", "lib"}},
};

static const struct machine other_machine = {EM_NONE, true, "", "", {"lib64", "lib"}};

static const struct machine *machine_of(const struct elf *elf)
{
    for (size_t i = 0; i < sizeof(machines) / sizeof(*machines); i++)
        if (machines[i].machine == elf->machine && machines[i].wide == elf->wide)
            return &machines[i];
    return &other_machine;
}

/* The length of the token `name` at `text`, as $NAME or ${NAME}; 0 when it is not there, or goes on
 * as $NAME_OF_ANOTHER. */
static size_t token(const char *text, const char *name)
{
    size_t len = strlen(name);
    bool braces = text[0] == '$' && text[1] == '{';

    if (text[0] != '$' || strncmp(text + 1 + braces, name, len) != 0)
        return 0;
    if (braces)
        return text[2 + len] == '}' ? len + 3 : 0;
    return isalnum((unsigned char)text[1 + len]) || text[1 + len] == '_' ? 0 : len + 1;
}

/* `text` with $ORIGIN, $LIB and $PLATFORM replaced, to free(); "" when that is too long for a path.
 */
static char *expand(const char *text, const char *origin, const char *lib, const char *platform)
{
    const char *const names[] = {"ORIGIN", "LIB", "PLATFORM"};
    const char *const values[] = {origin, lib, platform};
    struct buf out;
    int result = 0;

    buf_init(&out, PATH_MAX);
    for (const char *p = text; *p && result == 0;) {
        size_t len = 0;

        for (size_t i = 0; i < 3 && !len; i++)
            if ((len = token(p, names[i])) != 0)
                result = buf_puts(&out, values[i]);
        if (!len)
            result = buf_putc(&out, *p);
        p += len ? len : 1;
    }
    if (result < 0)
        buf_clear(&out);
    return buf_take(&out);
}

static void add_folder(const char *text, const struct machine *machine, const char *origin,
                       struct strlist *folders)
{
    for (size_t i = 0; machine->libs[i]; i++) {
        char *folder = expand(text, origin, machine->libs[i], machine->platform);

        if (folder[0] == '/')
            strlist_take(folders, folder);
        else
            free(folder);
        if (!strstr(text, "LIB"))
            break;
    }
}

void rpath_folders(const char *list, const struct elf *elf, const char *origin,
                   struct strlist *folders)
{
    const struct machine *machine = machine_of(elf);

    while (list && *list) {
        size_t len = strcspn(list, ":");
        char *text = xstrndup(list, len);

        add_folder(text, machine, origin, folders);
        free(text);
        list += len + (list[len] == ':');
    }
}

char *rpath_expand_name(const char *name, const struct elf *elf, const char *origin)
{
    const struct machine *machine = machine_of(elf);

    return expand(name, origin, machine->libs[0], machine->platform);
}

void rpath_default_folders(const struct elf *elf, struct strlist *folders)
{
    const struct machine *machine = machine_of(elf);

    for (size_t i = 0; machine->libs[i]; i++) {
        strlist_addf(folders, "/%s", machine->libs[i]);
        strlist_addf(folders, "/usr/%s", machine->libs[i]);
    }
}

void rpath_cross_folders(const struct elf *elf, struct strlist *folders)
{
    const struct machine *machine = machine_of(elf);

    if (!*machine->triplet)
        return;
    strlist_addf(folders, "/usr/%s/lib", machine->triplet);
    strlist_addf(folders, "/usr/%s/sys-root/usr/lib64", machine->triplet);
}
