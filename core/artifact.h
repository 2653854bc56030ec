/* A zip that was built: what the packager hands over and a provider uploads. */
#ifndef FNCTL_CORE_ARTIFACT_H
#define FNCTL_CORE_ARTIFACT_H

#include "core/hash.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of a zip that Lambda takes in a request; what is larger goes through S3. */
#define ARTIFACT_DIRECT_MAX (50 * 1000 * 1000)

struct artifact {
    char *path;             /* of the zip file; NULL: there is nothing to upload (no layer) */
    uint64_t size;          /* bytes of the zip */
    uint64_t unzipped_size; /* bytes of all entries */
    size_t entries;
    char sha256[HASH_BASE64_LEN]; /* of the zip, base64: what Lambda calls CodeSha256 */
    /* Of the content, in hex: it is the same for the same paths, modes and contents, whatever
     * compressed them, where sha256 changes with the compressor's version and level. */
    char identity[HASH_HEX_LEN];
};

/* A file in a package. */
struct package_file {
    char *path;
    uint64_t size; /* bytes */
    bool layer;    /* in the layer zip */
};

/* What is uploaded for one function. */
struct package {
    struct artifact function;
    struct artifact layer; /* path NULL when the function needs none */
    const char *handler;   /* what the runtime is to call; borrowed from settings or static */
    uint64_t unzipped;     /* bytes of both, which Lambda limits, */
    size_t other_layers;   /* with this many layers more, whose sizes are not known here */
    struct package_file *largest; /* owned; the largest files, when `unzipped` is near the limit */
    size_t largest_count;
};

#endif
