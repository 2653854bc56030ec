/* What the ELF files of a package need beyond the runtime: the search, by closure and compat. */
#ifndef FNCTL_PACKAGER_LAYER_H
#define FNCTL_PACKAGER_LAYER_H

#include "core/strlist.h"
#include "packager/content.h"
#include "packager/elf/trace.h"

#include <stdbool.h>

/* All zero at first. */
struct layer_findings {
    struct entries added;    /* the libraries that are not in the package yet */
    struct strlist warnings; /* without what stands before each on a terminal */
    struct trace trace;      /* what decided, beside the package itself */
};

void layer_findings_release(struct layer_findings *findings);

/* Sets the `elf` of all entries; whether one is an ELF file. */
bool layer_has_elf(struct entries *entries);

/*
 * Searches, with code and libraries sorted, and their `elf` set. `sysroot` is
 * the folder's path, NULL without one. Errors: ERR_PACKAGE: a library is not
 * found, a symbol version that the runtime lacks; what was found until then
 * may have warnings already.
 */
int layer_search(struct content *content, const char *sysroot, struct layer_findings *findings,
                 struct err *err);

#endif
