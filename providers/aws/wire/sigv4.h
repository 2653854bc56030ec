/*
 * AWS Signature Version 4: a pure function of request, credentials and time.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 *
 * Each stage can be had by itself: canonical request, string to sign,
 * signature. The same code signs, presigns and verifies.
 */
#ifndef FNCTL_PROVIDERS_AWS_SIGV4_H
#define FNCTL_PROVIDERS_AWS_SIGV4_H

#include "core/buf.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/hash.h"
#include "core/strlist.h"

#include <stdbool.h>
#include <stdint.h>

/* Borrowed strings. */
struct sigv4_key {
    const char *id;
    const char *secret;
    const char *token; /* session token; NULL: none */
    const char *region;
    const char *service; /* signing name: "lambda", "execute-api" */
};

#define SIGV4_ALGORITHM "AWS4-HMAC-SHA256"
#define SIGV4_TERMINATOR "aws4_request"
#define SIGV4_UNSIGNED "UNSIGNED-PAYLOAD"

struct sigv4_request {
    const char *method;
    const char *path;  /* as sent on the wire, percent-encoded, without query; "" means "/" */
    const char *query; /* as sent, without "?"; NULL: none */
    const struct strlist *headers; /* "Name: value"; Host among them */
    const void *body;
    size_t body_len;
    /* Hex SHA-256 of the body when it is known, or SIGV4_UNSIGNED, or an S3 STREAMING- value;
     * NULL: computed from body. */
    const char *payload_hash;
    bool s3;          /* S3's rules: the path is encoded once and not normalised */
    bool normalize;   /* remove ".", ".." and empty segments (all services but S3) */
    bool hash_header; /* add x-amz-content-sha256 */
    bool omit_token;  /* the token is added after signing, not signed (some services) */
};

/* All stages of one signature. Buffers are released by sigv4_release(). */
struct sigv4 {
    struct buf canonical_request;
    struct buf signed_headers; /* "host;x-amz-date" */
    struct buf string_to_sign;
    struct buf scope; /* "20150830/us-east-1/service/aws4_request" */
    char signature[HASH_HEX_LEN];
};
void sigv4_release(struct sigv4 *sigv4);

/*
 * Signs by headers: fills `sigv4` and appends the headers to send to `added`:
 * X-Amz-Date, X-Amz-Security-Token (with a token), X-Amz-Content-Sha256 (when
 * asked for), Authorization. `now` in ms since 1970.
 */
void sigv4_sign(const struct sigv4_request *request, const struct sigv4_key *key, int64_t now,
                struct sigv4 *sigv4, struct strlist *added);

/* Signs by query: `query` takes the whole query to send, valid for `expires` seconds. With S3's
 * rules and no payload_hash the body is left unsigned, as it is not known yet. */
void sigv4_presign(const struct sigv4_request *request, const struct sigv4_key *key, int64_t now,
                   int64_t expires, struct sigv4 *sigv4, struct buf *query);

/* What a signed request says of itself, for a server that looks up the secret. */
struct sigv4_claim {
    char key_id[129];
    char date[CLOCK_AMZ_LEN];
    char region[65];
    char service[65];
    char signed_headers[2048];
    char signature[HASH_HEX_LEN];
    int64_t expires; /* s; 0: signed by header */
    bool presigned;
};

/* Reads the claim from the Authorization header or the query. Errors: ERR_CREDENTIALS, the message
 * starting with AWS's code: "MissingAuthenticationToken: ...", "IncompleteSignature: ...". */
int sigv4_claim(const struct sigv4_request *request, struct sigv4_claim *claim, struct err *err);

/*
 * Verifies a request as a server does: signature (compared in constant time),
 * date within 15 minutes of `now`, expiry of presigned requests. `key` gives
 * secret and token; region and service are taken from the claim. Errors:
 * ERR_CREDENTIALS, starting with "SignatureDoesNotMatch: ", "InvalidClientTokenId: "
 * (session token), "RequestTimeTooSkewed: ", "AccessDenied: " (a presigned URL has
 * expired), "XAmzContentSHA256Mismatch: ".
 */
int sigv4_verify(const struct sigv4_request *request, const struct sigv4_claim *claim,
                 const struct sigv4_key *key, int64_t now, struct err *err);

#endif
