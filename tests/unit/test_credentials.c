#include "core/file.h"
#include "core/memory.h"
#include "providers/aws/identity/credential_process.h"
#include "providers/aws/identity/credentials.h"

// clang-format off
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *const variables[] = {"AWS_CONFIG_FILE",
                                        "AWS_SHARED_CREDENTIALS_FILE",
                                        "AWS_PROFILE",
                                        "AWS_ACCESS_KEY_ID",
                                        "AWS_SECRET_ACCESS_KEY",
                                        "AWS_SESSION_TOKEN",
                                        "AWS_CREDENTIAL_EXPIRATION",
                                        "AWS_DEFAULT_PROFILE",
                                        "AWS_WEB_IDENTITY_TOKEN_FILE",
                                        "AWS_ROLE_ARN",
                                        "AWS_ROLE_SESSION_NAME",
                                        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
                                        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                                        "ACTIONS_ID_TOKEN_REQUEST_URL",
                                        "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
                                        "AWS_METADATA_SERVICE_TIMEOUT",
                                        "AWS_ENDPOINT_URL"};

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
    /* Most machines that run this are no instance of EC2, and no test asks whether this one is. */
    setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
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
    credentials = credentials_find(
        &(struct credentials_options){
            .config = config, .profile = profile, .region = "eu-west-1", .clock = &still},
        err);
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
    expect_error(NULL, "no AWS credentials for profile 'default': looked, in this order, for "
                       "AWS_ACCESS_KEY_ID in the environment, ");
    expect_error(NULL, "keys in ~/.aws/credentials, a credential_process, keys in ~/.aws/config, a "
                       "container's role");
    expect_error("nope", "there is no profile 'nope'");
    setenv("AWS_PROFILE", "nope2", 1);
    expect_error(NULL, "there is no profile 'nope2'");
    unsetenv("AWS_PROFILE");
    setenv("AWS_DEFAULT_PROFILE", "nope3", 1);
    expect_error(NULL, "there is no profile 'nope3'");
    unsetenv("AWS_DEFAULT_PROFILE");
    setenv("AWS_SECRET_ACCESS_KEY", "s", 1);
    expect_error(NULL, "(AWS_SECRET_ACCESS_KEY is set, but not AWS_ACCESS_KEY_ID)");
    setenv("AWS_SECRET_ACCESS_KEY", "with blank", 1);
    setenv("AWS_ACCESS_KEY_ID", "ENV", 1);
    expect_error(NULL, "that no key has in the secret access key");
    unsetenv("AWS_SECRET_ACCESS_KEY");
    expect_error(NULL, "the secret is missing");
    setenv("AWS_SECRET_ACCESS_KEY", "s", 1);
    setenv("AWS_ACCESS_KEY_ID", "A\n", 1);
    expect_error(NULL, "that no key has in the access key ID");
    setenv("AWS_ACCESS_KEY_ID", "A", 1);
    setenv("AWS_SESSION_TOKEN", "t\r\nX: y", 1);
    expect_error(NULL, "that no key has in the session token");
    write_home(".aws/credentials", 0600, "[half]\naws_access_key_id = half\n");
    expect_error("half", "the secret is missing");
}

static void refuses_keys_that_have_ended(void **state)
{
    (void)state;
    setenv("AWS_ACCESS_KEY_ID", "ENV", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "env", 1);
    setenv("AWS_CREDENTIAL_EXPIRATION", "2025-11-20T09:15:01Z", 1);
    expect_key(NULL, "ENV", "env", NULL);
    setenv("AWS_CREDENTIAL_EXPIRATION", "2025-11-20T09:15:00Z", 1);
    expect_error(NULL, "the keys in the environment ended at 2025-11-20T09:15:00Z");
    setenv("AWS_CREDENTIAL_EXPIRATION", "tomorrow", 1);
    expect_error(NULL, "is no RFC 3339 time");
}

