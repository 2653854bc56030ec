/*
 * Installed dependencies, kept in the project: .fnctl/dependencies/KEY/.
 *
 * KEY is a hash of everything that decides what is in there. A folder gets
 * that name when it is complete, so whoever is killed leaves nothing half:
 * what is under way has a dot after the key, and is removed some time later.
 * The whole may be deleted at any time, and two runs do not disturb each other.
 */
#ifndef FNCTL_PACKAGER_DEPENDENCIES_DEPENDENCY_CACHE_H
#define FNCTL_PACKAGER_DEPENDENCIES_DEPENDENCY_CACHE_H

#include "core/err.h"
#include "core/hash.h"

/* The folder of `project`'s cache, to free(). */
char *dependency_cache_folder(const char *project);

/* The complete folder of `key` in `cache`, to free(); NULL when there is none. Keeps it from being
 * pruned for now. */
char *dependency_cache_find(const char *cache, const char *key);

/* A new empty folder for what is to become `key`, to free(); NULL with ERR_PACKAGE. */
char *dependency_cache_begin(const char *cache, const char *key, struct err *err);

/* Gives the folder that was begun its name. When another run was faster, its folder stays and ours
 * is removed. Returns the complete folder, to free(); NULL with ERR_PACKAGE. */
char *dependency_cache_keep(const char *cache, const char *key, const char *begun, struct err *err);

/* Adds to `hash` the sizes and times of a file or of all files of a local package's folder, but for
 * what building and installing leave in there. */
void dependency_cache_hash(struct hash *hash, const char *path);

/* Removes what has not been used for long. */
void dependency_cache_prune(const char *cache);

#endif
