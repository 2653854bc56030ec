#include "packager/zip/digest.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

struct digest {
    XXH3_state_t *state;
};

struct digest *digest_new(void)
{
    struct digest *digest = xcalloc(1, sizeof(*digest));

    digest->state = XXH3_createState();
    if (!digest->state)
        abort();
    XXH3_128bits_reset(digest->state);
    return digest;
}

void digest_free(struct digest *digest)
{
    if (!digest)
        return;
    XXH3_freeState(digest->state);
    free(digest);
}

void digest_update(struct digest *digest, const void *data, size_t len)
{
    XXH3_128bits_update(digest->state, data, len);
}

static void put(XXH128_hash_t hash, uint8_t *bytes)
{
    XXH128_canonical_t canonical;

    XXH128_canonicalFromHash(&canonical, hash);
    memcpy(bytes, canonical.digest, DIGEST_LEN);
}

void digest_bytes(const void *data, size_t len, uint8_t bytes[static DIGEST_LEN])
{
    put(XXH3_128bits(data, len), bytes);
}

void digest_take(struct digest *digest, uint8_t bytes[static DIGEST_LEN])
{
    put(XXH3_128bits_digest(digest->state), bytes);
    XXH3_128bits_reset(digest->state);
}
