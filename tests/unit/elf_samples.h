/* Programs and modules of this machine that our reading of ELF files is compared with tools on. */
#ifndef FNCTL_TESTS_ELF_SAMPLES_H
#define FNCTL_TESTS_ELF_SAMPLES_H

#include "core/file.h"
#include "core/memory.h"
#include "core/process.h"
#include "core/strlist.h"
#include "packager/elf/elf.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>

/* Whichever of these exist. */
static const char *const sample_programs[] = {
    "bash",     "ls",         "tar",     "sed",       "grep",    "find",   "perl",    "openssl",
    "curl",     "git",        "make",    "objdump",   "readelf", "as",     "ld",      "gdb",
    "vim.tiny", "vim",        "ffmpeg",  "clang",     "node",    "bsdtar", "sqlite3", "ssh",
    "gpg",      "python3.11", "python3", "unzip",     "xz",      "bzip2",  "file",    "awk",
    "ps",       "mount",      "diff",    "sort",      "install", "dpkg",   "apt-get", "ip",
    "cmake",    "valgrind",   "bats",    "sha256sum", "jq",
};

/* A few of each. */
static const char *const sample_modules[] = {
    "/usr/lib*/python3*/lib-dynload/*.so",
    "/usr/lib/python3/dist-packages/numpy/linalg/*.so",
    "/usr/lib/python3/dist-packages/numpy/core/*.so",
    "/usr/lib/python3/dist-packages/*/*.so",
    "/usr/lib/*/perl*/*/auto/*/*.so",
    "/usr/lib/*/perl*/*/auto/*/*/*.so",
    "/usr/lib*/perl5/auto/*/*.so",
    "/usr/lib/*/perl-base/auto/*/*.so",
    "/usr/lib/*/engines-3/*.so",
    "/usr/lib/*/gconv/UTF*.so",
    "/usr/lib*/security/pam_*.so",
    "/usr/lib/*/security/pam_*.so",
    "/usr/lib/gcc/*/*/*.so",
};

enum { SAMPLES_OF_A_KIND = 8 };

/* Adds the file, links resolved, when it is an ELF file that needs libraries. */
static inline void sample_add(struct strlist *samples, const char *path)
{
    char *real = path ? realpath(path, NULL) : NULL;
    struct elf elf;
    struct err err;

    if (real && elf_read(&elf, real, &err) == 0) {
        if (elf.needed.count && !strlist_has(samples, real))
            strlist_add(samples, real);
        elf_release(&elf);
    }
    free(real);
}

static inline void samples_collect(struct strlist *samples)
{
    for (size_t i = 0; i < sizeof(sample_programs) / sizeof(*sample_programs); i++) {
        char *path = file_find_program(sample_programs[i]);

        sample_add(samples, path);
        free(path);
    }
    for (size_t i = 0; i < sizeof(sample_modules) / sizeof(*sample_modules); i++) {
        glob_t found = {0};

        if (glob(sample_modules[i], 0, NULL, &found) == 0)
            for (size_t k = 0; k < found.gl_pathc && k < SAMPLES_OF_A_KIND; k++)
                sample_add(samples, found.gl_pathv[k]);
        globfree(&found);
    }
}

/* What a tool says, without being told where to look for libraries. Its exit status. */
static inline int sample_ask(const char *const *argv, struct buf *output)
{
    const char *const environment[] = {"LD_LIBRARY_PATH=", "LD_PRELOAD=", "LC_ALL=C", NULL};
    struct buf errors;
    struct process process = {
        .argv = argv, .environment = environment, .output = output, .errors = &errors};
    struct err err;
    int status = -1;

    buf_init(output, 0);
    buf_init(&errors, 0);
    if (process_run(&process, &status, &err) < 0)
        status = -1;
    buf_release(&errors);
    return status;
}

#endif
