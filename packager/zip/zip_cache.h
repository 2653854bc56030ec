/*
 * What an earlier run knew of a zip: opened before the files are looked at,
 * asked which of them are as they were, and written again when the zip is.
 *
 * In the cache's folder each zip has its index, named after it. Where the zip
 * was not made before, another of that name will do (of another stage, say):
 * its entries are copied all the same. Everything in the folder may be deleted
 * at any time, and two runs at once do no harm: an index is renamed into place
 * and is not believed when the zip is not the one it was made for.
 */
#ifndef FNCTL_PACKAGER_ZIP_ZIP_CACHE_H
#define FNCTL_PACKAGER_ZIP_ZIP_CACHE_H

#include "core/artifact.h"
#include "core/err.h"
#include "packager/files/entries.h"
#include "packager/zip/zip_index.h"
#include "packager/zip/zip_pieces.h"

#include <stdbool.h>

struct zip_cache;

/*
 * Opens the cache in `folder` for the zip `archive` (whose folder exists) at a
 * level of compression. `folder` NULL, missing or unreadable: nothing is known,
 * nothing is kept. With `keep` unset it is only read.
 */
struct zip_cache *zip_cache_new(const char *folder, const char *archive, int level, bool keep);
void zip_cache_free(struct zip_cache *cache);

/* Sets the `elf` of entries that are as they were; sorted entries. */
void zip_cache_recall(const struct zip_cache *cache, struct entries *entries);

/* What is to be done. */
enum zip_plan {
    ZIP_PLAN_WRITE,   /* the zip */
    ZIP_PLAN_REFRESH, /* the index alone: files were touched, none differs */
    ZIP_PLAN_NOTHING, /* the zip is what it would become */
};

/*
 * Compares the entries with what is known: items of those that did not change
 * are filled and marked as kept. A file with another stamp than before is read
 * and hashed. ERR_INTERRUPTED, and the errors of entry_read().
 */
int zip_cache_plan(struct zip_cache *cache, const struct entries *entries, struct zip_item *items,
                   enum zip_plan *plan, struct err *err);

/* The zip that kept items are copied from, open for reading; -1 without one. */
int zip_cache_source(const struct zip_cache *cache);

/* Where nothing is to be written: what is known of the zip. */
void zip_cache_artifact(const struct zip_cache *cache, struct artifact *artifact);

/* Writes the index of the zip that is now at its place; `made` is the artifact. What goes wrong is
 * no failure: the next run packages everything. Nothing is known afterwards. */
void zip_cache_store(struct zip_cache *cache, const struct entries *entries,
                     const struct zip_item *items, const struct artifact *made);

#endif
