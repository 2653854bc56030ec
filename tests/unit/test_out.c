#include "core/out.h"
#include "core/task.h"

// clang-format off
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Both streams in memory. */
struct streams {
    struct out out;
    char *results, *messages;
    size_t results_len, messages_len;
};

static int set_up(void **state)
{
    struct streams *streams = calloc(1, sizeof(*streams));

    out_init(&streams->out, open_memstream(&streams->results, &streams->results_len),
             open_memstream(&streams->messages, &streams->messages_len));
    *state = streams;
    return 0;
}

static int tear_down(void **state)
{
    struct streams *streams = *state;

    fclose(streams->out.results);
    fclose(streams->out.messages);
    streams->out.bars = false;
    out_release(&streams->out);
    free(streams->results);
    free(streams->messages);
    free(streams);
    return 0;
}

static void keeps_results_and_messages_apart(void **state)
{
    struct streams *streams = *state;

    out_print(&streams->out, "result %d\n", 1);
    out_step(&streams->out, "created %s", "role");
    out_trace(&streams->out, "not shown");
    out_warn(&streams->out, "careful");
    assert_string_equal(streams->results, "result 1\n");
    assert_string_equal(streams->messages, "created role\nwarning: careful\n");
}

static void messages_do_not_drive_the_terminal(void **state)
{
    struct streams *streams = *state;

    streams->out.colour_messages = true;
    out_warn(&streams->out, "the file '%s'", "a\x1b[2Jb\n\xff");
    assert_string_equal(streams->messages,
                        "\x1b[33mwarning: \x1b[0mthe file 'a\\x1b[2Jb\n\\xff'\n");
}

static void keeps_why_a_result_was_not_written(void **state)
{
    FILE *full = fopen("/dev/full", "w");
    struct out out;

    (void)state;
    out_init(&out, full, stderr);
    assert_false(out_broken(&out));
    out_print(&out, "lost\n");
    assert_true(out_broken(&out));
    assert_int_equal(out.failure, ENOSPC);
    out_release(&out);
    fclose(full);
}

static void quiet_leaves_warnings(void **state)
{
    struct streams *streams = *state;

    streams->out.quiet = true;
    out_step(&streams->out, "created role");
    out_warn(&streams->out, "careful");
    assert_string_equal(streams->messages, "warning: careful\n");
}

static void masks_secrets_everywhere(void **state)
{
    struct streams *streams = *state;

    out_add_secret(&streams->out, "s3cr3t");
    out_add_secret(&streams->out, "abc");
    out_add_secret(&streams->out, "abcd-efgh");
    out_add_secret(&streams->out, "xx-abcd-yy");
    out_print(&streams->out, "s3cr3t and s3cr3ts3cr3t, abc\n");
    out_print(&streams->out, "xx-abcd-yy abcd-efgh xx-abcd-efgh-yy\n");
    out_error(&streams->out, "at s3cr3");
    assert_string_equal(streams->results, "****** and ************, abc\n"
                                          "****** ****** xx-******-yy\n");
    assert_string_equal(streams->messages, "error: at s3cr3\n");
}

static void writes_no_escapes_to_a_file(void **state)
{
    struct streams *streams = *state;

    out_progress(&streams->out, "upload", 1, 2);
    assert_string_equal(out_colour(&streams->out, streams->out.results, OUT_RED), "");
    fflush(streams->out.messages);
    assert_int_equal(streams->messages_len, 0);
}

static void makes_control_characters_visible(void **state)
{
    static const struct {
        const char *text, *shown;
    } cases[] = {
        {"plain\ttext\nline", "plain\ttext\nline"},
        {"\x1b[31mred", "\\x1b[31mred"},
        {"a\rb\x7f", "a\\x0db\\x7f"},
        {"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80",
         "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80"},
        {"\xc3(", "\\xc3("},
        {"\xc2\x9b"
         "31m",
         "\\xc2\\x9b31m"},
        {"\xed\xa0\x80", "\\xed\\xa0\\x80"},
        {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
        {"\xe2\x82", "\\xe2\\x82"},
        {"\xc0\x80", "\\xc0\\x80"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char *shown = out_visible(cases[i].text, strlen(cases[i].text));

        assert_string_equal(shown, cases[i].shown);
        free(shown);
    }
}

static void sizes_are_for_people(void **state)
{
    static const struct {
        uint64_t bytes;
        const char *text;
    } cases[] = {{0, "0 B"},           {999, "999 B"},     {1000, "1.0 kB"},
                 {999949, "999.9 kB"}, {999950, "1.0 MB"}, {50000000, "50.0 MB"}};
    char text[OUT_SIZE_LEN];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        out_size(cases[i].bytes, text);
        assert_string_equal(text, cases[i].text);
    }
}

static int count_up(void *context, size_t index, struct err *err)
{
    atomic_int *done = context;

    if (index == 7)
        return err_set(err, ERR_FAILED, "piece 7");
    atomic_fetch_add(done, 1);
    return 0;
}

static void tasks_all_run_and_the_first_failure_counts(void **state)
{
    atomic_int done = 0;
    struct err err = {0};

    (void)state;
    assert_int_equal(task_run_all(count_up, &done, 7, 3, &err), 0);
    assert_int_equal(done, 7);
    assert_int_equal(task_run_all(count_up, &done, 0, 3, &err), 0);
    assert_int_equal(task_run_all(count_up, &done, 8, 1, &err), -1);
    assert_string_equal(err.message, "piece 7");
    assert_int_equal(done, 14);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keeps_results_and_messages_apart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(messages_do_not_drive_the_terminal, set_up, tear_down),
        cmocka_unit_test(keeps_why_a_result_was_not_written),
        cmocka_unit_test_setup_teardown(quiet_leaves_warnings, set_up, tear_down),
        cmocka_unit_test_setup_teardown(masks_secrets_everywhere, set_up, tear_down),
        cmocka_unit_test_setup_teardown(writes_no_escapes_to_a_file, set_up, tear_down),
        cmocka_unit_test(makes_control_characters_visible),
        cmocka_unit_test(sizes_are_for_people),
        cmocka_unit_test(tasks_all_run_and_the_first_failure_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
