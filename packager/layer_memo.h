/*
 * What an earlier run found out about a package's shared libraries, so that
 * the next one need not open any. It is kept in a file of the project's cache,
 * and believed when the file is unharmed, was made by this very program from
 * the same settings and the same files of the package, and all else that was
 * looked at is as it was (see trace.h). It may be deleted at any time; two runs
 * at once do no harm. A search that failed is not kept.
 */
#ifndef FNCTL_PACKAGER_LAYER_MEMO_H
#define FNCTL_PACKAGER_LAYER_MEMO_H

#include "packager/layer.h"
#include "packager/zip/digest.h"

#include <stdbool.h>
#include <stdint.h>

struct layer_memo {
    const char *file; /* borrowed from the content; NULL: nothing is known, nothing kept */
    char *root;       /* of the sysroot, as in struct search */
    uint8_t key[DIGEST_LEN];
};

/* For the content's code and libraries, sorted, their `elf` set, before any are added. */
void layer_memo_open(struct layer_memo *memo, const struct content *content, const char *sysroot);
void layer_memo_close(struct layer_memo *memo);

/* Fills in the findings; false, and they are empty, when it is not known, or no longer true. */
bool layer_memo_recall(const struct layer_memo *memo, struct layer_findings *findings);

/* Keeps the findings of a search that began at `moment` (see stamp_clock()). Not when a file is so
 * new that a change might not show. What goes wrong is no failure. */
void layer_memo_keep(const struct layer_memo *memo, const struct content *content,
                     const struct layer_findings *findings, uint64_t moment);

/* Reads findings of `len` bytes, which a NUL follows, as they were kept under that key. False, and
 * they are empty: they were not, or are harmed. No file is looked at but those to be added. */
bool layer_memo_parse(const char *data, size_t len, const uint8_t key[static DIGEST_LEN],
                      struct layer_findings *findings);

#endif
