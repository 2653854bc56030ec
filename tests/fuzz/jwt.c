/* A token and, behind its first newline, the key set of its issuer. */
#include "providers/local/engine/front/jwt.h"

#include "core/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(const struct jwt *jwt, const json_t *keys)
{
    json_t *list = json_pack("[s]", "a"), *claims = jwt_claims(jwt);
    const json_t *key = jwt_find_key(jwt, keys);
    struct err err = {0};

    if (key)
        jwt_verify(jwt, key, &err);
    jwt_check(jwt, "a", list, 0, &err);
    jwt_has_scope(jwt, list);
    json_decref(claims);
    json_decref(list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = xstrndup((const char *)data, size);
    char *keys_text = strchr(text, '\n');
    struct err err = {0};
    struct jwt jwt;
    json_t *keys;

    if (keys_text)
        *keys_text++ = '\0';
    keys = json_loads(keys_text ? keys_text : "{}", 0, NULL);
    if (jwt_read(text, &jwt, &err) == 0) {
        look(&jwt, keys);
        jwt_release(&jwt);
    }
    json_decref(keys);
    free(text);
    return 0;
}
