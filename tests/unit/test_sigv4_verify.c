#include "core/memory.h"
#include "providers/aws/wire/canonical.h"
#include "providers/aws/wire/sigv4.h"

// clang-format off
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MINUTE = 60 * 1000 };

static const int64_t signed_at = 1763630100000; /* 2025-11-20T09:15:00Z */
static const struct sigv4_key key = {"AKIDEXAMPLE", "secret", NULL, "eu-central-1", "lambda"};

/* A signed request as a server received it; members are changed by the tests. */
struct received {
    struct sigv4_request request;
    struct sigv4_key key;
    struct strlist headers;
    struct buf query;
    int64_t now;
};

static void receive(struct received *received, int64_t expires)
{
    struct sigv4 sigv4;
    struct strlist added;

    *received = (struct received){.key = key, .now = signed_at + 1000};
    strlist_init(&added);
    strlist_add(&received->headers, "Host: lambda.eu-central-1.amazonaws.com");
    strlist_add(&received->headers, "X-Amz-Invocation-Type: Event");
    received->request = (struct sigv4_request){.method = "POST",
                                               .path = "/functions/a%20b/invocations",
                                               .query = "Qualifier=live",
                                               .headers = &received->headers,
                                               .body = "{}",
                                               .body_len = 2,
                                               .normalize = true};
    if (expires) {
        sigv4_presign(&received->request, &key, signed_at, expires, &sigv4, &received->query);
        received->request.query = buf_string(&received->query);
    } else {
        sigv4_sign(&received->request, &key, signed_at, &sigv4, &added);
    }
    for (size_t i = 0; i < added.count; i++)
        strlist_add(&received->headers, added.items[i]);
    sigv4_release(&sigv4);
    strlist_release(&added);
}

/* Verifies and releases; `code` is what the message has to start with, NULL: it has to succeed. */
static void expect(struct received *received, const char *code)
{
    struct sigv4_claim claim;
    struct err err = {0};
    int result = sigv4_claim(&received->request, &claim, &err);

    if (result == 0)
        result = sigv4_verify(&received->request, &claim, &received->key, received->now, &err);
    if (!code && result < 0)
        fail_msg("refused: %s", err.message);
    if (code && result == 0)
        fail_msg("accepted, should be refused with %s", code);
    if (code) {
        assert_int_equal(err.code, ERR_CREDENTIALS);
        assert_memory_equal(err.message, code, strlen(code));
        assert_memory_equal(err.message + strlen(code), ": ", 2);
    }
    strlist_release(&received->headers);
    buf_release(&received->query);
}

/* Replaces the header that starts with `name`; NULL removes it. */
static void set_header(struct received *received, const char *name, const char *line)
{
    struct strlist changed;

    strlist_init(&changed);
    for (size_t i = 0; i < received->headers.count; i++)
        if (strncmp(received->headers.items[i], name, strlen(name)) != 0)
            strlist_add(&changed, received->headers.items[i]);
    if (line)
        strlist_add(&changed, line);
    strlist_release(&received->headers);
    received->headers = changed;
}

static void accepts_what_was_signed(void **state)
{
    struct received received;

    (void)state;
    receive(&received, 0);
    expect(&received, NULL);
    receive(&received, 60);
    expect(&received, NULL);
    /* Headers on the way in another spelling and with more of them are the same request. */
    receive(&received, 0);
    set_header(&received, "X-Amz-Invocation-Type", "x-amz-invocation-type:   Event ");
    strlist_add(&received.headers, "User-Agent: something");
    expect(&received, NULL);
}

