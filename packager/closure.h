/*
 * The shared libraries that ELF files need, and those that these need, found
 * the way ld.so finds them, but by reading only: nothing is run, so that files
 * for another machine work too. LD_LIBRARY_PATH is not used: what is packaged
 * must not depend on who packages.
 */
#ifndef FNCTL_PACKAGER_CLOSURE_H
#define FNCTL_PACKAGER_CLOSURE_H

#include "packager/elf.h"
#include "packager/ld_cache.h"

#include <stdbool.h>
#include <stddef.h>

/* A file that was looked into: a root or a library. */
struct closure_file {
    char *name;      /* as it is needed: what ld.so will ask for; a root: its file name */
    char *path;      /* without symbolic links */
    char *found;     /* the path it was found by, whose folder is $ORIGIN */
    char *needed_by; /* name of the first file that needs it; NULL: a root */
    size_t parent;   /* index of that file, SIZE_MAX: a root */
    size_t alias_of; /* the same file under another name stands there; SIZE_MAX: not so */
    struct elf elf;  /* empty when an alias */
};

struct closure {
    struct closure_file *files; /* owned; roots first come, then in order of discovery */
    size_t count;
    struct ld_cache cache;
    /* Whether a library is there already, wherever it runs: it is left out, as is what only it
     * needs. NULL: none is. */
    bool (*provided)(const void *context, const char *name);
    const void *context;
};

/* An empty closure over the cache at `cache_path` (LD_CACHE_FILE). */
void closure_init(struct closure *closure, const char *cache_path);
void closure_release(struct closure *closure);

/*
 * Adds a root and all that it needs. Errors: ERR_PACKAGE: the file cannot be
 * read or is no ELF file; a library is found nowhere, naming it, who needs it,
 * and where was looked.
 */
int closure_add(struct closure *closure, const char *path, struct err *err);

#endif
