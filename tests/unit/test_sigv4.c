/*
 * Signatures against three sets of vectors, each stage compared: our own (made
 * with botocore, committed), AWS's signing test suite and botocore's. The latter
 * two are read from FNCTL_SIGV4_DATA or ../shared/data/sigv4, where they are.
 */
#include "core/file.h"
#include "core/memory.h"
#include "providers/aws/wire/canonical.h"
#include "providers/aws/wire/sigv4.h"

// clang-format off
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <ctype.h>
#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SUITE_SIGNATURES = 76,
    BOTOCORE_CASES = 34,
};

/* A case: what goes in and what each stage has to be. All strings owned by `keep`. */
struct vector {
    char *name;
    struct sigv4_request request;
    struct sigv4_key key;
    struct strlist headers;
    struct strlist keep;
    int64_t now;
    int64_t expires; /* presigned; 0: by header */
    const char *canonical, *string, *signature;
};

static const char *keep(struct vector *vector, char *text)
{
    strlist_take(&vector->keep, text);
    return text;
}

static void vector_release(struct vector *vector)
{
    strlist_release(&vector->headers);
    strlist_release(&vector->keep);
    free(vector->name);
}

/* Has a server verify what was signed. */
static void check_verifies(const struct vector *vector, const struct strlist *added,
                           const char *query)
{
    struct sigv4_request received = vector->request;
    struct sigv4_claim claim;
    struct strlist headers;
    struct err err = {0};

    strlist_init(&headers);
    for (size_t i = 0; i < vector->headers.count; i++)
        strlist_add(&headers, vector->headers.items[i]);
    for (size_t i = 0; i < added->count; i++)
        strlist_add(&headers, added->items[i]);
    received.headers = &headers;
    received.query = query;
    if (!canonical_header(&headers, "x-amz-content-sha256") && !vector->expires)
        received.payload_hash = NULL;
    assert_int_equal(sigv4_claim(&received, &claim, &err), 0);
    assert_string_equal(claim.key_id, vector->key.id);
    assert_string_equal(claim.region, vector->key.region);
    assert_string_equal(claim.service, vector->key.service);
    assert_int_equal(claim.expires, vector->expires);
    if (sigv4_verify(&received, &claim, &vector->key, vector->now + 1000, &err) < 0)
        fail_msg("%s does not verify: %s", vector->name, err.message);
    strlist_release(&headers);
}

static void check(const struct vector *vector)
{
    struct sigv4 sigv4 = {0};
    struct strlist added;
    struct buf query;

    strlist_init(&added);
    buf_init(&query, 0);
    if (vector->expires)
        sigv4_presign(&vector->request, &vector->key, vector->now, vector->expires, &sigv4, &query);
    else
        sigv4_sign(&vector->request, &vector->key, vector->now, &sigv4, &added);
    if (strcmp(buf_string(&sigv4.canonical_request), vector->canonical) != 0)
        print_error("%s: canonical request\n", vector->name);
    assert_string_equal(buf_string(&sigv4.canonical_request), vector->canonical);
    assert_string_equal(buf_string(&sigv4.string_to_sign), vector->string);
    assert_string_equal(sigv4.signature, vector->signature);
    check_verifies(vector, &added, vector->expires ? buf_string(&query) : vector->request.query);
    sigv4_release(&sigv4);
    strlist_release(&added);
    buf_release(&query);
}

/* A file without a line break at its end; NULL when there is none. */
static char *slurp(const char *folder, const char *name)
{
    char *path = file_join(folder, name);
    struct buf text;
    struct err err;

    buf_init(&text, 0);
    if (!file_exists(path) || file_read(path, 0, &text, &err) < 0) {
        free(path);
        return NULL;
    }
    free(path);
    return buf_take(&text);
}

static const char *need(struct vector *vector, const char *folder, const char *prefix,
                        const char *suffix)
{
    char *name = xasprintf("%s%s", prefix, suffix);
    char *text = slurp(folder, name);

    if (!text)
        fail_msg("%s has no %s", folder, name);
    free(name);
    return keep(vector, text);
}

