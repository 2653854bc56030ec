/*
 * The shared libraries that ELF files need, and those that these need: what
 * ld.so would load with each of them where they are to run, the target, and
 * from where on this machine what is missing there would come.
 */
#ifndef FNCTL_PACKAGER_ELF_CLOSURE_H
#define FNCTL_PACKAGER_ELF_CLOSURE_H

#include "packager/elf/elf.h"
#include "packager/elf/search.h"

#include <stdbool.h>
#include <stddef.h>

/* What there is on the target without what this closure adds to it. */
struct closure_target {
    const void *context;
    /* Whether the system has a library of that name: it and what it needs are left out. */
    bool (*provides)(const void *context, const char *name);
    /* The file on this machine of what is packaged as `place`, a path of the target; or NULL. */
    const char *(*packaged)(const void *context, const char *place);
    /* Whether another file of the package may have loaded a library of that name before. */
    bool (*preloads)(const void *context, const char *name);
    bool elsewhere;                  /* there are things that this machine does not know, as layers
                                        of others: what is not found is no error */
    const char *const *library_path; /* the package's folders on LD_LIBRARY_PATH, where those of the
                                        system come first; ends with NULL */
    const char *folder;              /* where the libraries that are added go: "/opt/lib" */
    const char *working_folder;      /* of the program */
};

/* Where a file is. */
enum closure_kind {
    CLOSURE_PACKAGED, /* in the package: a root, or what one finds there */
    CLOSURE_ADDED     /* on this machine only: to be added to the package */
};

/* A file that was looked into. */
struct closure_file {
    enum closure_kind kind;
    char *name;      /* as it is needed: what ld.so will ask for; a root: its file name */
    char *path;      /* without symbolic links */
    char *found;     /* the path it was found by on this machine, whose folder is $ORIGIN */
    char *place;     /* on the target; NULL: no target is known */
    char *needed_by; /* name of the first file that needs it; NULL: just a root */
    bool insisted;   /* an RPATH leads to it, which goes before the system's folders */
    struct elf elf;
    struct strlist replaced; /* the system's libraries that its RPATH has others for */
};

struct closure {
    struct search search;
    const struct closure_target *target; /* borrowed; NULL: just what ld.so would load here */
    struct closure_file **files;         /* owned; in order of discovery */
    struct closure_file **by_key;        /* the same, sorted */
    size_t count;
    struct strlist shadowed; /* libraries of the package that the system provides too, and first */
    struct strlist clashing; /* "NAME (PATH and PATH)": two files for one place */
    struct strlist missing;  /* "NAME (needed by PATH)": not found, but it may be elsewhere */
};

/* An empty closure of what is found in `sysroot`; NULL: on this machine. Errors: ERR_PACKAGE. */
int closure_init(struct closure *closure, const char *sysroot, const struct closure_target *target,
                 struct err *err);
void closure_release(struct closure *closure);

/*
 * Adds a root, which is `place` on the target (NULL without one), and all that
 * it needs. Errors: ERR_PACKAGE: the file cannot be read or is no ELF file; a
 * library is found nowhere, naming it, who needs it, and where was looked.
 */
int closure_add(struct closure *closure, const char *path, const char *place, struct err *err);

#endif
