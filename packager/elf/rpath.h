/*
 * The folders that a file's RPATH or RUNPATH stands for, and those that every
 * search ends with. What ld.so knows from the running machine, as $LIB, is
 * taken from the file's own machine, and from how distributions lay theirs out.
 */
#ifndef FNCTL_PACKAGER_ELF_RPATH_H
#define FNCTL_PACKAGER_ELF_RPATH_H

#include "core/strlist.h"
#include "packager/elf/elf.h"

/*
 * Appends the folders that `list` (may be NULL), an RPATH or RUNPATH of the
 * file `elf`, stands for when the file is in the folder `origin`. A relative
 * folder is left out: it depends on where the program is started.
 */
void rpath_folders(const char *list, const struct elf *elf, const char *origin,
                   struct strlist *folders);

/* A name with slashes that a file in the folder `origin` needs, to free(). */
char *rpath_expand_name(const char *name, const struct elf *elf, const char *origin);

/* Appends the folders that are looked into last: /lib, /usr/lib and what distributions have. */
void rpath_default_folders(const struct elf *elf, struct strlist *folders);

/* Appends where Debian and Fedora keep the libraries of another machine's cross compiler. */
void rpath_cross_folders(const struct elf *elf, struct strlist *folders);

#endif
