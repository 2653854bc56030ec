#include "providers/aws/wire/sigv4.h"

#include "core/http.h"
#include "core/memory.h"
#include "providers/aws/wire/canonical.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALGORITHM SIGV4_ALGORITHM
#define TERMINATOR SIGV4_TERMINATOR

enum {
    DATE_LEN = 8,              /* "20150830" */
    MAX_SKEW = 15 * 60 * 1000, /* ms a clock may be off */
};

void sigv4_release(struct sigv4 *sigv4)
{
    buf_release(&sigv4->canonical_request);
    buf_release(&sigv4->signed_headers);
    buf_release(&sigv4->string_to_sign);
    buf_release(&sigv4->scope);
}

static void start(struct sigv4 *sigv4, const struct sigv4_key *key, const char *date)
{
    *sigv4 = (struct sigv4){0};
    buf_printf(&sigv4->scope, "%.*s/%s/%s/" TERMINATOR, DATE_LEN, date, key->region, key->service);
}

static void hash_hex_of(const void *data, size_t len, char text[static HASH_HEX_LEN])
{
    uint8_t digest[HASH_LEN];

    hash_sha256(data, len, digest);
    hash_hex(digest, HASH_LEN, text);
}

/* The hash that stands for the body: given, or computed into `computed`. */
static const char *payload_hash(const struct sigv4_request *request,
                                char computed[static HASH_HEX_LEN])
{
    if (request->payload_hash)
        return request->payload_hash;
    hash_hex_of(request->body ? request->body : "", request->body_len, computed);
    return computed;
}

/* Stage 1: the canonical request, with its list of signed headers. */
static void make_canonical(struct sigv4 *sigv4, const struct sigv4_request *request,
                           const char *query, const struct strlist *added, const char *only,
                           const char *payload)
{
    struct buf *out = &sigv4->canonical_request;

    buf_printf(out, "%s\n", request->method);
    canonical_path(out, request->path, request->s3, request->normalize);
    buf_putc(out, '\n');
    canonical_query(out, query, request->omit_token ? "X-Amz-Security-Token" : NULL);
    buf_putc(out, '\n');
    canonical_headers(out, &sigv4->signed_headers, request->headers, added, only);
    buf_printf(out, "\n%s\n%s", buf_string(&sigv4->signed_headers), payload);
}

/* Stage 2: the string to sign. */
static void make_string(struct sigv4 *sigv4, const char *date)
{
    char hash[HASH_HEX_LEN];

    hash_hex_of(sigv4->canonical_request.data, sigv4->canonical_request.len, hash);
    buf_printf(&sigv4->string_to_sign, ALGORITHM "\n%s\n%s\n%s", date, buf_string(&sigv4->scope),
               hash);
}

/* Stage 3: the signature, by a key derived from the secret for this date, region and service. */
static void make_signature(struct sigv4 *sigv4, const struct sigv4_key *key, const char *date)
{
    const char *const steps[] = {key->region, key->service, TERMINATOR,
                                 buf_string(&sigv4->string_to_sign)};
    char *secret = xasprintf("AWS4%s", key->secret);
    uint8_t digest[HASH_LEN];

    hash_hmac(secret, strlen(secret), date, DATE_LEN, digest);
    for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
        uint8_t next[HASH_LEN];

        hash_hmac(digest, HASH_LEN, steps[i], strlen(steps[i]), next);
        memcpy(digest, next, HASH_LEN);
        memory_wipe(next, sizeof(next));
    }
    hash_hex(digest, HASH_LEN, sigv4->signature);
    memory_wipe(secret, strlen(secret));
    free(secret);
}

void sigv4_sign(const struct sigv4_request *request, const struct sigv4_key *key, int64_t now,
                struct sigv4 *sigv4, struct strlist *added)
{
    char date[CLOCK_AMZ_LEN], computed[HASH_HEX_LEN];
    const char *payload = payload_hash(request, computed);

    clock_format_amz(now, date);
    start(sigv4, key, date);
    strlist_addf(added, "X-Amz-Date: %s", date);
    if (key->token && !request->omit_token)
        strlist_addf(added, "X-Amz-Security-Token: %s", key->token);
    if (request->hash_header)
        strlist_addf(added, "X-Amz-Content-Sha256: %s", payload);
    make_canonical(sigv4, request, request->query, added, NULL, payload);
    make_string(sigv4, date);
    make_signature(sigv4, key, date);
    if (key->token && request->omit_token)
        strlist_addf(added, "X-Amz-Security-Token: %s", key->token);
    strlist_addf(
        added, "Authorization: " ALGORITHM " Credential=%s/%s, SignedHeaders=%s, Signature=%s",
        key->id, buf_string(&sigv4->scope), buf_string(&sigv4->signed_headers), sigv4->signature);
}

static void add_parameter(struct buf *query, const char *name, const char *value)
{
    if (query->len > 0)
        buf_putc(query, '&');
    buf_printf(query, "%s=", name);
    http_encode(query, value, strlen(value), false);
}

