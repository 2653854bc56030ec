/* Variables in the strings of the settings. */
#include "core/memory.h"
#include "core/process.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include "tests/unit/settings_folder.h"

static char *account(void *context, struct err *err)
{
    int *calls = context;

    ++*calls;
    if (*calls < 100)
        return xstrdup("123456789012");
    err_set(err, ERR_CREDENTIALS, "no credentials");
    return NULL;
}

/* The description of a function that is `text`. */
static void description_is(const char *text, const char *expected)
{
    int calls = 0;
    const struct settings_context context = {
        .file = "variables.json", .account = account, .context = &calls};
    struct settings settings;
    char *file =
        xasprintf("{\"project\": \"shop\", \"region\": \"eu-west-1\", \"functions\": {\"f\": "
                  "{\"runtime\": \"python3.13\", \"handler\": \"a.b\", \"description\": "
                  "\"%s\", \"environment\": {\"ACCOUNT\": \"${account}\"}}}}",
                  text);

    write_file("variables.json", file);
    settings = loaded(&context);
    assert_string_equal(settings_function_at(&settings, 0)->description, expected);
    assert_int_equal(calls, 1);
    settings_release(&settings);
    free(file);
}

static void replaces_variables(void **state)
{
    (void)state;
    setenv("CITY", "Berlin", 1);
    setenv("EMPTY", "", 1);
    setenv("TRICKY", "${stage}", 1);
    write_file("note.txt", "a note\n\n");
    write_file("dollar.txt", "${stage}");
    description_is("in ${env:CITY}!", "in Berlin!");
    description_is("${env:CITY}${env:CITY}", "BerlinBerlin");
    description_is("${env:CITY:-Rome}", "Berlin");
    description_is("${env:NOPE:-Rome}", "Rome");
    description_is("${env:NOPE:-}", "");
    description_is("${env:EMPTY}", "");
    description_is("${env:EMPTY:-Rome}", "Rome");
    description_is("${env:NOPE:-in ${env:NOPE:-${stage}} {x}}", "in dev {x}");
    description_is("${env:TRICKY}", "${stage}");
    description_is("${project}-${stage}-${region}", "shop-dev-eu-west-1");
    description_is("${account}/${account}", "123456789012/123456789012");
    description_is("$${stage} $ $x $$ {} }", "${stage} $ $x $$ {} }");
    description_is("x$${", "x${");
    description_is("${file:note.txt}", "a note\n");
    description_is("${file:dollar.txt}", "${stage}");
    unsetenv("CITY");
    unsetenv("EMPTY");
    unsetenv("TRICKY");
}

static void run(const char *const *argv)
{
    const struct process process = {.argv = argv, .timeout = 20000};
    struct err err;
    int status;

    assert_int_equal(process_run(&process, &status, &err), 0);
    assert_int_equal(status, 0);
}

static void names_the_commit(void **state)
{
    static const char *const make[] = {"git", "init", "-q", ".", NULL};
    static const char *const commit[] = {"git",    "-c", "user.name=n",   "-c", "user.email=e@x",
                                         "commit", "-q", "--allow-empty", "-m", "m",
                                         NULL};
    static const char *const show[] = {"git", "rev-parse", "HEAD", NULL};
    struct process process = {.argv = show, .timeout = 20000};
    char *git = file_find_program("git");
    struct buf sha;
    struct err err;
    int status;

    (void)state;
    if (!git)
        skip();
    free(git);
    buf_init(&sha, 0);
    process.output = &sha;
    run(make);
    run(commit);
    assert_int_equal(process_run(&process, &status, &err), 0);
    assert_int_equal(sha.len, 41);
    sha.data[40] = '\0';
    description_is("${git:sha}", sha.data);
    buf_release(&sha);
}

