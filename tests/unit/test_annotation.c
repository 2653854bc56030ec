/* Messages as GitHub Actions takes them: places, escapes, groups, masks. */
#include "core/annotation.h"
#include "core/file.h"
#include "core/out.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const samples[][2] = {
    {"it failed", "::error title=fnctl::it failed"},
    {"100 % of\nit: a,b\r", "::error title=fnctl::100 %25 of%0Ait: a,b%0D"},
    {"'no/such.json': line 7, column 3: functions.f.memory: must be",
     "::error file=no/such.json,line=7,col=3,title=fnctl::'no/such.json': line 7, column 3: "
     "functions.f.memory: must be"},
    {"cannot read 'a,b:c%.json': line 1, column 12: x",
     "::error file=a%2Cb%3Ac%25.json,line=1,col=12,title=fnctl::cannot read 'a,b:c%25.json': line "
     "1, column 12: x"},
    {"': line 7, column 3", "::error title=fnctl::': line 7, column 3"},
    {"'': line 7, column 3", "::error title=fnctl::'': line 7, column 3"},
    {"'f': line x, column 3", "::error title=fnctl::'f': line x, column 3"},
    {"'f': line 7, byte 3", "::error title=fnctl::'f': line 7, byte 3"},
    {"'f': line 99999999999999999999, column 0",
     "::error title=fnctl::'f': line 99999999999999999999, column 0"},
    {"", "::error title=fnctl::"},
};

static void has_places_and_escapes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++) {
        char *text = annotation_text("error", samples[i][0], NULL);

        assert_string_equal(text, samples[i][1]);
        free(text);
    }
}

/* GitHub knows files by their path below the checkout, wherever the command was run. */
static void names_files_below_the_workspace(void **state)
{
    struct err err;
    char *folder = file_temporary_folder("fnctl-test", &err);
    char *text;

    (void)state;
    assert_int_equal(chdir(folder), 0);
    assert_int_equal(file_make_folder("app/inner", 0755, &err), 0);
    assert_int_equal(file_write("app/fnctl.json", "{", 1, 0644, &err), 0);
    assert_int_equal(chdir("app/inner"), 0);
    text = annotation_text("warning", "'../fnctl.json': line 1, column 2: x", folder);
    assert_string_equal(text, "::warning file=app/fnctl.json,line=1,col=2,title=fnctl::"
                              "'../fnctl.json': line 1, column 2: x");
    free(text);
    text = annotation_text("warning", "'../fnctl.json': line 1, column 2: x", "/nowhere");
    assert_non_null(strstr(text, "file=../fnctl.json,"));
    free(text);
    assert_int_equal(chdir("/"), 0);
    assert_int_equal(file_remove(folder, &err), 0);
    free(folder);
}

static void groups_and_masks(void **state)
{
    char *results = NULL, *messages = NULL;
    size_t results_len, messages_len;
    struct out out;

    (void)state;
    out_init(&out, open_memstream(&results, &results_len),
             open_memstream(&messages, &messages_len));
    out_group(&out, "before");
    out_warn(&out, "plain");
    out.annotations = true;
    out_add_secret(&out, "100%secret\nof two lines");
    out_group(&out, "packaging");
    out_step(&out, "step");
    out_warn(&out, "has 100%%secret\nof two lines");
    out_error(&out, "ends it");
    out_group_end(&out);
    out_print(&out, "result\n");
    assert_string_equal(results, "result\n");
    assert_string_equal(messages, "warning: plain\n::group::packaging\nstep\n"
                                  "::warning title=fnctl::has ******\n::endgroup::\n"
                                  "::error title=fnctl::ends it\n");
    fclose(out.results);
    fclose(out.messages);
    out_release(&out);
    free(results);
    free(messages);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_places_and_escapes),
        cmocka_unit_test(names_files_below_the_workspace),
        cmocka_unit_test(groups_and_masks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
