#include "core/file.h"
#include "core/memory.h"
#include "providers/aws/identity/config.h"
#include "providers/aws/identity/config_file.h"

// clang-format off
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <string.h>

static const char *const variables[] = {"AWS_CONFIG_FILE",
                                        "AWS_SHARED_CREDENTIALS_FILE",
                                        "AWS_PROFILE",
                                        "AWS_REGION",
                                        "AWS_DEFAULT_REGION",
                                        "AWS_ENDPOINT_URL",
                                        "AWS_ENDPOINT_URL_LOGS",
                                        "AWS_ENDPOINT_URL_LAMBDA",
                                        "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS",
                                        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"};

static char *home;

/* A home folder with nothing in it, and an environment that says nothing of AWS. */
static int make_home(void **state)
{
    struct err err;

    (void)state;
    home = file_temporary_folder("fnctl-test-", &err);
    setenv("HOME", home, 1);
    for (size_t i = 0; i < sizeof(variables) / sizeof(*variables); i++)
        unsetenv(variables[i]);
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

static void write_home(const char *name, const char *text)
{
    char *path = file_join(home, name);
    char *folder = file_folder(path);
    struct err err;

    assert_int_equal(file_make_folder(folder, 0700, &err), 0);
    assert_int_equal(file_write(path, text, strlen(text), 0600, &err), 0);
    free(folder);
    free(path);
}

static struct aws_config *read_config(void)
{
    struct err err = {0};
    struct aws_config *config = aws_config_read(&err);

    if (!config)
        fail_msg("%s", err.message);
    return config;
}

static void does_without_files(void **state)
{
    struct aws_config *config = read_config();

    (void)state;
    assert_null(aws_config_get(config, "default", "region"));
    assert_null(aws_config_region(config, NULL, NULL));
    assert_null(aws_config_endpoint(config, NULL, "LAMBDA", NULL));
    assert_false(aws_config_has_profile(config, "default"));
    assert_string_equal(aws_config_profile(NULL), "default");
    aws_config_free(config);
}

static void reads_sections_keys_and_comments(void **state)
{
    static const char text[] = "\xEF\xBB\xBF# a comment\n"
                               "; another\n"
                               "\n"
                               "[default]\r\n"
                               "Region = eu-west-1  # Ireland\r\n"
                               "output: json ; why not\n"
                               "password=a#b;c\n"
                               "  \n"
                               "[ profile   'two words' ] trailing\n"
                               "credential_process = sh -c 'a ; b' # kept\n"
                               "empty =\n"
                               "region = a=b:c\n"
                               "region = last wins\n"
                               "[section]\n"
                               "s3 =\n"
                               "    addressing_style = path\n"
                               "\tmax_concurrent_requests = 5\n"
                               "next = more\n"
                               "    of it\n"
                               "[default]\n"
                               "again = yes";
    struct config_file file;
    struct err err = {0};

    (void)state;
    if (config_file_parse(&file, "x", text, sizeof(text) - 1, &err) < 0)
        fail_msg("%s", err.message);
    assert_string_equal(config_file_get(&file, "default", NULL, "region"), "eu-west-1");
    assert_string_equal(config_file_get(&file, "default", NULL, "output"), "json");
    assert_string_equal(config_file_get(&file, "default", NULL, "password"), "a#b;c");
    assert_string_equal(config_file_get(&file, "default", NULL, "again"), "yes");
    assert_string_equal(config_file_get(&file, "profile two words", NULL, "credential_process"),
                        "sh -c 'a ; b' # kept");
    assert_string_equal(config_file_get(&file, "profile two words", NULL, "empty"), "");
    assert_string_equal(config_file_get(&file, "profile two words", NULL, "region"), "last wins");
    assert_string_equal(config_file_get(&file, "section", "s3", "addressing_style"), "path");
    assert_string_equal(config_file_get(&file, "section", "s3", "max_concurrent_requests"), "5");
    assert_null(config_file_get(&file, "section", NULL, "addressing_style"));
    assert_string_equal(config_file_get(&file, "section", NULL, "next"), "more\nof it");
    assert_null(config_file_get(&file, "section", NULL, "nothing"));
    assert_true(config_file_has(&file, "section"));
    assert_false(config_file_has(&file, "sect"));
    config_file_release(&file);
}

static void says_where_a_file_is_wrong(void **state)
{
    static const struct {
        const char *text;
        size_t len;
        const char *message;
    } cases[] = {
        {"a = b\n", 6, "line 1: a key before the first '[section]'"},
        {"[a]\n\nnonsense\n", 14, "line 3: neither '[section]' nor 'key = value'"},
        {"[a\nb = c\n", 9, "line 1: the section has no closing ']'"},
        {"[]\n", 3, "line 1: the section has no name"},
        {"[a]\n = b\n", 9, "line 2: an indented line needs a key above it"},
        {"[a]\n= b\n", 8, "line 2: there is no key before the '='"},
        {"[a]\nb = \0c\n", 11, "line 2: a NUL byte"},
        {"[a]\nb =\n  nested\n", 17, "line 3: neither"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct config_file file;
        struct err err = {0};

        assert_int_equal(
            config_file_parse(&file, "/home/.aws/config", cases[i].text, cases[i].len, &err), -1);
        assert_int_equal(err.code, ERR_CREDENTIALS);
        assert_memory_equal(err.message, "cannot read '/home/.aws/config': ", 33);
        if (!strstr(err.message, cases[i].message))
            fail_msg("\"%s\" is not in: %s", cases[i].message, err.message);
    }
}

static void reports_a_wrong_file(void **state)
{
    struct err err = {0};

    (void)state;
    write_home(".aws/config", "oops\n");
    assert_null(aws_config_read(&err));
    assert_int_equal(err.code, ERR_CREDENTIALS);
    assert_non_null(strstr(err.message, "/.aws/config': line 1"));
}

static void merges_the_two_files(void **state)
{
    struct aws_config *config;

    (void)state;
    write_home(".aws/config", "[default]\nregion = eu-west-1\n[profile work]\nregion = eu-west-2\n"
                              "aws_access_key_id = config\n[other]\nregion = none\n");
    write_home(".aws/credentials", "[work]\naws_access_key_id = shared\n[only]\na = b\n");
    config = read_config();
    assert_string_equal(aws_config_get(config, "work", "aws_access_key_id"), "shared");
    assert_string_equal(aws_config_get(config, "work", "region"), "eu-west-2");
    assert_string_equal(aws_config_get_from(config, true, "work", "aws_access_key_id"), "shared");
    assert_string_equal(aws_config_get_from(config, false, "work", "aws_access_key_id"), "config");
    assert_null(aws_config_get_from(config, true, "work", "region"));
    assert_true(aws_config_has_profile(config, "work"));
    assert_true(aws_config_has_profile(config, "only"));
    assert_true(aws_config_has_profile(config, "default"));
    /* In the config file a profile is "[profile NAME]". */
    assert_false(aws_config_has_profile(config, "other"));
    aws_config_free(config);
}

static void follows_the_order_for_region_and_profile(void **state)
{
    struct aws_config *config;

    (void)state;
    write_home(".aws/config",
               "[default]\nregion = in-default-1\n[profile work]\nregion = in-work-1\n");
    config = read_config();
    assert_string_equal(aws_config_region(config, NULL, NULL), "in-default-1");
    assert_string_equal(aws_config_region(config, NULL, "work"), "in-work-1");
    setenv("AWS_PROFILE", "work", 1);
    assert_string_equal(aws_config_profile(NULL), "work");
    assert_string_equal(aws_config_profile("given"), "given");
    assert_string_equal(aws_config_region(config, NULL, NULL), "in-work-1");
    setenv("AWS_DEFAULT_REGION", "in-default-variable-1", 1);
    assert_string_equal(aws_config_region(config, NULL, NULL), "in-default-variable-1");
    setenv("AWS_REGION", "in-variable-1", 1);
    assert_string_equal(aws_config_region(config, NULL, "work"), "in-variable-1");
    setenv("AWS_REGION", "", 1);
    assert_string_equal(aws_config_region(config, NULL, NULL), "in-default-variable-1");
    assert_string_equal(aws_config_region(config, "given-1", "work"), "given-1");
    aws_config_free(config);
}

static void follows_the_order_for_endpoints(void **state)
{
    struct aws_config *config;

    (void)state;
    write_home(".aws/config", "[default]\nservices = mine\nendpoint_url = http://profile\n"
                              "[services mine]\nlambda =\n  endpoint_url = http://service\n"
                              "cloudwatch_logs =\n  endpoint_url = http://logs\n"
                              "[profile off]\nendpoint_url = http://off\n"
                              "ignore_configured_endpoint_urls = true\n");
    config = read_config();
    assert_string_equal(aws_config_endpoint(config, NULL, "LAMBDA", NULL), "http://service");
    assert_string_equal(aws_config_endpoint(config, NULL, "CLOUDWATCH_LOGS", NULL), "http://logs");
    assert_string_equal(aws_config_endpoint(config, NULL, "IAM", NULL), "http://profile");
    assert_null(aws_config_endpoint(config, NULL, "IAM", "off"));
    setenv("AWS_ENDPOINT_URL", "http://all", 1);
    assert_string_equal(aws_config_endpoint(config, NULL, "LAMBDA", NULL), "http://all");
    setenv("AWS_ENDPOINT_URL_LAMBDA", "http://one", 1);
    assert_string_equal(aws_config_endpoint(config, NULL, "LAMBDA", NULL), "http://one");
    assert_string_equal(aws_config_endpoint(config, "http://given", "LAMBDA", NULL),
                        "http://given");
    setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "TRUE", 1);
    assert_null(aws_config_endpoint(config, NULL, "LAMBDA", NULL));
    assert_string_equal(aws_config_endpoint(config, "http://given", "LAMBDA", NULL),
                        "http://given");
    aws_config_free(config);
}

static void honours_the_file_variables(void **state)
{
    struct aws_config *config;
    char *path = file_join(home, "elsewhere");

    (void)state;
    write_home("elsewhere", "[default]\nregion = eu-north-1\n");
    setenv("AWS_CONFIG_FILE", path, 1);
    config = read_config();
    assert_string_equal(aws_config_region(config, NULL, NULL), "eu-north-1");
    aws_config_free(config);
    setenv("AWS_CONFIG_FILE", "~/elsewhere", 1);
    config = read_config();
    assert_string_equal(aws_config_region(config, NULL, NULL), "eu-north-1");
    aws_config_free(config);
    free(path);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, make_home, remove_home)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(does_without_files),
        TEST(reads_sections_keys_and_comments),
        TEST(says_where_a_file_is_wrong),
        TEST(reports_a_wrong_file),
        TEST(merges_the_two_files),
        TEST(follows_the_order_for_region_and_profile),
        TEST(follows_the_order_for_endpoints),
        TEST(honours_the_file_variables),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
