#include "cli/new_settings.h"
#include "cli/pretty.h"
#include "cli/scaffold.h"
#include "cli/template.h"
#include "core/embedded.h"
#include "core/file.h"
#include "core/json.h"
#include "core/memory.h"

#include <archive.h>
#include <archive_entry.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static int make_folder(void **state)
{
    struct err err = {0};

    *state = file_temporary_folder("fnctl-test-scaffold", &err);
    return *state ? 0 : -1;
}

static int remove_folder(void **state)
{
    struct err err = {0};

    file_remove(*state, &err);
    free(*state);
    return 0;
}

static void put(const char *folder, const char *name, const char *text)
{
    struct err err = {0};
    char *path = file_join(folder, name);
    char *parent = file_folder(path);

    assert_int_equal(file_make_folder(parent, 0755, &err), 0);
    assert_int_equal(file_write(path, text, strlen(text), 0644, &err), 0);
    free(parent);
    free(path);
}

static void expect_text(const char *folder, const char *name, const char *text)
{
    struct err err = {0};
    char *path = file_join(folder, name);
    struct buf data;

    buf_init(&data, 0);
    assert_int_equal(file_read(path, 0, &data, &err), 0);
    assert_string_equal(buf_string(&data), text);
    buf_release(&data);
    free(path);
}

static void test_unsafe_paths(void **state)
{
    static const char *const bad[] = {"",    "/etc/x", "..",   "../x",     "a/../x", "a/..",
                                      "./x", ".",      "a//b", "a\x1b[2J", "a/",     "a/./b"};
    static const char *const good[] = {"a", "a/b", "..a", "a..", ".x", "a/.../b"};
    struct scaffold scaffold = {0};
    struct err err = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        assert_int_equal(scaffold_add(&scaffold, bad[i], "", 0, false, &err), -1);
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
        assert_int_equal(scaffold_add(&scaffold, good[i], "", 0, false, &err), 0);
    assert_int_equal(scaffold_add(&scaffold, "a", "", 0, false, &err), -1);
    assert_non_null(strstr(err.message, "twice"));
    scaffold_release(&scaffold);
}

static void test_bounds(void **state)
{
    struct scaffold scaffold = {0};
    struct err err = {0};
    char name[16];

    (void)state;
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof(name), "f%d", i);
        assert_int_equal(scaffold_add(&scaffold, name, "", 0, false, &err), 0);
    }
    assert_int_equal(scaffold_add(&scaffold, "more", "", 0, false, &err), -1);
    assert_non_null(strstr(err.message, "1000 files"));
    scaffold_release(&scaffold);
}

static void test_write(void **state)
{
    struct scaffold scaffold = {0};
    struct err err = {0};
    char *program = file_join(*state, "bin/run");

    put(*state, "x.txt", "old");
    scaffold_add(&scaffold, "x.txt", "new", 3, false, &err);
    scaffold_add(&scaffold, "bin/run", "#!", 2, true, &err);
    assert_int_equal(scaffold_check(&scaffold, *state, &err), -1);
    assert_non_null(strstr(err.message, "x.txt"));
    assert_null(strstr(err.message, "bin/run"));
    assert_int_equal(scaffold_write(&scaffold, *state, &err), 0);
    expect_text(*state, "x.txt", "new");
    assert_int_equal(access(program, X_OK), 0);
    scaffold_release(&scaffold);
    free(program);
}

static void test_a_failed_write_leaves_nothing_new(void **state)
{
    struct scaffold scaffold = {0};
    struct err err = {0};
    char *first = file_join(*state, "first");

    put(*state, "file", "in the way");
    scaffold_add(&scaffold, "first", "1", 1, false, &err);
    scaffold_add(&scaffold, "file/second", "2", 1, false, &err);
    assert_int_equal(scaffold_write(&scaffold, *state, &err), -1);
    assert_false(file_exists(first));
    scaffold_release(&scaffold);
    free(first);
}

static void test_dangling_links_are_conflicts(void **state)
{
    struct scaffold scaffold = {0};
    struct err err = {0};
    char *path = file_join(*state, "x");

    assert_int_equal(symlink("/nowhere/at/all", path), 0);
    scaffold_add(&scaffold, "x", "1", 1, false, &err);
    assert_int_equal(scaffold_check(&scaffold, *state, &err), -1);
    scaffold_release(&scaffold);
    free(path);
}

static void test_gitignore_is_merged(void **state)
{
    static const char lines[] = ".fnctl/\nbuild/\n";
    struct scaffold scaffold = {0};
    struct err err = {0};

    put(*state, ".gitignore", "*.o\nbuild/");
    scaffold_add(&scaffold, ".gitignore", lines, strlen(lines), false, &err);
    assert_int_equal(scaffold_check(&scaffold, *state, &err), 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(scaffold_write(&scaffold, *state, &err), 0);
        expect_text(*state, ".gitignore", "*.o\nbuild/\n.fnctl/\n");
    }
    scaffold_release(&scaffold);
}