static void refuses_a_changed_request(void **state)
{
    struct received received;

    (void)state;
    for (int64_t expires = 0; expires <= 60; expires += 60) {
        receive(&received, expires);
        received.request.method = "GET";
        expect(&received, "SignatureDoesNotMatch");
        receive(&received, expires);
        received.request.path = "/functions/a%20c/invocations";
        expect(&received, "SignatureDoesNotMatch");
        receive(&received, expires);
        received.request.body = "[]";
        expect(&received, "SignatureDoesNotMatch");
        receive(&received, expires);
        set_header(&received, "Host", "Host: evil.example");
        expect(&received, "SignatureDoesNotMatch");
        receive(&received, expires);
        set_header(&received, "X-Amz-Invocation-Type", "X-Amz-Invocation-Type: DryRun");
        expect(&received, "SignatureDoesNotMatch");
        receive(&received, expires);
        set_header(&received, "X-Amz-Invocation-Type", NULL);
        expect(&received, "SignatureDoesNotMatch");
        receive(&received, expires);
        received.key.secret = "Secret";
        expect(&received, "SignatureDoesNotMatch");
    }
}

static void refuses_a_changed_query(void **state)
{
    struct received received;

    (void)state;
    receive(&received, 0);
    received.request.query = "Qualifier=other";
    expect(&received, "SignatureDoesNotMatch");
    receive(&received, 60);
    buf_puts(&received.query, "&more=1");
    received.request.query = buf_string(&received.query);
    expect(&received, "SignatureDoesNotMatch");
    receive(&received, 60);
    *strstr(received.query.data, "Expires=60") = 'e';
    expect(&received, "IncompleteSignature");
    receive(&received, 60);
    strstr(received.query.data, "Expires=60")[8] = '9';
    expect(&received, "SignatureDoesNotMatch");
}

static void checks_the_time(void **state)
{
    struct received received;

    (void)state;
    receive(&received, 0);
    received.now = signed_at + 14 * MINUTE;
    expect(&received, NULL);
    receive(&received, 0);
    received.now = signed_at + 16 * MINUTE;
    expect(&received, "RequestTimeTooSkewed");
    receive(&received, 0);
    received.now = signed_at - 16 * MINUTE;
    expect(&received, "RequestTimeTooSkewed");
    receive(&received, 3600);
    received.now = signed_at + 59 * MINUTE;
    expect(&received, NULL);
    receive(&received, 3600);
    received.now = signed_at + 61 * MINUTE;
    expect(&received, "AccessDenied");
    receive(&received, 3600);
    received.now = signed_at - 16 * MINUTE;
    expect(&received, "RequestTimeTooSkewed");
}

static void checks_the_token_and_the_hash(void **state)
{
    struct received received;

    (void)state;
    receive(&received, 0);
    received.key.token = "token";
    expect(&received, "InvalidClientTokenId");
    receive(&received, 0);
    received.key.token = "token";
    strlist_add(&received.headers, "X-Amz-Security-Token: other");
    expect(&received, "InvalidClientTokenId");
    receive(&received, 0);
    strlist_addf(&received.headers, "X-Amz-Content-Sha256: %064d", 0);
    expect(&received, "XAmzContentSHA256Mismatch");
    receive(&received, 0);
    strlist_add(&received.headers, "X-Amz-Content-Sha256: UNSIGNED-PAYLOAD");
    expect(&received, "SignatureDoesNotMatch");
}

static void wants_the_host_signed(void **state)
{
    struct strlist headers = {0};
    struct sigv4_request request = {
        .method = "GET", .path = "/", .headers = &headers, .normalize = true};
    struct sigv4_claim claim;
    struct sigv4 sigv4;
    struct strlist added = {0};
    struct err err = {0};

    (void)state;
    sigv4_sign(&request, &key, signed_at, &sigv4, &added);
    request.headers = &added;
    assert_int_equal(sigv4_claim(&request, &claim, &err), 0);
    assert_string_equal(claim.signed_headers, "x-amz-date");
    assert_int_equal(sigv4_verify(&request, &claim, &key, signed_at, &err), -1);
    sigv4_release(&sigv4);
    strlist_release(&added);
}

