/* TLS: whom the client trusts. The certificate is made here, for a server on loopback. */
#include "core/file.h"
#include "tests/unit/http_client.h"

// clang-format off
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

static const char *const variables[] = {"AWS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"};

static char *folder;

static void set_subject(X509 *certificate)
{
    X509_NAME *name = X509_get_subject_name(certificate);
    X509_EXTENSION *address = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "IP:127.0.0.1");

    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"stand-in", -1, -1,
                               0);
    X509_set_issuer_name(certificate, name);
    X509_add_ext(certificate, address, -1);
    X509_EXTENSION_free(address);
}

/* Writes cert.pem and key.pem, good for an hour. */
static void make_certificate(void)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    char *cert_path = file_join(folder, "cert.pem"), *key_path = file_join(folder, "key.pem");
    FILE *cert_file = fopen(cert_path, "w"), *key_file = fopen(key_path, "w");

    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    set_subject(certificate);
    X509_sign(certificate, key, EVP_sha256());
    PEM_write_X509(cert_file, certificate);
    PEM_write_PrivateKey(key_file, key, NULL, NULL, 0, NULL, NULL);
    fclose(cert_file);
    fclose(key_file);
    X509_free(certificate);
    EVP_PKEY_free(key);
    free(cert_path);
    free(key_path);
}

static int start_tls(void **state)
{
    struct err err;

    (void)state;
    folder = file_temporary_folder("fnctl-test-", &err);
    if (!folder)
        return -1;
    make_certificate();
    setenv("STAND_IN_TLS", folder, 1);
    for (size_t i = 0; i < sizeof(variables) / sizeof(*variables); i++)
        unsetenv(variables[i]);
    return stand_in_start(&server);
}

static int stop_tls(void **state)
{
    struct err err;

    stop_server(state);
    file_remove(folder, &err);
    free(folder);
    return 0;
}

/* GETs /ok over TLS; `words` are in the message when it fails, NULL: it has to succeed. */
static void expect(const char *scheme, const char *words)
{
    struct http_exchange exchange = {.method = "GET"};
    struct http *http = new_http(usual);
    struct err err = {0};
    int result;

    exchange.url = xasprintf("%s://127.0.0.1:%d/ok", scheme, server.port);
    result = http_perform(http, &exchange, 1, &err);
    if (!words && result < 0)
        fail_msg("%s", err.message);
    if (words) {
        assert_int_equal(result, -1);
        assert_int_equal(err.code, ERR_SERVICE);
        if (!strstr(err.message, words))
            fail_msg("\"%s\" is not in: %s", words, err.message);
    }
    http_free(http);
    done(&exchange);
}

static void refuses_a_certificate_it_does_not_know(void **state)
{
    (void)state;
    expect("https", "its certificate is not trusted");
    expect("https", "point AWS_CA_BUNDLE to");
}

static void trusts_the_given_file(void **state)
{
    char *path = file_join(folder, "cert.pem");

    (void)state;
    for (size_t i = 0; i < sizeof(variables) / sizeof(*variables); i++) {
        setenv(variables[i], path, 1);
        expect("https", NULL);
        unsetenv(variables[i]);
    }
    /* The first one counts. */
    setenv("SSL_CERT_FILE", path, 1);
    setenv("AWS_CA_BUNDLE", "/no/such/file", 1);
    expect("https", "the file of trusted certificates cannot be read");
    unsetenv("SSL_CERT_FILE");
    unsetenv("AWS_CA_BUNDLE");
    free(path);
}

static void fails_when_the_port_speaks_tls(void **state)
{
    (void)state;
    expect("http", "request to 127.0.0.1:");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_a_certificate_it_does_not_know),
        cmocka_unit_test(trusts_the_given_file),
        cmocka_unit_test(fails_when_the_port_speaks_tls),
    };

    return cmocka_run_group_tests(tests, start_tls, stop_tls);
}
