#include "core/file.h"
#include "core/memory.h"
#include "providers/aws/credential_process.h"
#include "providers/aws/credentials.h"

// clang-format off
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *const variables[] = {"AWS_CONFIG_FILE",
                                        "AWS_SHARED_CREDENTIALS_FILE",
                                        "AWS_PROFILE",
                                        "AWS_ACCESS_KEY_ID",
                                        "AWS_SECRET_ACCESS_KEY",
                                        "AWS_SESSION_TOKEN",
                                        "AWS_WEB_IDENTITY_TOKEN_FILE"};

static char *home;
static int64_t now = 1763630100000; /* 2025-11-20T09:15:00Z */

static int64_t read_now(void *context)
{
    (void)context;
    return now;
}

static const struct clock still = {.now = read_now};

static int make_home(void **state)
{
    struct err err;

    (void)state;
    home = file_temporary_folder("fnctl-test-", &err);
    setenv("HOME", home, 1);
    for (size_t i = 0; i < sizeof(variables) / sizeof(*variables); i++)
        unsetenv(variables[i]);
    now = 1763630100000;
    return home ? 0 : -1;
}

static int remove_home(void **state)
{
    struct err err;

    (void)state;
    file_remove(home, &err);
    free(home);
    return 0;
}

static void write_home(const char *name, mode_t mode, const char *text)
{
    char *path = file_join(home, name);
    char *folder = file_folder(path);
    struct err err;

    assert_int_equal(file_make_folder(folder, 0700, &err), 0);
    assert_int_equal(file_write(path, text, strlen(text), mode, &err), 0);
    free(folder);
    free(path);
}

static struct credentials *find(const char *profile, struct err *err)
{
    struct aws_config *config = aws_config_read(err);
    struct credentials *credentials;

    *err = (struct err){0};
    assert_non_null(config);
    credentials = credentials_find(config, profile, &still, err);
    aws_config_free(config);
    return credentials;
}

/* Finds credentials and compares the key. */
static void expect_key(const char *profile, const char *id, const char *secret, const char *token)
{
    struct credentials_key key;
    struct err err;
    struct credentials *credentials = find(profile, &err);

    if (!credentials || credentials_get(credentials, &key, &err) < 0)
        fail_msg("%s", err.message);
    assert_string_equal(key.id, id);
    assert_string_equal(key.secret, secret);
    if (token)
        assert_string_equal(key.token, token);
    else
        assert_null(key.token);
    credentials_key_release(&key);
    assert_null(key.secret);
    credentials_free(credentials);
}

/* Expects that nothing is found, or that what is found does not work. */
static void expect_error(const char *profile, const char *words)
{
    struct credentials_key key = {0};
    struct err err;
    struct credentials *credentials = find(profile, &err);

    if (credentials && credentials_get(credentials, &key, &err) == 0)
        fail_msg("found credentials, expected: %s", words);
    assert_int_equal(err.code, ERR_CREDENTIALS);
    if (!strstr(err.message, words))
        fail_msg("\"%s\" is not in: %s", words, err.message);
    credentials_free(credentials);
}

static void reads_the_environment_first(void **state)
{
    (void)state;
    write_home(".aws/credentials", 0600,
               "[default]\naws_access_key_id = FILE\naws_secret_access_key = file\n"
               "[work]\naws_access_key_id = WORK\naws_secret_access_key = work\n");
    setenv("AWS_ACCESS_KEY_ID", "ENV", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "env", 1);
    expect_key(NULL, "ENV", "env", NULL);
    setenv("AWS_SESSION_TOKEN", "token", 1);
    expect_key(NULL, "ENV", "env", "token");
    /* AWS_PROFILE does not win over keys in the environment, --profile does. */
    setenv("AWS_PROFILE", "work", 1);
    expect_key(NULL, "ENV", "env", "token");
    expect_key("work", "WORK", "work", NULL);
    setenv("AWS_ACCESS_KEY_ID", "", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "", 1);
    expect_key(NULL, "WORK", "work", NULL);
}

static void reads_profiles(void **state)
{
    (void)state;
    write_home(".aws/config", 0600,
               "[profile conf]\naws_access_key_id = CONF\naws_secret_access_key = conf\n"
               "aws_session_token = t\n[profile both]\ncredential_process = false\n");
    write_home(".aws/credentials", 0600,
               "[both]\naws_access_key_id = BOTH\naws_secret_access_key = both/+=\n");
    expect_key("conf", "CONF", "conf", "t");
    expect_key("both", "BOTH", "both/+=", NULL);
}

static void says_what_is_missing(void **state)
{
    (void)state;
    expect_error(NULL, "no AWS credentials: looked for AWS_ACCESS_KEY_ID");
    expect_error("nope", "there is no profile 'nope'");
    setenv("AWS_PROFILE", "nope2", 1);
    expect_error(NULL, "there is no profile 'nope2'");
    unsetenv("AWS_PROFILE");
    setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "/x", 1);
    expect_error(NULL, "web identity (AWS_WEB_IDENTITY_TOKEN_FILE), which is not supported yet");
    setenv("AWS_ACCESS_KEY_ID", "ENV", 1);
    expect_error(NULL, "the secret is missing");
    setenv("AWS_SECRET_ACCESS_KEY", "with blank", 1);
    expect_error(NULL, "blanks or line breaks in the secret access key");
    setenv("AWS_SECRET_ACCESS_KEY", "s", 1);
    setenv("AWS_ACCESS_KEY_ID", "A\n", 1);
    expect_error(NULL, "blanks or line breaks in the access key ID");
    write_home(".aws/credentials", 0600, "[half]\naws_secret_access_key = half\n");
    expect_error("half", "the ID is missing");
}

