/*
 * What an ELF file says of itself that matters for packaging: for which
 * machine it is, which libraries it needs, where it looks for them, which
 * symbol versions it wants. Reads bytes; runs nothing; trusts no offset.
 */
#ifndef FNCTL_PACKAGER_ELF_ELF_H
#define FNCTL_PACKAGER_ELF_ELF_H

#include "core/err.h"
#include "core/strlist.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The highest version of a family of symbol versions that is needed from a library. */
struct elf_version {
    char *family;  /* "GLIBC", "GLIBCXX", "CURL_OPENSSL" */
    char *number;  /* "2.34"; a version without a number ("GLIBC_PRIVATE") has "" and its whole
                      name as the family */
    char *library; /* "libc.so.6" */
};

struct elf {
    bool wide; /* 64 bit */
    bool big_endian;
    uint16_t machine;        /* EM_... of <elf.h> */
    uint16_t type;           /* ET_... */
    bool no_default_folders; /* DF_1_NODEFLIB */
    bool executable;         /* it says that it is a program: ET_EXEC or DF_1_PIE */
    char *interpreter;       /* NULL: none */
    char *soname;            /* NULL: none */
    char *rpath;             /* NULL: none, or there is a RUNPATH, which overrides it */
    char *runpath;           /* NULL: none */
    struct strlist needed;
    struct elf_version *versions;
    size_t version_count;
};

/* Whether the bytes start like an ELF file. */
bool elf_is(const void *data, size_t len);

/* Reads the file in memory. Errors: ERR_PACKAGE, "no ELF file", "the ... is broken" (the caller
 * puts the file's name in front). On failure `elf` is empty. */
int elf_parse(struct elf *elf, const void *data, size_t len, struct err *err);

/* Reads the file at `path`. Errors: ERR_PACKAGE, with the path. */
int elf_read(struct elf *elf, const char *path, struct err *err);

void elf_release(struct elf *elf);

/* "x86_64", "arm64", or "machine 40". The result is to free(). */
char *elf_machine_name(uint16_t machine);

/* Compares dotted numbers: "2.4" is less than "2.36". Negative, 0, positive. */
int elf_compare_versions(const char *a, const char *b);

#endif
