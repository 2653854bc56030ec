/*
 * JSON Web Tokens (RFC 7519) signed with RSA, as HTTP APIs check them: read,
 * verified with a key of the issuer's set (RFC 7517), its claims compared.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
 */
#ifndef FNCTL_ENGINE_JWT_H
#define FNCTL_ENGINE_JWT_H

#include "core/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { JWT_MAX = 16 * 1024 };

struct jwt {
    json_t *header, *claims; /* objects, owned */
    const char *text;        /* borrowed */
    size_t signed_len;       /* of text: header and claims, which the signature is over */
    void *signature;         /* owned */
    size_t signature_len;
};

/* Reads "HEADER.CLAIMS.SIGNATURE"; nothing of it is believed yet. `text` is borrowed. Errors:
 * ERR_FAILED, what is wrong in a few words. */
int jwt_read(const char *text, struct jwt *jwt, struct err *err);
void jwt_release(struct jwt *jwt);

/* The key of `keys` ({"keys": [...]}) that the token names; NULL: there is none. Borrowed. */
const json_t *jwt_find_key(const struct jwt *jwt, const json_t *keys);

/* Whether `key` (RSA) made the signature, by RS256, RS384 or RS512. Errors: ERR_FAILED. */
int jwt_verify(const struct jwt *jwt, const json_t *key, struct err *err);

/* Whether issuer, audience (`aud`, or `client_id` without one; one of the list) and times are right
 * at `now` (ms since 1970). Errors: ERR_FAILED. */
int jwt_check(const struct jwt *jwt, const char *issuer, const json_t *audience, int64_t now,
              struct err *err);

/* Whether `scope` or `scp` has one of the list; an empty list asks for none. */
bool jwt_has_scope(const struct jwt *jwt, const json_t *scopes);

/* The claims as functions are given them, all as strings; the caller's. */
json_t *jwt_claims(const struct jwt *jwt);

#endif
