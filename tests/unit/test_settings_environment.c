/* Settings about what a function runs in: what is bound, and each kind of bad ones. */
#include "core/memory.h"
#include "core/settings.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include "tests/unit/settings_folder.h"

#define START                                                                                      \
    "{\"project\": \"p\", \"functions\": {\"f\": {\"runtime\": \"python3.13\", \"handler\": "      \
    "\"a.b\", "
#define EFS "\"arn:aws:elasticfilesystem:eu-central-1:1:access-point/fsap-0123456789abcdef0\""
#define VPC                                                                                        \
    "\"vpc\": {\"subnets\": [\"subnet-0123456789abcdef0\"], \"security_groups\": "                 \
    "[\"sg-0123456789abcdef0\"]}"

/* Members of a function, and what is said behind the path. */
static const char *const refused[][2] = {
    {"\"concurrency\": -1", "f.concurrency: must be a whole number from 0 to 1000000, not -1"},
    {"\"concurrency\": true", "f.concurrency: must be a whole number from 0 to 1000000, not true"},
    {"\"snap_start\": \"on\"", "f.snap_start: must be true or false, not the string 'on'"},
    {"\"snap_start\": true, \"ephemeral_storage\": 1024",
     "f.snap_start: cannot be had together with 'ephemeral_storage' above 512"},
    {"\"snap_start\": true, " VPC ", \"file_system\": {\"access_point\": " EFS
     ", \"path\": \"/mnt/a\"}",
     "f.snap_start: cannot be had together with 'file_system'"},
    {"\"snap_start\": true, \"provisioned_concurrency\": 1",
     "f.snap_start: cannot be had together with 'provisioned_concurrency'"},
    {"\"concurrency\": 1, \"provisioned_concurrency\": 2",
     "f.provisioned_concurrency: cannot be more than 'concurrency'"},
    {"\"log_level\": \"warn\"",
     "f.log_level: is for JSON logs only: set 'log_format' to 'json' as well"},
    {"\"system_log_level\": \"warn\"",
     "f.system_log_level: is for JSON logs only: set 'log_format' to 'json' as well"},
    {"\"log_format\": \"json\", \"log_level\": \"warning\"",
     "f.log_level: must be 'trace', 'debug', 'info', 'warn', 'error' or 'fatal', not 'warning'"},
    {"\"file_system\": {\"access_point\": " EFS ", \"path\": \"/mnt/a\"}",
     "f.file_system: is reached from a private network only: set 'vpc' as well"},
    {VPC ", \"file_system\": {\"access_point\": " EFS ", \"path\": \"/data\"}",
     "f.file_system.path: '/data' must be '/mnt/' and a name of letters, digits, '-', '_' and '.'"},
    {VPC ", \"file_system\": {\"access_point\": " EFS ", \"path\": \"/mnt/..\"}",
     "f.file_system.path: '/mnt/..' must be '/mnt/' and a name of letters, digits, '-', '_' and "
     "'.'"},
    {VPC ", \"file_system\": {\"access_point\": \"fs-1\", \"path\": \"/mnt/a\"}",
     "f.file_system.access_point: 'fs-1' must be the ARN of an access point, as in "
     "'arn:aws:elasticfilesystem:eu-central-1:123456789012:access-point/fsap-0123456789abcdef0'"},
    {"\"aws\": {\"function\": {\"MemorySize\": 1}}",
     "f.aws.function: 'MemorySize' cannot be passed through: use the setting 'memory'"},
    {"\"aws\": {\"function\": {\"memorysize\": 1}}",
     "f.aws.function: 'MemorySize' cannot be passed through: use the setting 'memory'"},
    {"\"aws\": {\"function\": {\"kmsKey\": 1}}",
     "f.aws.function: 'kmsKey' is no member of Lambda's CreateFunction: these begin with a capital "
     "letter, as 'KMSKeyArn' does"},
    {"\"aws\": {\"function\": []}",
     "f.aws.function: must be an object of members of Lambda's CreateFunction, as in "
     "{\"KMSKeyArn\": \"arn:...\"}"},
};

static void refuses(const char *text, const char *message)
{
    const struct settings_context context = {0};
    struct settings settings;
    struct err err = {0};

    write_file(SETTINGS_FILE, text);
    assert_int_equal(settings_load(&settings, &context, &err), -1);
    if (!strstr(err.message, message))
        assert_string_equal(err.message, message);
    assert_int_equal(err.code, ERR_SETTINGS);
}

static void refuses_bad_ones(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
        char *text = xasprintf(START "%s}}}", refused[i][0]);

        refuses(text, refused[i][1]);
        free(text);
    }
    refuses("{\"project\": \"p\", \"aws\": {\"function\": {\"Role\": \"x\"}}, " FUNCTIONS "}",
            "column 38: aws.function: 'Role' cannot be passed through: use the setting 'role' or "
            "'permissions'");
    refuses("{\"project\": \"p\", \"functions\": {\"f\": {\"runtime\": \"nodejs22.x\", "
            "\"handler\": \"a.b\", \"snap_start\": true}}}",
            "f.snap_start: is for java11, python3.12 and dotnet8 and newer of these only");
}

static void binds_them(void **state)
{
    const struct settings_context context = {0};
    const struct function *f, *g;
    struct settings settings;

    (void)state;
    write_file(SETTINGS_FILE,
               START "\"concurrency\": 0, \"snap_start\": true, \"log_format\": \"json\", "
                     "\"log_level\": \"trace\", \"aws\": {\"function\": {\"Own\": 1, \"Both\": 2}}"
                     "}, \"g\": {\"runtime\": \"java21\", \"handler\": \"a::b\"}}, "
                     "\"aws\": {\"function\": {\"Both\": 3, \"Common\": 4}}}");
    settings = loaded(&context);
    f = settings_function_at(&settings, 0);
    g = settings_function_at(&settings, 1);
    assert_true(f->reserved && f->concurrency == 0 && f->snap_start);
    assert_false(g->reserved || g->snap_start);
    assert_string_equal(f->log_level, "trace");
    assert_null(f->system_log_level);
    assert_int_equal(json_object_size(f->aws.function), 3);
    assert_int_equal(json_int_at(f->aws.function, "Both"), 2);
    assert_int_equal(json_int_at(g->aws.function, "Both"), 3);
    assert_int_equal(json_int_at(g->aws.function, "Common"), 4);
    settings_release(&settings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(refuses_bad_ones, enter_folder, leave_folder),
        cmocka_unit_test_setup_teardown(binds_them, enter_folder, leave_folder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