/* Profiles that are written wrongly are found out without a request. */
static void says_what_is_wrong_with_a_profile(void **state)
{
    static const char keys[] = "aws_access_key_id = A\naws_secret_access_key = s\n";
    static const struct {
        const char *config;
        const char *words;
    } cases[] = {
        {"role_arn = r\n", "but neither source_profile, credential_source nor"},
        {"role_arn = r\nsource_profile = x\ncredential_source = Environment\n",
         "both source_profile and credential_source"},
        {"role_arn = r\nsource_profile = x\n", "its source_profile 'x' does not exist"},
        {"role_arn = r\nsource_profile = p\n", "leads back to itself"},
        {"role_arn = r\nsource_profile = q\n[profile q]\nrole_arn = r\nsource_profile = p\n",
         "profile 'p' cannot be used: profile 'q' cannot be used: its source_profile 'p' leads "
         "back"},
        {"role_arn = r\nsource_profile = q\n[profile q]\nregion = x\n",
         "its source_profile 'q' has no credentials"},
        {"role_arn = r\ncredential_source = Environment\n",
         "its credential_source Environment has no credentials"},
        {"role_arn = r\ncredential_source = Ec2InstanceMetadata\n",
         "its credential_source Ec2InstanceMetadata has no credentials"},
        {"role_arn = r\ncredential_source = environment\n",
         "it must be Environment, EcsContainer or Ec2InstanceMetadata"},
        {"role_arn = r\nsource_profile = p\nduration_seconds = 10\n%k",
         "its duration_seconds is '10'; it must be a number from 900 to 43200"},
        {"role_arn = r\nsource_profile = p\nduration_seconds = 1h\n%k", "is '1h'; it must be"},
        {"web_identity_token_file = /x\n", "but no role to take with it; set AWS_ROLE_ARN"},
        {"web_identity_token_file = /x\nrole_arn = r\n", "cannot read '/x'"},
        {"sso_account_id = 1\n", "lacks sso_role_name, which goes with its sso_account_id"},
        {"sso_account_id = 1\nsso_role_name = r\n", "neither sso_session nor sso_start_url"},
        {"sso_account_id = 1\nsso_role_name = r\nsso_session = s\n",
         "names the sso-session 's', which is not in"},
        {"sso_account_id = 1\nsso_role_name = r\nsso_session = s\n[sso-session s]\n",
         "sso-session 's' lacks sso_start_url"},
        {"sso_account_id = 1\nsso_role_name = r\nsso_session = s\nsso_region = a\n"
         "[sso-session s]\nsso_region = b\nsso_start_url = https://x\n",
         "differ in sso_region"},
        {"sso_account_id = 1\nsso_role_name = r\nsso_start_url = u\nsso_region = /../\n",
         "is no AWS region"},
        {"sso_account_id = 1\nsso_role_name = r\nsso_start_url = u\nsso_region = eu-west-1\n",
         "not signed in to IAM Identity Center (there is no token); run 'fnctl login --profile p'"},
        {"login_session = arn\n", "a console login (login_session), which is not supported"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const char *mark = strstr(cases[i].config, "%k");
        char *text = xasprintf("[profile p]\n%.*s%s",
                               mark ? (int)(mark - cases[i].config) : (int)strlen(cases[i].config),
                               cases[i].config, mark ? keys : "");

        write_home(".aws/config", 0600, text);
        expect_error("p", cases[i].words);
        free(text);
    }
}

static void guards_the_address_of_a_container(void **state)
{
    static const char *const bad[] = {
        "http://example.com/x",
        "http://127.0.0.1.example.com/",
        "http://localhost@evil.com/",
        "http://169.254.169.254/x",
        "ftp://localhost/",
        "http://[::2]/",
        "http://[::1].example.com/x",
        "http://2130706433/",
        "http://127.0.0.1\\@evil.com/",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", bad[i], 1);
        expect_error(NULL, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
    }
    setenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "@evil.com/", 1);
    expect_error(NULL, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI must start with '/'");
}

/* Which source it is, without asking it. */
static void expect_source(const char *profile, const char *words)
{
    struct err err;
    struct credentials *credentials = find(profile, &err);

    if (!credentials)
        fail_msg("%s", err.message);
    if (!strstr(credentials_source(credentials), words))
        fail_msg("\"%s\" is not in: %s", words, credentials_source(credentials));
    credentials_free(credentials);
}

static void takes_github_only_where_nothing_else_is_meant(void **state)
{
    (void)state;
    write_home(".aws/config", 0600,
               "[default]\naws_access_key_id = D\naws_secret_access_key = d\n"
               "[profile role]\nrole_arn = r\n"
               "[profile chain]\nrole_arn = r\nsource_profile = default\n");
    setenv("AWS_ROLE_ARN", "arn", 1);
    expect_source(NULL, "profile 'default' in");
    setenv("ACTIONS_ID_TOKEN_REQUEST_URL", "http://127.0.0.1:1/?x=y", 1);
    expect_source(NULL, "profile 'default' in");
    setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "bearer", 1);
    expect_source(NULL, "role 'arn' and GitHub's OIDC token");
    expect_source("default", "profile 'default' in");
    expect_source("role", "role 'r' and GitHub's OIDC token");
    expect_source("chain", "role 'r' of profile 'chain'");
    setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "/token", 1);
    expect_source(NULL, "role 'arn' and web identity '/token'");
    setenv("AWS_ACCESS_KEY_ID", "E", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "e", 1);
    expect_source(NULL, "the environment");
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

static void uses_what_it_has_while_the_source_fails(void **state)
{
    struct credentials_key key;
    struct credentials *credentials;
    struct err err = {0};

    (void)state;
    write_process("{\"Version\": 1, \"AccessKeyId\": \"P\", \"SecretAccessKey\": \"p\", "
                  "\"Expiration\": \"2025-11-20T10:15:00Z\"}");
    credentials = find("p", &err);
    assert_int_equal(credentials_get(credentials, &key, &err), 0);
    credentials_key_release(&key);
    write_process("the vault is locked");
    now += 56 * 60 * 1000;
    assert_int_equal(credentials_get(credentials, &key, &err), 0);
    assert_string_equal(key.id, "P");
    assert_int_equal(err.code, ERR_NONE);
    credentials_key_release(&key);
    assert_int_equal(count_runs(), 2);
    /* It is not asked again at once. */
    assert_int_equal(credentials_get(credentials, &key, &err), 0);
    credentials_key_release(&key);
    assert_int_equal(count_runs(), 2);
    now += 3 * 60 * 1000 + 45 * 1000;
    assert_int_equal(credentials_get(credentials, &key, &err), -1);
    assert_non_null(strstr(err.message, "did not print a JSON object"));
    credentials_free(credentials);
}

static void *get_one(void *context)
{
    struct credentials_key key;
    struct err err;
    bool good = credentials_get(context, &key, &err) == 0 && strcmp(key.id, "P") == 0;

    credentials_key_release(&key);
    return good ? context : NULL;
}

static void asks_once_for_many_threads(void **state)
{
    struct credentials *credentials;
    pthread_t threads[8];
    void *good;
    struct err err;

    (void)state;
    write_process("{\"Version\": 1, \"AccessKeyId\": \"P\", \"SecretAccessKey\": \"p\", "
                  "\"Expiration\": \"2025-11-20T10:15:00Z\"}");
    credentials = find("p", &err);
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, get_one, credentials), 0);
    for (size_t i = 0; i < 8; i++) {
        pthread_join(threads[i], &good);
        assert_non_null(good);
    }
    assert_int_equal(count_runs(), 1);
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
        TEST(refuses_keys_that_have_ended),
        TEST(says_what_is_wrong_with_a_profile),
        TEST(guards_the_address_of_a_container),
        TEST(takes_github_only_where_nothing_else_is_meant),
        TEST(runs_a_process),
        TEST(runs_a_process_again_before_the_end),
        TEST(uses_what_it_has_while_the_source_fails),
        TEST(asks_once_for_many_threads),
        TEST(says_why_a_process_failed),
        TEST(splits_words_like_a_shell),
        TEST(hands_out_given_ones),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
