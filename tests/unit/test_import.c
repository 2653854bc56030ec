/* Settings of other tools, compared with tests/golden/import/NAME/fnctl.json and notes.txt. */
#include "cli/import.h"
#include "core/buf.h"
#include "core/file.h"
#include "core/memory.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include "tests/unit/settings_folder.h"

#define GOLDEN "tests/golden/import"

static char *root; /* of the source tree */

static char *golden(const char *name, const char *file)
{
    char *path = xasprintf("%s/" GOLDEN "/%s/%s", root, name, file);
    struct buf text;
    struct err err = {0};

    buf_init(&text, 0);
    if (file_read(path, 0, &text, &err) < 0)
        fail_msg("%s", err.message);
    free(path);
    return buf_take(&text);
}

static void like_golden(const char *name)
{
    char *path = xasprintf("%s/" GOLDEN "/%s/zappa_settings.json", root, name);
    char *wanted = golden(name, "fnctl.json"), *wanted_notes = golden(name, "notes.txt");
    const struct settings_context context = {0};
    struct import import = {0};
    struct err err = {0};
    char *text, *notes;

    assert_int_equal(import_file(&import, path, &err), 0);
    text = import_text(&import, json_string_at(import.settings, "project"));
    strlist_add(&import.notes, "");
    notes = strlist_join(&import.notes, "\n");
    assert_string_equal(text, wanted);
    assert_string_equal(notes, wanted_notes);
    /* What was made is valid, in each of its stages. */
    write_file(SETTINGS_FILE, text);
    if (settings_check_stages(&context, &err) < 0)
        fail_msg("%s", err.message);
    import_release(&import);
    free(text);
    free(notes);
    free(wanted);
    free(wanted_notes);
    free(path);
}

static void takes_stages_that_extend_one_another(void **state)
{
    (void)state;
    like_golden("shop");
}

static void takes_django_and_all_kinds_of_keys(void **state)
{
    (void)state;
    like_golden("django");
}

static const char *const bad[][2] = {
    {"{", "line 1, column 2"},
    {"{} // x", "it has to be strict JSON here, without comments"},
    {"{}", "cannot use 'zappa_settings.json': it has no stages"},
    {"[]", "it has no stages"},
    {"{\"dev\": 1}", "there is no stage 'dev'"},
    {"{\"dev\": {\"extends\": \"base\"}}", "stage 'dev': there is no stage 'base'"},
    {"{\"a\": {\"extends\": \"b\"}, \"b\": {\"extends\": \"a\"}}", "extends itself"},
};

static void refuses_what_it_cannot_use(void **state)
{
    struct err err = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct import import = {0};

        write_file("zappa_settings.json", bad[i][0]);
        assert_int_equal(import_file(&import, "zappa_settings.json", &err), -1);
        assert_int_equal(err.code, ERR_FAILED);
        if (!strstr(err.message, bad[i][1]))
            assert_string_equal(err.message, bad[i][1]);
        import_release(&import);
    }
}

/* Values of any type anywhere: nothing is assumed of them. */
static void survives_strange_values(void **state)
{
    static const char *const values[] = {"null", "1",    "\"x\"",       "[]",
                                         "{}",   "true", "[1, [], {}]", "{\"a\": [null]}"};
    static const char *const keys[] = {
        "app_function",        "django_settings", "events",
        "vpc_config",          "efs_config",      "tags",
        "extra_permissions",   "exclude",         "environment_variables",
        "ephemeral_storage",   "layers",          "architecture",
        "function_url_config", "project_name",    "snap_start",
        "aws_region"};
    struct err err = {0};

    (void)state;
    for (size_t k = 0; k < sizeof(keys) / sizeof(*keys); k++) {
        for (size_t v = 0; v < sizeof(values) / sizeof(*values); v++) {
            char *text = xasprintf("{\"dev\": {\"%s\": %s, \"function_url_enabled\": true}, "
                                   "\"b\": {\"events\": [{\"function\": \"a.b\", \"%s\": %s}]}}",
                                   keys[k], values[v], keys[k], values[v]);
            struct import import = {0};

            write_file("zappa_settings.json", text);
            assert_int_equal(import_file(&import, "zappa_settings.json", &err), 0);
            import_release(&import);
            free(text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(takes_stages_that_extend_one_another, enter_folder,
                                        leave_folder),
        cmocka_unit_test_setup_teardown(takes_django_and_all_kinds_of_keys, enter_folder,
                                        leave_folder),
        cmocka_unit_test_setup_teardown(refuses_what_it_cannot_use, enter_folder, leave_folder),
        cmocka_unit_test_setup_teardown(survives_strange_values, enter_folder, leave_folder),
    };
    int result;

    root = getcwd(NULL, 0);
    result = cmocka_run_group_tests(tests, NULL, NULL);
    free(root);
    return result;
}
