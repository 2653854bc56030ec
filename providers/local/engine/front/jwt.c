#include "providers/local/engine/front/jwt.h"

#include "core/hash.h"
#include "core/memory.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <stdlib.h>
#include <string.h>

enum { MODULUS_MAX = 2048 /* bytes */ };

/* RFC 7515, 2: base64 with '-' and '_', without padding; to free(). */
static void *decode(const char *text, size_t len, size_t *decoded_len)
{
    char *plain = xcalloc(len + 4, 1);
    void *decoded;

    memcpy(plain, text, len);
    for (size_t i = 0; i < len; i++) {
        if (plain[i] == '+' || plain[i] == '/' || plain[i] == '=') {
            free(plain);
            return NULL;
        }
        plain[i] = plain[i] == '-' ? '+' : plain[i] == '_' ? '/' : plain[i];
    }
    while (len % 4)
        plain[len++] = '=';
    decoded = hash_unbase64(plain, len, decoded_len);
    free(plain);
    return decoded;
}

static json_t *decode_object(const char *text, size_t len)
{
    size_t decoded_len;
    void *decoded = decode(text, len, &decoded_len);
    json_t *object =
        decoded ? json_loadb(decoded, decoded_len, JSON_REJECT_DUPLICATES, NULL) : NULL;

    free(decoded);
    if (json_is_object(object))
        return object;
    json_decref(object);
    return NULL;
}

int jwt_read(const char *text, struct jwt *jwt, struct err *err)
{
    const char *first = strchr(text, '.'), *second = first ? strchr(first + 1, '.') : NULL;

    *jwt = (struct jwt){.text = text};
    if (!second || strchr(second + 1, '.') || strlen(text) > JWT_MAX)
        return err_set(err, ERR_FAILED, "the token is not three parts with dots between them");
    jwt->signed_len = (size_t)(second - text);
    jwt->header = decode_object(text, (size_t)(first - text));
    jwt->claims = decode_object(first + 1, (size_t)(second - first) - 1);
    jwt->signature = decode(second + 1, strlen(second + 1), &jwt->signature_len);
    if (jwt->header && jwt->claims && jwt->signature)
        return 0;
    jwt_release(jwt);
    return err_set(err, ERR_FAILED, "the token's parts are not base64url of JSON objects");
}

void jwt_release(struct jwt *jwt)
{
    json_decref(jwt->header);
    json_decref(jwt->claims);
    free(jwt->signature);
    *jwt = (struct jwt){0};
}

static const char *text_at(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text ? text : "";
}

const json_t *jwt_find_key(const struct jwt *jwt, const json_t *keys)
{
    const char *id = text_at(jwt->header, "kid");
    const json_t *key;
    size_t i;

    json_array_foreach (json_object_get(keys, "keys"), i, key) {
        if (strcmp(text_at(key, "kty"), "RSA") == 0 && strcmp(text_at(key, "kid"), id) == 0)
            return key;
    }
    return NULL;
}

/* A number of a key as OpenSSL has it. */
static BIGNUM *number_of(const json_t *key, const char *name)
{
    const char *text = text_at(key, name);
    size_t len;
    void *bytes = decode(text, strlen(text), &len);
    BIGNUM *number = bytes && len && len <= MODULUS_MAX ? BN_bin2bn(bytes, (int)len, NULL) : NULL;

    free(bytes);
    return number;
}

static EVP_PKEY *make_key(const json_t *key)
{
    BIGNUM *n = number_of(key, "n"), *e = number_of(key, "e");
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    OSSL_PARAM *parameters = NULL;
    EVP_PKEY *result = NULL;

    if (n && e && build && context && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e))
        parameters = OSSL_PARAM_BLD_to_param(build);
    if (!parameters || EVP_PKEY_fromdata_init(context) <= 0 ||
        EVP_PKEY_fromdata(context, &result, EVP_PKEY_PUBLIC_KEY, parameters) <= 0)
        result = NULL;
    OSSL_PARAM_free(parameters);
    OSSL_PARAM_BLD_free(build);
    EVP_PKEY_CTX_free(context);
    BN_free(n);
    BN_free(e);
    return result;
}

