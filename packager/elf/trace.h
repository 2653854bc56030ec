/*
 * What a search for libraries looked at: every path, with the file that was
 * there, or that there was none. As long as all of that is as it was, the same
 * search finds the same; also when a library appears in a folder that comes
 * earlier, or a link leads elsewhere, since those paths were looked at too.
 */
#ifndef FNCTL_PACKAGER_ELF_TRACE_H
#define FNCTL_PACKAGER_ELF_TRACE_H

#include "packager/files/entries.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct trace_item {
    char *asked; /* the path that was looked at */
    char *path;  /* the file there, without symbolic links; NULL: there was none */
    uint64_t size;
    struct entry_stamp stamp; /* zero without a file */
};

/* All zero at first. */
struct trace {
    struct trace_item *items; /* owned; sorted by `asked`, each once */
    size_t count, capacity;
};

void trace_release(struct trace *trace);

/* Notes that `asked` was looked at and is the file `path`, or none (NULL). Of a path that is known
 * already nothing is noted: a trace is of one moment. `trace` may be NULL. */
void trace_note(struct trace *trace, const char *asked, const char *path);

/* Adds an item that was noted earlier, by another program; strings are copied. */
void trace_add(struct trace *trace, const struct trace_item *item);

/* Whether all of it is as it was. `root` is that of the sysroot, as in struct search. */
bool trace_holds(const struct trace *trace, const char *root);

/* Whether later changes will show, where the search began at `moment`; see stamp.h. */
bool trace_is_settled(const struct trace *trace, uint64_t moment);

#endif
