/* Lambda's runtimes: what of a system they bring along. */
#ifndef FNCTL_PACKAGER_ELF_RUNTIME_H
#define FNCTL_PACKAGER_ELF_RUNTIME_H

#include "packager/elf/elf.h"

#include <stdbool.h>
#include <stdint.h>

enum runtime_kind { RUNTIME_NATIVE, RUNTIME_PYTHON, RUNTIME_NODE, RUNTIME_OTHER };

/* The newest symbol version of a family that a library of the system has. */
struct runtime_version {
    const char *family;
    const char *number;
};

/* The operating system below a runtime. */
struct runtime_system {
    const char *name;                       /* "Amazon Linux 2023" */
    const char *image;                      /* container to build in: "amazonlinux:2023" */
    const char *wheels;                     /* newest platform of Python's packages that loads */
    const struct runtime_version *versions; /* ends with a NULL family; the first is GLIBC */
};

struct runtime {
    const char *name; /* "python3.13"; a runtime not known is taken to be on the newest system */
    enum runtime_kind kind;
    const struct runtime_system *system;
};

/* What is known of the runtime of that name, by value. */
struct runtime runtime_find(const char *name);

/* The e_machine of an architecture of the settings: "x86_64", "arm64". */
uint16_t runtime_machine(const char *architecture);

/* Whether the images have that program interpreter, which loads a program's libraries. */
bool runtime_has_interpreter(const char *path);

/* Whether the images have that program: "sh", "bash". Scripts of provided.* can only be for these,
 * or for what the package has. */
bool runtime_has_program(const char *name);

/*
 * Whether every image of this runtime has that library. Only what is a
 * contract counts: the glibc family, libgcc_s, libstdc++ and libz (and the
 * runtime's own libpython). Images have more, but AWS changes it without
 * notice.
 */
bool runtime_has(const struct runtime *runtime, const char *soname);

/* Whether today's images have a library of that name beyond the contract. Lambda looks in the
 * system's folders first, so such a library shadows one that is bundled. */
bool runtime_shadows(const struct runtime *runtime, const char *soname);

/* The version of that family that the runtime has; NULL: nothing is known of the family. */
const char *runtime_version(const struct runtime *runtime, const char *family);

/* Whether the runtime's libraries have that version. */
bool runtime_satisfies(const struct runtime *runtime, const struct elf_version *version);

#endif