/* By the header's `alg`; NULL: it is none of RSA's. */
static const EVP_MD *digest_of(const struct jwt *jwt)
{
    const char *name = text_at(jwt->header, "alg");

    if (strcmp(name, "RS256") == 0)
        return EVP_sha256();
    if (strcmp(name, "RS384") == 0)
        return EVP_sha384();
    return strcmp(name, "RS512") == 0 ? EVP_sha512() : NULL;
}

int jwt_verify(const struct jwt *jwt, const json_t *key, struct err *err)
{
    const EVP_MD *digest = digest_of(jwt);
    EVP_PKEY *public_key = digest ? make_key(key) : NULL;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int result = 0;

    if (!digest)
        err_set(err, ERR_FAILED, "the token's algorithm is none of RS256, RS384, RS512");
    else if (!public_key)
        err_set(err, ERR_FAILED, "the issuer's key cannot be used");
    else if (EVP_DigestVerifyInit(context, NULL, digest, NULL, public_key) == 1)
        result = EVP_DigestVerify(context, jwt->signature, jwt->signature_len,
                                  (const unsigned char *)jwt->text, jwt->signed_len);
    if (digest && public_key && result != 1)
        err_set(err, ERR_FAILED, "the token's signature is wrong");
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(public_key);
    return result == 1 ? 0 : -1;
}

static bool has_text(const json_t *list, const char *text)
{
    const json_t *item;
    size_t i;

    json_array_foreach (list, i, item) {
        if (json_is_string(item) && strcmp(json_string_value(item), text) == 0)
            return true;
    }
    return false;
}

/* Whether a claim, a string or a list of them, has one of the list. */
static bool is_among(const json_t *claim, const json_t *list)
{
    const json_t *item;
    size_t i;

    if (json_is_string(claim))
        return has_text(list, json_string_value(claim));
    json_array_foreach (claim, i, item) {
        if (json_is_string(item) && has_text(list, json_string_value(item)))
            return true;
    }
    return false;
}

/* A time of the claims in ms; `fallback` when it is not there. */
static int64_t time_of(const struct jwt *jwt, const char *name, int64_t fallback)
{
    const json_t *value = json_object_get(jwt->claims, name);
    double seconds = json_number_value(value);

    if (!json_is_number(value))
        return fallback;
    return seconds < -1e12 ? INT64_MIN : seconds > 1e12 ? INT64_MAX : (int64_t)(seconds * 1000);
}

int jwt_check(const struct jwt *jwt, const char *issuer, const json_t *audience, int64_t now,
              struct err *err)
{
    const json_t *claim = json_object_get(jwt->claims, "aud");

    if (strcmp(text_at(jwt->claims, "iss"), issuer) != 0)
        return err_set(err, ERR_FAILED, "the token is of another issuer");
    if (!is_among(claim ? claim : json_object_get(jwt->claims, "client_id"), audience))
        return err_set(err, ERR_FAILED, "the token has another audience");
    if (!json_is_number(json_object_get(jwt->claims, "exp")))
        return err_set(err, ERR_FAILED, "the token does not say when it expires");
    if (time_of(jwt, "exp", 0) <= now)
        return err_set(err, ERR_FAILED, "the token has expired");
    if (time_of(jwt, "nbf", now) > now || time_of(jwt, "iat", now) > now)
        return err_set(err, ERR_FAILED, "the token is not valid yet");
    return 0;
}

bool jwt_has_scope(const struct jwt *jwt, const json_t *scopes)
{
    const json_t *scope = json_object_get(jwt->claims, "scope");
    const char *at;

    if (json_array_size(scopes) == 0)
        return true;
    scope = scope ? scope : json_object_get(jwt->claims, "scp");
    if (!json_is_string(scope))
        return is_among(scope, scopes);
    for (at = json_string_value(scope); *at; at += strspn(at, " ")) {
        size_t len = strcspn(at, " ");
        char *word = xstrndup(at, len);
        bool found = has_text(scopes, word);

        free(word);
        if (found)
            return true;
        at += len;
    }
    return false;
}

json_t *jwt_claims(const struct jwt *jwt)
{
    json_t *claims = json_object(), *value;
    const char *name;

    json_object_foreach (jwt->claims, name, value) {
        char *text =
            json_is_string(value) ? NULL : json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);

        json_object_set_new(claims, name, text ? json_string(text) : json_incref(value));
        free(text);
    }
    return claims;
}