static void variables_name_the_place_in_the_stage(void **state)
{
    const struct settings_context context = {.file = "variables.json"};
    struct settings settings;
    struct err err = {0};

    (void)state;
    write_file("variables.json",
               "{\"project\": \"p\",\n \"stages\": {\"dev\": {\"functions\": {\"f\": \n"
               "    {\"description\": \"${env:NOPE}\"}}}},\n " FUNCTIONS "}");
    assert_int_equal(settings_load(&settings, &context, &err), -1);
    assert_string_equal(err.message,
                        "'variables.json': line 3, column 21: functions.f.description: "
                        "'${env:NOPE}' is missing: set the environment variable NOPE, or give a "
                        "default as in '${env:NOPE:-default}'");
}

static void refuses_bytes_that_are_not_text(void **state)
{
    const struct settings_context context = {.file = "variables.json"};
    struct settings settings;
    struct err err = {0};

    (void)state;
    setenv("BYTES", "\xff", 1);
    write_file("variables.json",
               "{\"project\": \"p\", \"tags\": {\"a\": \"${env:BYTES}\"}, " FUNCTIONS "}");
    assert_int_equal(settings_load(&settings, &context, &err), -1);
    assert_string_equal(err.message,
                        "'variables.json': line 1, column 32: tags.a: a variable in it "
                        "stands for bytes that are not UTF-8");
    unsetenv("BYTES");
    assert_int_equal(file_write("nul.txt", "a\0b", 3, 0644, &err), 0);
    write_file("variables.json",
               "{\"project\": \"p\", \"tags\": {\"a\": \"${file:nul.txt}\"}, " FUNCTIONS "}");
    assert_int_equal(settings_load(&settings, &context, &err), -1);
    assert_string_equal(err.message, "'variables.json': line 1, column 32: tags.a: "
                                     "'${file:nul.txt}' has NUL bytes in it: only text can be a "
                                     "setting");
}

static void bounds_what_variables_bring(void **state)
{
    const struct settings_context context = {.file = "variables.json"};
    struct settings settings;
    struct err err = {0};
    char *large = xcalloc(70000, 1), *list = xcalloc(200 * 32, 1), *text;

    (void)state;
    memset(large, 'x', 69999);
    write_file("large.txt", large);
    write_file("variables.json",
               "{\"project\": \"p\", \"tags\": {\"a\": \"${file:large.txt}\"}, " FUNCTIONS "}");
    assert_int_equal(settings_load(&settings, &context, &err), -1);
    assert_string_equal(err.message,
                        "'variables.json': line 1, column 32: tags.a: '${file:large.txt}' cannot "
                        "read './large.txt': it has 69999 bytes, at most 65536 are allowed");
    large[60000] = '\0';
    write_file("large.txt", large);
    for (int i = 0; i < 100; i++)
        strcat(list, "${file:large.txt}");
    text = xasprintf("{\"project\": \"p\", \"tags\": {\"a\": \"%s\"}, " FUNCTIONS "}", list);
    write_file("variables.json", text);
    assert_int_equal(settings_load(&settings, &context, &err), -1);
    assert_string_equal(err.message,
                        "'variables.json': line 1, column 32: tags.a: the strings grow "
                        "beyond 4194304 bytes by their variables");
    free(large);
    free(list);
    free(text);
}

static void reports_what_the_account_costs(void **state)
{
    int calls = 99;
    const struct settings_context context = {
        .file = "variables.json", .account = account, .context = &calls};
    struct settings settings;
    struct err err = {0};

    (void)state;
    write_file("variables.json",
               "{\"project\": \"p\", \"tags\": {\"a\": \"${account}\"}, " FUNCTIONS "}");
    assert_int_equal(settings_load(&settings, &context, &err), -1);
    assert_int_equal(err.code, ERR_CREDENTIALS);
    assert_string_equal(err.message, "no credentials");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replaces_variables),
        cmocka_unit_test(names_the_commit),
        cmocka_unit_test(variables_name_the_place_in_the_stage),
        cmocka_unit_test(refuses_bytes_that_are_not_text),
        cmocka_unit_test(bounds_what_variables_bring),
        cmocka_unit_test(reports_what_the_account_costs),
    };

    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
