/* /etc/ld.so.cache: where this machine keeps its shared libraries (glibc's format 1.1). */
#ifndef FNCTL_PACKAGER_ELF_LD_CACHE_H
#define FNCTL_PACKAGER_ELF_LD_CACHE_H

#include "core/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LD_CACHE_FILE "/etc/ld.so.cache"

struct ld_cache {
    struct buf bytes; /* of the file */
    size_t start;     /* of the 1.1 header, which offsets count from */
    uint32_t count;   /* entries; 0: no cache, or one that cannot be used */
    bool big_endian;
};

/* Takes over `bytes`. A cache that is not understood is like an empty one, as ld.so has it. */
void ld_cache_init(struct ld_cache *cache, struct buf *bytes);

/* Reads the file; a missing one is like an empty one. */
void ld_cache_open(struct ld_cache *cache, const char *path);

void ld_cache_release(struct ld_cache *cache);

/*
 * The next path for a library of that name from entry `*position` (start with
 * 0) on, borrowed; NULL when there is no more. Entries for particular
 * processors are passed over: the package runs on another machine.
 */
const char *ld_cache_next(const struct ld_cache *cache, const char *name, uint32_t *position);

#endif
