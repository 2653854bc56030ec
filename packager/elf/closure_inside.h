/* What the two files of the closure share: a program being loaded. */
#ifndef FNCTL_PACKAGER_ELF_CLOSURE_INSIDE_H
#define FNCTL_PACKAGER_ELF_CLOSURE_INSIDE_H

#include "packager/elf/closure.h"

/* A file in a process, and the one that led to it. */
struct loaded {
    struct closure_file *file;
    size_t parent; /* index; SIZE_MAX: the root */
};

/* What one program loads, in the order of ld.so: breadth first, each name once. */
struct process {
    struct closure *closure;
    struct loaded *loaded;
    size_t count;
};

/* A library that a file of a process needs. */
struct wanted {
    struct process *process;
    size_t needer; /* index */
    const char *name;
    struct strlist tried; /* folders, for the message */
};

/* The file of that key (where it is on the target, or else here), or NULL. */
struct closure_file *closure_find(const struct closure *closure, const char *key);

/* Keeps a new file, which is copied; what is in it is the closure's then. */
struct closure_file *closure_keep(struct closure *closure, const struct closure_file *file);

/* Appends a file to the process. */
void closure_load(struct process *process, struct closure_file *file, size_t parent);

/* The file that needs the library. */
const struct closure_file *closure_needer(const struct wanted *wanted);

/*
 * closure_target.c: whether the target has the library without us; what the
 * package has of it is loaded. `insisted` is set when RPATHs lead to where
 * libraries are added.
 */
bool closure_load_there(const struct wanted *wanted, bool *insisted);

#endif