static void names_sources_it_does_not_read(void **state)
{
    static const char *const cases[][2] = {
        {"role_arn = arn:aws:iam::1:role/x\nsource_profile = default\n", "an assumed role"},
        {"sso_session = s\nsso_account_id = 1\nsso_role_name = r\n", "IAM Identity Center"},
        {"sso_start_url = https://x\n", "IAM Identity Center"},
        {"web_identity_token_file = /x\n", "a web identity"},
        {"login_session = arn\n", "a console login"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char *text = xasprintf("[profile p]\n%s", cases[i][0]);

        write_home(".aws/config", 0600, text);
        expect_error("p", cases[i][1]);
        expect_error("p", "is not supported yet");
        free(text);
    }
}

/* A program that prints `json` and counts its runs in a file beside it. */
static void write_process(const char *json)
{
    char *program = xasprintf("#!/bin/sh\necho run >>\"$0.runs\"\necho \"$1\" >>\"$0.words\"\n"
                              "cat <<'EOF'\n%s\nEOF\n",
                              json);
    char *config = xasprintf("[profile p]\ncredential_process = \"%s/my process\" 'a b'\n", home);

    write_home("my process", 0700, program);
    write_home(".aws/config", 0600, config);
    free(program);
    free(config);
}

static size_t count_runs(void)
{
    char *path = file_join(home, "my process.runs");
    struct buf text;
    struct err err;
    size_t runs;

    buf_init(&text, 0);
    runs = file_exists(path) && file_read(path, 0, &text, &err) == 0 ? text.len / 4 : 0;
    buf_release(&text);
    free(path);
    return runs;
}

static void runs_a_process(void **state)
{
    (void)state;
    write_process("{\"Version\": 1, \"AccessKeyId\": \"P\", \"SecretAccessKey\": \"p\", "
                  "\"SessionToken\": \"t\"}");
    expect_key("p", "P", "p", "t");
    assert_int_equal(count_runs(), 1);
}

static void runs_a_process_again_before_the_end(void **state)
{
    struct credentials_key key;
    struct credentials *credentials;
    struct err err;

    (void)state;
    write_process("{\"Version\": 1, \"AccessKeyId\": \"P\", \"SecretAccessKey\": \"p\", "
                  "\"Expiration\": \"2025-11-20T10:15:00Z\"}");
    credentials = find("p", &err);
    assert_int_equal(count_runs(), 0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(credentials_get(credentials, &key, &err), 0);
        credentials_key_release(&key);
        now += 25 * 60 * 1000;
    }
    /* At 0 and 25 minutes the first ones were good; 50 is before the last five minutes too. */
    assert_int_equal(count_runs(), 1);
    now = 1763630100000 + 56 * 60 * 1000;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(credentials_get(credentials, &key, &err), 0);
        credentials_key_release(&key);
    }
    assert_int_equal(count_runs(), 2);
    now = 1763630100000 + 61 * 60 * 1000;
    assert_int_equal(credentials_get(credentials, &key, &err), -1);
    assert_non_null(strstr(err.message, "expired already"));
    credentials_free(credentials);
}

static void says_why_a_process_failed(void **state)
{
    (void)state;
    write_process("nonsense");
    expect_error("p", "did not print a JSON object");
    write_process("{\"Version\": 2}");
    expect_error("p", "did not print \"Version\": 1");
    write_process("{\"Version\": 1, \"AccessKeyId\": \"P\"}");
    expect_error("p", "the secret is missing");
    write_process("{\"Version\": 1, \"AccessKeyId\": \"P\", \"SecretAccessKey\": \"p\", "
                  "\"Expiration\": \"soon\"}");
    expect_error("p", "no RFC 3339 time");
    write_home(".aws/config", 0600,
               "[profile p]\ncredential_process = sh -c 'echo the vault is locked >&2; exit 3'\n");
    expect_error("p", "'sh' ended with status 3: the vault is locked");
    write_home(".aws/config", 0600, "[profile p]\ncredential_process = no-such-program-here\n");
    expect_error("p", "cannot run 'no-such-program-here'");
    write_home(".aws/config", 0600, "[profile p]\ncredential_process = sh 'unclosed\n");
    expect_error("p", "is not closed");
}

static void splits_words_like_a_shell(void **state)
{
    static const char *const cases[][2] = {
        {"a b  c", "a|b|c"},        {" 'a b' \"c d\"e ", "a b|c de"},
        {"a\\ b", "a b"},           {"\"a\\\"b\\n\"", "a\"b\\n"},
        {"'a\\b'", "a\\b"},         {"a '' b", "a||b"},
        {"$HOME ; *", "$HOME|;|*"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct strlist words;
        struct err err;
        char *joined;

        strlist_init(&words);
        assert_int_equal(credential_process_split(cases[i][0], &words, &err), 0);
        joined = strlist_join(&words, "|");
        assert_string_equal(joined, cases[i][1]);
        free(joined);
        strlist_release(&words);
    }
}

static void hands_out_given_ones(void **state)
{
    struct credentials *credentials = credentials_given("ID", "secret", NULL);
    struct credentials_key key;
    struct err err;

    (void)state;
    assert_int_equal(credentials_get(credentials, &key, &err), 0);
    assert_string_equal(key.id, "ID");
    assert_string_equal(key.secret, "secret");
    assert_null(key.token);
    credentials_key_release(&key);
    credentials_free(credentials);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, make_home, remove_home)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reads_the_environment_first),
        TEST(reads_profiles),
        TEST(says_what_is_missing),
        TEST(names_sources_it_does_not_read),
        TEST(runs_a_process),
        TEST(runs_a_process_again_before_the_end),
        TEST(says_why_a_process_failed),
        TEST(splits_words_like_a_shell),
        TEST(hands_out_given_ones),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
