#include "cli/detect_program.h"

#include "core/buf.h"
#include "core/file.h"

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SCRIPT_MAX = 1024 * 1024 };

static const char *elf_architecture(const unsigned char *head)
{
    unsigned machine = (unsigned)(head[offsetof(Elf64_Ehdr, e_machine)] |
                                  head[offsetof(Elf64_Ehdr, e_machine) + 1] << 8);

    if (head[EI_CLASS] != ELFCLASS64 || head[EI_DATA] != ELFDATA2LSB)
        return NULL;
    if (machine == EM_X86_64)
        return "x86_64";
    return machine == EM_AARCH64 ? "arm64" : NULL;
}

/* Any script can be executed; only one that asks for events can be a bootstrap. */
static bool speaks_runtime_api(const char *path)
{
    struct buf text;
    struct err ignored = {0};
    bool result;

    buf_init(&text, 0);
    result = file_read(path, SCRIPT_MAX, &text, &ignored) == 0 &&
             strstr(buf_string(&text), "AWS_LAMBDA_RUNTIME_API");
    buf_release(&text);
    return result;
}

enum program_kind program_read(const char *path, const char **architecture)
{
    unsigned char head[sizeof(Elf64_Ehdr)] = {0};
    FILE *stream = access(path, X_OK) == 0 ? fopen(path, "re") : NULL;
    size_t len = stream ? fread(head, 1, sizeof(head), stream) : 0;

    *architecture = NULL;
    if (stream)
        fclose(stream);
    if (len == sizeof(head) && memcmp(head, ELFMAG, SELFMAG) == 0) {
        if (strstr(file_name(path), ".so"))
            return PROGRAM_NONE;
        *architecture = elf_architecture(head);
        return *architecture ? PROGRAM_ELF : PROGRAM_FOREIGN;
    }
    if (len >= 2 && memcmp(head, "#!", 2) == 0)
        return speaks_runtime_api(path) ? PROGRAM_SCRIPT : PROGRAM_OTHER;
    return PROGRAM_NONE;
}
