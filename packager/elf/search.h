/*
 * Where ld.so(8) would find a library: on this machine, or in a sysroot, a
 * folder that is like the root of another. By reading only: nothing is run, so
 * that files for other machines work too. LD_LIBRARY_PATH is not used, nor are
 * the copies of libraries for particular processors: what is packaged must not
 * depend on who packages, and runs elsewhere.
 */
#ifndef FNCTL_PACKAGER_ELF_SEARCH_H
#define FNCTL_PACKAGER_ELF_SEARCH_H

#include "core/strlist.h"
#include "packager/elf/elf.h"
#include "packager/elf/ld_cache.h"
#include "packager/elf/trace.h"

#include <stdbool.h>

struct search {
    char *root; /* of the sysroot, without symbolic links; "": this machine */
    struct ld_cache cache;
    struct trace *trace; /* borrowed; NULL: nobody wants to know */
};

/* A file that needs a library. */
struct search_needer {
    const char *found; /* the path it was found by, whose folder is $ORIGIN */
    const struct elf *elf;
    const struct search_needer *parent; /* the file that led to it; NULL: none did */
};

struct search_result {
    char *found; /* the path it was found by */
    char *path;  /* the same file without symbolic links */
    struct elf elf;
};

/* Prepares for searches in the folder `sysroot`; NULL: on this machine. Errors: ERR_PACKAGE: there
 * is no such folder. */
int search_open(struct search *search, const char *sysroot, struct err *err);
void search_release(struct search *search);

/* From now on notes what is looked at, and that ld.so.cache was. */
void search_trace(struct search *search, struct trace *trace);

/*
 * Finds the library `name` that `needer` needs: true when there is one of the
 * needer's machine and word size; files of others are passed over. The folders
 * that were looked into are appended to `tried`.
 */
bool search_library(const struct search *search, const struct search_needer *needer,
                    const char *name, struct search_result *result, struct strlist *tried);

void search_result_release(struct search_result *result);

#endif