/* Reads "METHOD target HTTP/1.1", headers (folded lines joined), and the body. */
static void parse_request(struct vector *vector, char *text)
{
    struct sigv4_request *request = &vector->request;
    char *line = strsep(&text, "\n");
    char *target = strchr(line, ' ') + 1;
    char *query;

    *strrchr(line, ' ') = '\0';
    target[-1] = '\0';
    request->method = line;
    request->path = target;
    query = strchr(target, '?');
    if (query)
        *query++ = '\0';
    request->query = query;
    while ((line = strsep(&text, "\n")) && *line) {
        if (isspace((unsigned char)*line)) {
            char **last = &vector->headers.items[vector->headers.count - 1];
            char *joined = xasprintf("%s %s", *last, line);

            free(*last);
            *last = joined;
        } else if (strncmp(line, "X-Amz-Date:", 11) != 0) {
            strlist_add(&vector->headers, line);
        }
    }
    request->body = text ? text : "";
    request->body_len = strlen(text ? text : "");
    request->headers = &vector->headers;
}

static void load_context(struct vector *vector, const char *folder)
{
    char *text = slurp(folder, "context.json");
    json_t *root = json_loads(text, 0, NULL);
    const char *id, *secret, *token = NULL, *region, *service, *time;
    int normalize, sign_body, omit = 0, expires;

    assert_non_null(root);
    assert_int_equal(json_unpack(root, "{s:{s:s,s:s,s?s},s:s,s:s,s:s,s:b,s:b,s?b,s:i}",
                                 "credentials", "access_key_id", &id, "secret_access_key", &secret,
                                 "token", &token, "region", &region, "service", &service,
                                 "timestamp", &time, "normalize", &normalize, "sign_body",
                                 &sign_body, "omit_session_token", &omit, "expiration_in_seconds",
                                 &expires),
                     0);
    vector->key = (struct sigv4_key){keep(vector, xstrdup(id)), keep(vector, xstrdup(secret)),
                                     token ? keep(vector, xstrdup(token)) : NULL,
                                     keep(vector, xstrdup(region)), keep(vector, xstrdup(service))};
    vector->request.normalize = normalize;
    vector->request.hash_header = sign_body && !vector->expires;
    vector->request.omit_token = omit;
    vector->expires = vector->expires ? expires : 0;
    assert_int_equal(clock_parse(time, &vector->now), 0);
    json_decref(root);
    free(text);
}

static void check_suite_case(const char *folder, const char *name, bool presigned)
{
    struct vector vector = {.name = xasprintf("%s (%s)", name, presigned ? "query" : "header"),
                            .expires = presigned};
    const char *prefix = presigned ? "query-" : "header-";

    parse_request(&vector, (char *)(uintptr_t)need(&vector, folder, "request", ".txt"));
    load_context(&vector, folder);
    vector.canonical = need(&vector, folder, prefix, "canonical-request.txt");
    vector.string = need(&vector, folder, prefix, "string-to-sign.txt");
    vector.signature = need(&vector, folder, prefix, "signature.txt");
    check(&vector);
    vector_release(&vector);
}

/* The folder `name` in the data, or NULL, loudly. */
static char *find_data(const char *name)
{
    const char *given = getenv("FNCTL_SIGV4_DATA");
    char *path = file_join(given && *given ? given : "../shared/data/sigv4", name);

    if (file_is_folder(path))
        return path;
    print_message("SKIPPED: there is no '%s'; set FNCTL_SIGV4_DATA to the folder of the public "
                  "signing test suites\n",
                  path);
    free(path);
    return NULL;
}

static void agrees_with_the_signing_test_suite(void **state)
{
    char *root = find_data("tests/aws-signing-test-suite/v4");
    int signatures = 0;
    const struct dirent *entry;
    DIR *folder;

    (void)state;
    if (!root)
        skip();
    folder = opendir(root);
    assert_non_null(folder);
    while ((entry = readdir(folder))) {
        char *path = file_join(root, entry->d_name);

        if (entry->d_name[0] != '.') {
            check_suite_case(path, entry->d_name, false);
            check_suite_case(path, entry->d_name, true);
            signatures += 2;
        }
        free(path);
    }
    closedir(folder);
    free(root);
    assert_int_equal(signatures, SUITE_SIGNATURES);
}