void sigv4_presign(const struct sigv4_request *request, const struct sigv4_key *key, int64_t now,
                   int64_t expires, struct sigv4 *sigv4, struct buf *query)
{
    char date[CLOCK_AMZ_LEN], seconds[24], computed[HASH_HEX_LEN];
    const char *payload = payload_hash(request, computed);
    struct buf lines, names;
    char *credential;

    buf_init(&lines, 0);
    buf_init(&names, 0);
    clock_format_amz(now, date);
    start(sigv4, key, date);
    snprintf(seconds, sizeof(seconds), "%lld", (long long)expires);
    credential = xasprintf("%s/%s", key->id, buf_string(&sigv4->scope));
    canonical_headers(&lines, &names, request->headers, NULL, NULL);
    buf_puts(query, request->query ? request->query : "");
    add_parameter(query, "X-Amz-Algorithm", ALGORITHM);
    add_parameter(query, "X-Amz-Credential", credential);
    add_parameter(query, "X-Amz-Date", date);
    add_parameter(query, "X-Amz-Expires", seconds);
    add_parameter(query, "X-Amz-SignedHeaders", buf_string(&names));
    if (key->token)
        add_parameter(query, "X-Amz-Security-Token", key->token);
    make_canonical(sigv4, request, buf_string(query), NULL, NULL,
                   request->s3 && !request->payload_hash ? SIGV4_UNSIGNED : payload);
    make_string(sigv4, date);
    make_signature(sigv4, key, date);
    add_parameter(query, "X-Amz-Signature", sigv4->signature);
    free(credential);
    buf_release(&lines);
    buf_release(&names);
}

/* Whether the claim's date and expiry hold at `now`. */
static int check_time(const struct sigv4_claim *claim, int64_t now, struct err *err)
{
    int64_t date = 0;

    clock_parse(claim->date, &date);
    if (claim->presigned && now > date + claim->expires * 1000)
        return err_set(err, ERR_CREDENTIALS,
                       "AccessDenied: the URL has expired: it was valid for %lld s from %s",
                       (long long)claim->expires, claim->date);
    if (date > now + MAX_SKEW || (!claim->presigned && date < now - MAX_SKEW))
        return err_set(err, ERR_CREDENTIALS,
                       "RequestTimeTooSkewed: the request was signed at %s, more than 15 minutes "
                       "from the server's time",
                       claim->date);
    return 0;
}

static int check_token(const struct sigv4_request *request, const struct sigv4_claim *claim,
                       const struct sigv4_key *key, struct err *err)
{
    const char *header = canonical_header(request->headers, "x-amz-security-token");
    char *token = claim->presigned ? canonical_parameter(request->query, "X-Amz-Security-Token")
                                   : xstrdup(header);
    size_t len = token ? strlen(token) : 0;
    bool same = !key->token ||
                (token && len == strlen(key->token) && CRYPTO_memcmp(token, key->token, len) == 0);

    free(token);
    if (!same)
        return err_set(err, ERR_CREDENTIALS,
                       "InvalidClientTokenId: the session token does not belong to the key");
    return 0;
}

/* The payload hash that the client signed; a hash in the header has to be the body's. */
static int claimed_payload(const struct sigv4_request *request, const struct sigv4_claim *claim,
                           char signed_hash[static HASH_HEX_LEN], struct err *err)
{
    const char *header = canonical_header(request->headers, "x-amz-content-sha256");
    char computed[HASH_HEX_LEN];
    const char *actual = payload_hash(request, computed);

    if (!header)
        header = claim->presigned && request->s3 ? SIGV4_UNSIGNED : actual;
    if (strncmp(header, "UNSIGNED-", 9) != 0 && strncmp(header, "STREAMING-", 10) != 0 &&
        strcmp(header, actual) != 0)
        return err_set(err, ERR_CREDENTIALS,
                       "XAmzContentSHA256Mismatch: X-Amz-Content-Sha256 is not the body's hash");
    snprintf(signed_hash, HASH_HEX_LEN, "%s", header);
    return 0;
}

int sigv4_verify(const struct sigv4_request *request, const struct sigv4_claim *claim,
                 const struct sigv4_key *key, int64_t now, struct err *err)
{
    const struct sigv4_key full = {key->id, key->secret, key->token, claim->region, claim->service};
    char payload[HASH_HEX_LEN];
    struct sigv4 sigv4;
    int result = 0;

    if (check_time(claim, now, err) < 0 || check_token(request, claim, key, err) < 0 ||
        claimed_payload(request, claim, payload, err) < 0)
        return -1;
    start(&sigv4, &full, claim->date);
    make_canonical(&sigv4, request, request->query, NULL, claim->signed_headers, payload);
    make_string(&sigv4, claim->date);
    make_signature(&sigv4, &full, claim->date);
    /* Names that the request does not carry are missing here, so that no signed header can be
     * dropped; and a signature without the host would be good for any server. */
    if (strcmp(buf_string(&sigv4.signed_headers), claim->signed_headers) != 0 ||
        !canonical_lists(claim->signed_headers, "host") ||
        CRYPTO_memcmp(sigv4.signature, claim->signature, HASH_HEX_LEN) != 0)
        result = err_set(err, ERR_CREDENTIALS,
                         "SignatureDoesNotMatch: the request signature we calculated does not "
                         "match the signature you provided; check the secret access key");
    sigv4_release(&sigv4);
    return result;
}
