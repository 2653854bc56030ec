/*
 * The keys of token issuers, found as OpenID Connect Discovery says: the
 * document ISSUER/.well-known/openid-configuration names the address of the
 * key set. They are kept for two hours, and asked for again when a token names
 * a key that is not among them.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
 */
#ifndef FNCTL_ENGINE_JWKS_H
#define FNCTL_ENGINE_JWKS_H

#include "providers/local/engine/engine.h"

#include <jansson.h>
#include <stdbool.h>

struct jwks;

struct jwks *jwks_new(struct engine *engine);
/* Whoever waits is told that there are no keys. */
void jwks_free(struct jwks *jwks);

/* `keys` ({"keys": [...]}) is borrowed; NULL: they could not be had, as the engine's log says. */
typedef void jwks_callback(void *context, const json_t *keys);

/* Calls back with the keys of the issuer, at once when they are known. `fresh`: those that are
 * known are not enough; they are asked for again, at most every few seconds. */
void jwks_get(struct jwks *jwks, const char *issuer, bool fresh, jwks_callback *callback,
              void *context);

#endif