/* The session token of the case that comes without one in its request. */
static const char session_token[] =
    "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267";

/* One of botocore's: NAME.req, .creq, .sts, .authz. */
static void check_botocore_case(const char *folder, const char *name)
{
    struct vector vector = {.name = xstrdup(name)};
    const char *authorization;

    parse_request(&vector, (char *)(uintptr_t)need(&vector, folder, name, ".req"));
    vector.key = (struct sigv4_key){"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", NULL,
                                    "us-east-1", "service"};
    vector.request.normalize = true;
    vector.now = 1440938160000; /* 2015-08-30T12:36:00Z */
    vector.canonical = need(&vector, folder, name, ".creq");
    vector.string = need(&vector, folder, name, ".sts");
    authorization = need(&vector, folder, name, ".authz");
    if (strstr(vector.canonical, "\nx-amz-security-token:") &&
        !canonical_header(&vector.headers, "x-amz-security-token"))
        vector.key.token = session_token;
    vector.signature = strstr(authorization, "Signature=") + strlen("Signature=");
    check(&vector);
    vector_release(&vector);
}

static int walk_botocore(const char *root)
{
    const struct dirent *entry;
    DIR *folder = opendir(root);
    int cases = 0;

    assert_non_null(folder);
    while ((entry = readdir(folder))) {
        char *path = file_join(root, entry->d_name);
        const char *dot = strrchr(entry->d_name, '.');

        if (entry->d_name[0] != '.' && file_is_folder(path)) {
            cases += walk_botocore(path);
        } else if (dot && strcmp(dot, ".req") == 0) {
            char *name = xstrndup(entry->d_name, (size_t)(dot - entry->d_name));

            check_botocore_case(root, name);
            free(name);
            cases++;
        }
        free(path);
    }
    closedir(folder);
    return cases;
}

static void agrees_with_botocores_cases(void **state)
{
    char *root = find_data("botocore-aws4/tests/unit/auth/aws4_testsuite");

    (void)state;
    if (!root)
        skip();
    assert_int_equal(walk_botocore(root), BOTOCORE_CASES);
    free(root);
}

static void check_own(const json_t *item)
{
    struct vector vector = {0};
    struct sigv4_request *request = &vector.request;
    const char *name, *time;
    json_t *headers, *header;
    int expires = 0;
    size_t index;

    assert_int_equal(
        json_unpack((json_t *)(uintptr_t)item,
                    "{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:o,s:s,s:s,s:s,s:s,s?s,s?s,s?i}", "name",
                    &name, "service", &vector.key.service, "region", &vector.key.region, "key",
                    &vector.key.id, "secret", &vector.key.secret, "time", &time, "method",
                    &request->method, "path", &request->path, "query", &request->query, "headers",
                    &headers, "body", &request->body, "canonical", &vector.canonical, "string",
                    &vector.string, "signature", &vector.signature, "token", &vector.key.token,
                    "payload", &request->payload_hash, "expires", &expires),
        0);
    json_array_foreach (headers, index, header)
        strlist_add(&vector.headers, json_string_value(header));
    vector.name = xstrdup(name);
    vector.expires = expires;
    request->headers = &vector.headers;
    request->body_len = strlen(request->body);
    request->s3 = strcmp(vector.key.service, "s3") == 0;
    request->normalize = !request->s3;
    request->hash_header = request->s3 && !expires;
    assert_int_equal(clock_parse(time, &vector.now), 0);
    check(&vector);
    vector_release(&vector);
}

static void agrees_with_our_own_vectors(void **state)
{
    json_t *root = json_load_file("tests/fixtures/sigv4/vectors.json", 0, NULL);
    const json_t *item;
    size_t index;

    (void)state;
    assert_int_equal(json_array_size(root), 25);
    json_array_foreach (root, index, item)
        check_own(item);
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_our_own_vectors),
        cmocka_unit_test(agrees_with_the_signing_test_suite),
        cmocka_unit_test(agrees_with_botocores_cases),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
