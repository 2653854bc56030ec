#include "core/interrupt.h"
#include "core/process.h"

// clang-format off
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <string.h>

static int run_shell(const char *script, struct process process, int *status, struct err *err)
{
    const char *argv[] = {"sh", "-c", script, NULL};

    process.argv = argv;
    return process_run(&process, status, err);
}

static void captures_both_streams(void **state)
{
    struct buf output, errors;
    struct err err = {0};
    int status = -1;

    (void)state;
    buf_init(&output, 0);
    buf_init(&errors, 0);
    assert_int_equal(run_shell("echo out; echo err >&2; exit 3",
                               (struct process){.output = &output, .errors = &errors}, &status,
                               &err),
                     0);
    assert_int_equal(status, 3);
    assert_string_equal(buf_string(&output), "out\n");
    assert_string_equal(buf_string(&errors), "err\n");
    buf_release(&output);
    buf_release(&errors);
}

static void passes_much_input_through(void **state)
{
    size_t len = 3 * 1024 * 1024;
    char *input = malloc(len);
    struct buf output;
    struct err err = {0};
    int status = -1;

    (void)state;
    memset(input, 'x', len);
    buf_init(&output, 0);
    assert_int_equal(
        run_shell("cat", (struct process){.output = &output, .input = input, .input_len = len},
                  &status, &err),
        0);
    assert_int_equal(output.len, len);
    assert_memory_equal(output.data, input, len);
    buf_release(&output);
    free(input);
}

static void survives_a_child_that_does_not_read(void **state)
{
    size_t len = 1024 * 1024;
    char *input = calloc(len, 1);
    struct buf output;
    struct err err = {0};
    int status = -1;

    (void)state;
    buf_init(&output, 0);
    assert_int_equal(
        run_shell("exit 0", (struct process){.output = &output, .input = input, .input_len = len},
                  &status, &err),
        0);
    assert_int_equal(status, 0);
    buf_release(&output);
    free(input);
}

static void sets_folder_and_environment(void **state)
{
    const char *environment[] = {"FNCTL_TEST=a b", NULL};
    struct buf output;
    struct err err = {0};
    int status;

    (void)state;
    buf_init(&output, 0);
    assert_int_equal(
        run_shell("pwd; echo \"$FNCTL_TEST\"",
                  (struct process){.output = &output, .folder = "/usr", .environment = environment},
                  &status, &err),
        0);
    assert_string_equal(buf_string(&output), "/usr\na b\n");
    buf_release(&output);
}

static void names_a_program_that_is_not_there(void **state)
{
    const char *argv[] = {"/nonexistent/program", NULL};
    struct process process = {.argv = argv};
    struct err err = {0};
    int status;

    (void)state;
    assert_int_equal(process_run(&process, &status, &err), -1);
    assert_int_equal(err.code, ERR_FAILED);
    assert_string_equal(err.message,
                        "cannot run '/nonexistent/program': No such file or directory");
}

static void ends_what_takes_too_long(void **state)
{
    struct buf output;
    struct err err = {0};
    int status;

    (void)state;
    buf_init(&output, 0);
    assert_int_equal(
        run_shell("sleep 60", (struct process){.output = &output, .timeout = 50}, &status, &err),
        -1);
    assert_string_equal(err.message, "'sh' did not end within 50 ms");
    buf_release(&output);
}

static void bounds_what_a_child_may_write(void **state)
{
    struct buf output;
    struct err err = {0};
    int status;

    (void)state;
    buf_init(&output, 1000);
    assert_int_equal(run_shell("yes", (struct process){.output = &output}, &status, &err), -1);
    assert_string_equal(err.message, "'sh' wrote more than 1000 bytes");
    buf_release(&output);
}

static void tells_the_signal_that_ended_it(void **state)
{
    struct err err = {0};
    int status;

    (void)state;
    assert_int_equal(run_shell("kill -TERM $$", (struct process){0}, &status, &err), 0);
    assert_int_equal(status, 128 + 15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(captures_both_streams),
        cmocka_unit_test(passes_much_input_through),
        cmocka_unit_test(survives_a_child_that_does_not_read),
        cmocka_unit_test(sets_folder_and_environment),
        cmocka_unit_test(names_a_program_that_is_not_there),
        cmocka_unit_test(ends_what_takes_too_long),
        cmocka_unit_test(bounds_what_a_child_may_write),
        cmocka_unit_test(tells_the_signal_that_ended_it),
    };

    interrupt_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
