/* Makes small ELF files for tests: no code, but a dynamic section. */
#ifndef FNCTL_TESTS_CRAFT_ELF_H
#define FNCTL_TESTS_CRAFT_ELF_H

#include "core/buf.h"

#include <elf.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct craft {
    bool narrow, big_endian; /* 64 bit, little endian without these */
    uint16_t machine;        /* EM_X86_64 when 0 */
    const char *soname, *rpath, *runpath, *interpreter;
    const char *needed[4];
    const char *version_library, *version; /* "libc.so.6", "GLIBC_2.99" */
};

static inline void craft_number(struct buf *out, const struct craft *craft, uint64_t value,
                                size_t size)
{
    for (size_t i = 0; i < size; i++)
        buf_putc(out, (char)(value >> 8 * (craft->big_endian ? size - 1 - i : i)));
}

static inline uint64_t craft_string(struct buf *strings, const char *text)
{
    uint64_t offset = strings->len;

    buf_append(strings, text, strlen(text) + 1);
    return offset;
}

static inline void craft_pair(struct buf *out, const struct craft *craft, uint64_t tag,
                              uint64_t value)
{
    craft_number(out, craft, tag, craft->narrow ? 4 : 8);
    craft_number(out, craft, value, craft->narrow ? 4 : 8);
}

static inline void craft_header(struct buf *out, const struct craft *craft)
{
    size_t word = craft->narrow ? 4 : 8;

    buf_append(out, ELFMAG, SELFMAG);
    buf_putc(out, craft->narrow ? ELFCLASS32 : ELFCLASS64);
    buf_putc(out, craft->big_endian ? ELFDATA2MSB : ELFDATA2LSB);
    buf_append(out, "\1\0\0\0\0\0\0\0\0\0", 10);
    craft_number(out, craft, ET_DYN, 2);
    craft_number(out, craft, craft->machine ? craft->machine : EM_X86_64, 2);
    craft_number(out, craft, 1, 4);
    craft_number(out, craft, 0, word);
    craft_number(out, craft, craft->narrow ? sizeof(Elf32_Ehdr) : sizeof(Elf64_Ehdr), word);
    craft_number(out, craft, 0, word);
    craft_number(out, craft, 0, 4);
    craft_number(out, craft, craft->narrow ? sizeof(Elf32_Ehdr) : sizeof(Elf64_Ehdr), 2);
    craft_number(out, craft, craft->narrow ? sizeof(Elf32_Phdr) : sizeof(Elf64_Phdr), 2);
    craft_number(out, craft, craft->interpreter ? 3 : 2, 2);
    craft_number(out, craft, 0, 6);
}

static inline void craft_segment(struct buf *out, const struct craft *craft, uint32_t type,
                                 uint64_t offset, uint64_t size)
{
    size_t word = craft->narrow ? 4 : 8;

    craft_number(out, craft, type, 4);
    if (!craft->narrow)
        craft_number(out, craft, PF_R, 4);
    craft_number(out, craft, offset, word);
    craft_number(out, craft, offset, word);
    craft_number(out, craft, offset, word);
    craft_number(out, craft, size, word);
    craft_number(out, craft, size, word);
    if (craft->narrow)
        craft_number(out, craft, PF_R, 4);
    craft_number(out, craft, 1, word);
}

/* The one library and version that is needed, as a table of versions. */
static inline void craft_versions(struct buf *needs, struct buf *strings, const struct craft *craft)
{
    if (!craft->version)
        return;
    craft_number(needs, craft, 1, 2);
    craft_number(needs, craft, 1, 2);
    craft_number(needs, craft, craft_string(strings, craft->version_library), 4);
    craft_number(needs, craft, 16, 4);
    craft_number(needs, craft, 0, 4);
    craft_number(needs, craft, 0, 8);
    craft_number(needs, craft, craft_string(strings, craft->version), 4);
    craft_number(needs, craft, 0, 4);
}

/* The part of the dynamic section that names things. */
static inline void craft_names(struct buf *dynamic, struct buf *strings, const struct craft *craft)
{
    for (size_t i = 0; i < 4; i++)
        if (craft->needed[i])
            craft_pair(dynamic, craft, DT_NEEDED, craft_string(strings, craft->needed[i]));
    if (craft->soname)
        craft_pair(dynamic, craft, DT_SONAME, craft_string(strings, craft->soname));
    if (craft->rpath)
        craft_pair(dynamic, craft, DT_RPATH, craft_string(strings, craft->rpath));
    if (craft->runpath)
        craft_pair(dynamic, craft, DT_RUNPATH, craft_string(strings, craft->runpath));
}

/* Headers, then the dynamic section, the table of versions, the strings; addresses are offsets. */
static inline void craft_elf(struct buf *out, const struct craft *craft)
{
    struct buf strings = {0}, needs = {0}, dynamic = {0};
    size_t segments = craft->interpreter ? 3 : 2;
    size_t head = craft->narrow ? sizeof(Elf32_Ehdr) + segments * sizeof(Elf32_Phdr)
                                : sizeof(Elf64_Ehdr) + segments * sizeof(Elf64_Phdr);
    uint64_t interpreter = 0;
    size_t end; /* of the dynamic section */

    buf_putc(&strings, '\0');
    craft_versions(&needs, &strings, craft);
    craft_names(&dynamic, &strings, craft);
    if (craft->interpreter)
        interpreter = craft_string(&strings, craft->interpreter);
    end = head + dynamic.len + 5 * (craft->narrow ? sizeof(Elf32_Dyn) : sizeof(Elf64_Dyn));
    craft_pair(&dynamic, craft, DT_STRTAB, end + needs.len);
    craft_pair(&dynamic, craft, DT_STRSZ, strings.len);
    craft_pair(&dynamic, craft, DT_VERNEED, craft->version ? end : 0);
    craft_pair(&dynamic, craft, DT_VERNEEDNUM, craft->version ? 1 : 0);
    craft_pair(&dynamic, craft, DT_NULL, 0);
    craft_header(out, craft);
    craft_segment(out, craft, PT_LOAD, 0, end + needs.len + strings.len);
    craft_segment(out, craft, PT_DYNAMIC, head, dynamic.len);
    if (craft->interpreter)
        craft_segment(out, craft, PT_INTERP, end + needs.len + interpreter,
                      strlen(craft->interpreter) + 1);
    buf_append(out, dynamic.data, dynamic.len);
    if (needs.len)
        buf_append(out, needs.data, needs.len);
    buf_append(out, strings.data, strings.len);
    buf_release(&strings);
    buf_release(&needs);
    buf_release(&dynamic);
}

#endif