static void test_samples(void **state)
{
    struct strlist names;

    (void)state;
    strlist_init(&names);
    template_names(&names);
    assert_true(strlist_has(&names, "c") && strlist_has(&names, "flask"));
    assert_false(strlist_has(&names, "adapters"));
    for (size_t i = 0; i < names.count; i++) {
        struct scaffold scaffold = {0};
        struct err err = {0};

        assert_int_equal(template_load(&scaffold, names.items[i], &err), 0);
        assert_true(scaffold.count >= 2);
        scaffold_release(&scaffold);
    }
    strlist_release(&names);
}

static void test_unknown_sample(void **state)
{
    struct scaffold scaffold = {0};
    struct err err = {0};

    (void)state;
    assert_int_equal(template_load(&scaffold, "pyhton", &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
    assert_non_null(strstr(err.message, "did you mean 'python'?"));
    assert_non_null(strstr(err.message, "bash, c, flask, node, python"));
    assert_int_equal(template_load(&scaffold, "adapters", &err), -1);
}

static void test_folder(void **state)
{
    struct scaffold scaffold = {0};
    struct err err = {0};
    char *link = file_join(*state, "link");

    put(*state, "sub/app.py", "x");
    put(*state, ".git/config", "x");
    assert_int_equal(symlink("/etc/passwd", link), 0);
    assert_int_equal(template_load(&scaffold, *state, &err), -1);
    assert_non_null(strstr(err.message, "no fnctl.json"));
    scaffold_release(&scaffold);
    put(*state, "fnctl.json", "{}");
    assert_int_equal(template_load(&scaffold, *state, &err), 0);
    assert_int_equal(scaffold.count, 2);
    assert_non_null(scaffold_find(&scaffold, "sub/app.py"));
    scaffold_release(&scaffold);
    free(link);
}

/* Writes a tar.gz with files of these names. */
static char *make_archive(const char *folder, const char *const *names)
{
    char *path = file_join(folder, "t.tar.gz");
    struct archive *archive = archive_write_new();
    struct archive_entry *entry = archive_entry_new();

    archive_write_set_format_pax(archive);
    archive_write_add_filter_gzip(archive);
    assert_int_equal(archive_write_open_filename(archive, path), ARCHIVE_OK);
    for (; *names; names++) {
        archive_entry_clear(entry);
        archive_entry_set_pathname(entry, *names);
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_perm(entry, 0755);
        archive_entry_set_size(entry, 2);
        assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
        assert_int_equal(archive_write_data(archive, "{}", 2), 2);
    }
    archive_entry_free(entry);
    archive_write_free(archive);
    return path;
}

static void test_archive(void **state)
{
    static const char *const wrapped[] = {"t-1.0/fnctl.json", "t-1.0/src/run", NULL};
    static const char *const plain[] = {"./fnctl.json", "./src/run", NULL};
    const char *const *const lists[] = {wrapped, plain};

    for (size_t i = 0; i < 2; i++) {
        char *path = make_archive(*state, lists[i]);
        struct scaffold scaffold = {0};
        struct err err = {0};

        assert_int_equal(template_load(&scaffold, path, &err), 0);
        assert_int_equal(scaffold.count, 2);
        assert_int_equal(scaffold_find(&scaffold, "src/run")->mode, 0755);
        assert_non_null(scaffold_find(&scaffold, "fnctl.json"));
        scaffold_release(&scaffold);
        free(path);
    }
}

static void test_archives_that_reach_out(void **state)
{
    static const char *const names[] = {"../fnctl.json", "/fnctl.json", "a/../../fnctl.json"};

    for (size_t i = 0; i < 3; i++) {
        char *path = make_archive(*state, (const char *const[]){names[i], NULL});
        struct scaffold scaffold = {0};
        struct err err = {0};

        assert_int_equal(template_load(&scaffold, path, &err), -1);
        assert_non_null(strstr(err.message, "does not stay"));
        scaffold_release(&scaffold);
        free(path);
    }
}

static void test_no_archive(void **state)
{
    struct scaffold scaffold = {0};
    struct err err = {0};
    char *path = file_join(*state, "x.tar");

    put(*state, "x.tar", "this is text");
    assert_int_equal(template_load(&scaffold, path, &err), -1);
    assert_non_null(strstr(err.message, "x.tar"));
    scaffold_release(&scaffold);
    free(path);
}

static void test_project_names(void **state)
{
    static const struct {
        const char *folder, *project;
    } cases[] = {
        {"weather", "weather"},
        {"My Project_2", "my-project-2"},
        {"42-days", "days"},
        {"gr\xC3\xBC\xC3\x9F"
         "e",
         "gr-e"},
        {"...", "project"},
        {"", "project"},
        {"a-", "a"},
        {"x.y.z", "x-y-z"},
        {"exactly-thirty-two-characters-ok...", "exactly-thirty-two-characters-ok"},
        {"the name of this folder is longer than that", "the-name-of-this-folder-is-longe"},
    };
    struct err err = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        bool cut = true;
        char *name = new_settings_project(cases[i].folder, &cut);

        assert_int_equal(cut, strlen(cases[i].folder) > 40);
        assert_string_equal(name, cases[i].project);
        assert_int_equal(new_settings_check(name, NULL, NULL, &err), 0);
        free(name);
    }
    assert_int_equal(new_settings_check("Weather", NULL, NULL, &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
    assert_non_null(strstr(err.message, "the project: 'Weather' must be lower-case"));
    assert_int_equal(new_settings_check("", NULL, NULL, &err), -1);
    assert_int_equal(new_settings_check("a", "nowhere", NULL, &err), -1);
    assert_int_equal(new_settings_check("a", "eu-west-1", "python4", &err), -1);
    assert_int_equal(new_settings_check("a", "eu-west-1", "python3.13", &err), 0);
}

static void test_settings_of_a_web_app(void **state)
{
    static const char expected[] =
        "{\n"
        "  \"$schema\": \"fnctl.schema.json\",\n"
        "  \"project\": \"clock\",\n"
        "  \"default_stage\": \"dev\",\n"
        "  \"functions\": {\n"
        "    \"web\": {\n"
        "      \"runtime\": \"python3.13\",\n"
        "      \"app\": \"app.app\",\n"
        "      \"routes\": [\"ANY /{proxy+}\", \"ANY /\"]\n"
        "    }\n"
        "  },\n"
        "  \"stages\": {\n"
        "    \"dev\": { \"provider\": \"local\" },\n"
        "    \"prod\": { \"provider\": \"aws\", \"region\": \"eu-central-1\" }\n"
        "  }\n"
        "}\n";
    const struct candidate candidate = {.kind = DETECT_WSGI,
                                        .file = (char[]){"app.py"},
                                        .target = (char[]){"app.app"},
                                        .web = true};
    struct new_settings settings = {.project = "clock"};
    struct err err = {0};
    char *text;

    (void)state;
    assert_int_equal(new_settings_use(&settings, &candidate, "nodejs22.x", &err), -1);
    assert_non_null(strstr(err.message, "cannot run 'app.py'"));
    assert_int_equal(new_settings_use(&settings, &candidate, NULL, &err), 0);
    text = new_settings_text(&settings);
    assert_string_equal(text, expected);
    free(text);
}

static void test_fill(void **state)
{
    static const char template[] =
        "{ \"project\":\"a \\\" b\",\n  \"functions\": {\"f\": { \"runtime\" : \"python3.9\"}},"
        "\"stages\": {\"prod\": {\"region\": \"x\"}} }\n";
    const struct new_settings settings = {.project = "new", .region = "eu-west-1"};
    struct buf text;
    struct err err = {0};

    (void)state;
    buf_init(&text, 0);
    buf_puts(&text, template);
    assert_int_equal(new_settings_fill(&settings, "python3.13", &text, &err), 0);
    assert_string_equal(buf_string(&text),
                        "{ \"project\":\"new\",\n  \"functions\": {\"f\": { \"runtime\" : "
                        "\"python3.13\"}},\"stages\": {\"prod\": {\"region\": \"eu-west-1\"}} }\n");
    buf_clear(&text);
    buf_puts(&text, "{\"project\": 7}");
    assert_int_equal(new_settings_fill(&settings, NULL, &text, &err), 0);
    assert_string_equal(buf_string(&text), "{\"project\": 7}");
    buf_clear(&text);
    buf_puts(&text, "{\"project\": ");
    assert_int_equal(new_settings_fill(&settings, NULL, &text, &err), -1);
    buf_release(&text);
}

static void test_pretty(void **state)
{
    static const char *const texts[] = {
        "{}\n",
        "[]\n",
        "[1, true, null, \"\xC3\xA9\\n\"]\n",
        "{ \"a\": 1, \"b\": 2 }\n",
        "{\n  \"a\": 1,\n  \"b\": 2,\n  \"c\": []\n}\n",
        "[\n  [1, 2],\n  { \"x\": \"y\" }\n]\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        struct err err = {0};
        json_t *value = json_parse(texts[i], strlen(texts[i]), 8, &err);
        char *text = pretty_json(value);

        assert_string_equal(text, texts[i]);
        free(text);
        json_decref(value);
    }
}

#define FOLDER_TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unsafe_paths),
        cmocka_unit_test(test_bounds),
        FOLDER_TEST(test_write),
        FOLDER_TEST(test_a_failed_write_leaves_nothing_new),
        FOLDER_TEST(test_dangling_links_are_conflicts),
        FOLDER_TEST(test_gitignore_is_merged),
        cmocka_unit_test(test_samples),
        cmocka_unit_test(test_unknown_sample),
        FOLDER_TEST(test_folder),
        FOLDER_TEST(test_archive),
        FOLDER_TEST(test_archives_that_reach_out),
        FOLDER_TEST(test_no_archive),
        cmocka_unit_test(test_project_names),
        cmocka_unit_test(test_settings_of_a_web_app),
        cmocka_unit_test(test_fill),
        cmocka_unit_test(test_pretty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