static void reads_claims(void **state)
{
#define GOOD                                                                                       \
    "AWS4-HMAC-SHA256 Credential=A/20251120/r/s/aws4_request, SignedHeaders=host, Signature="
#define DIGITS "0123456789012345678901234567890123456789012345678901234567890123"
    static const struct {
        const char *authorization, *date, *query, *code;
    } cases[] = {
        {GOOD DIGITS, "20251120T091500Z", NULL, NULL},
        {NULL, NULL, NULL, "MissingAuthenticationToken"},
        {NULL, NULL, "X-Amz-Signature=a", "IncompleteSignature"},
        {"Bearer x", "20251120T091500Z", NULL, "IncompleteSignature"},
        {GOOD "abc", "20251120T091500Z", NULL, "IncompleteSignature"},
        {GOOD DIGITS, NULL, NULL, "IncompleteSignature"},
        {GOOD DIGITS, "2025-11-20T09:15:00Z", NULL, "IncompleteSignature"},
        {GOOD DIGITS, "20251121T091500Z", NULL, "SignatureDoesNotMatch"},
        {"AWS4-HMAC-SHA256 Credential=A/20251120/r/s, SignedHeaders=host, Signature=" DIGITS,
         "20251120T091500Z", NULL, "IncompleteSignature"},
        {"AWS4-HMAC-SHA256 Credential=A/20251120/r//aws4_request, SignedHeaders=host, "
         "Signature=" DIGITS,
         "20251120T091500Z", NULL, "IncompleteSignature"},
        {"AWS4-HMAC-SHA256 Credential=A/20251120/r/s/aws5_request, SignedHeaders=host, "
         "Signature=" DIGITS,
         "20251120T091500Z", NULL, "IncompleteSignature"},
        {NULL, NULL,
         "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A%2F20251120%2Fr%2Fs%2Faws4_request&"
         "X-Amz-Date=20251120T091500Z&X-Amz-Expires=604801&X-Amz-SignedHeaders=host&"
         "X-Amz-Signature=" DIGITS,
         "AuthorizationQueryParametersError"},
        {NULL, NULL,
         "X-Amz-Algorithm=AWS4-HMAC-SHA1&X-Amz-Credential=A%2F20251120%2Fr%2Fs%2Faws4_request&"
         "X-Amz-Date=20251120T091500Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&"
         "X-Amz-Signature=" DIGITS,
         "AuthorizationQueryParametersError"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct strlist headers = {0};
        struct sigv4_request request = {
            .method = "GET", .path = "/", .query = cases[i].query, .headers = &headers};
        struct sigv4_claim claim;
        struct err err = {0};
        int result;

        if (cases[i].authorization)
            strlist_addf(&headers, "Authorization: %s", cases[i].authorization);
        if (cases[i].date)
            strlist_addf(&headers, "X-Amz-Date: %s", cases[i].date);
        result = sigv4_claim(&request, &claim, &err);
        if (cases[i].code)
            assert_memory_equal(err.message, cases[i].code, strlen(cases[i].code));
        assert_int_equal(result, cases[i].code ? -1 : 0);
        strlist_release(&headers);
    }
}

static void refuses_overlong_fields(void **state)
{
    struct strlist headers = {0};
    struct sigv4_request request = {.method = "GET", .path = "/", .headers = &headers};
    struct sigv4_claim claim;
    struct err err = {0};

    (void)state;
    strlist_add(&headers, "X-Amz-Date: 20251120T091500Z");
    strlist_addf(&headers,
                 "Authorization: AWS4-HMAC-SHA256 Credential=%0200d/20251120/r/s/aws4_request, "
                 "SignedHeaders=host, Signature=" DIGITS,
                 0);
    assert_int_equal(sigv4_claim(&request, &claim, &err), -1);
    strlist_release(&headers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_what_was_signed), cmocka_unit_test(refuses_a_changed_request),
        cmocka_unit_test(refuses_a_changed_query), cmocka_unit_test(checks_the_time),
        cmocka_unit_test(wants_the_host_signed),   cmocka_unit_test(checks_the_token_and_the_hash),
        cmocka_unit_test(refuses_overlong_fields), cmocka_unit_test(reads_claims),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
