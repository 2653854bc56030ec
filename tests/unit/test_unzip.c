/* Zips from outside are taken apart within their folder, or not at all. */
#include "cli/unzip.h"
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

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>

/* Writes a zip of "good.txt" and an entry of that name and type (a link leads to /etc). */
static void write_zip(const char *name, unsigned type)
{
    struct archive *archive = archive_write_new();
    const char *names[] = {"good.txt", name};

    archive_write_set_format_zip(archive);
    assert_int_equal(archive_write_open_filename(archive, "a.zip"), ARCHIVE_OK);
    for (size_t i = 0; i < 2; i++) {
        struct archive_entry *entry = archive_entry_new();
        bool file = i == 0 || type == AE_IFREG;

        archive_entry_set_pathname(entry, names[i]);
        archive_entry_set_filetype(entry, i ? type : AE_IFREG);
        archive_entry_set_perm(entry, i ? 0755 : 0644);
        archive_entry_set_size(entry, file ? 4 : 0);
        if (type == AE_IFLNK && i)
            archive_entry_set_symlink(entry, "/etc");
        assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
        if (file)
            assert_int_equal(archive_write_data(archive, "text", 4), 4);
        archive_entry_free(entry);
    }
    assert_int_equal(archive_write_free(archive), ARCHIVE_OK);
}

static void takes_files_and_folders(void **state)
{
    struct err err = {0};
    struct stat status;

    (void)state;
    write_zip("folder ä/run.sh", AE_IFREG);
    assert_int_equal(unzip_file("a.zip", "out", &err), 0);
    assert_int_equal(stat("out/folder ä/run.sh", &status), 0);
    assert_int_equal(status.st_size, 4);
    assert_true(status.st_mode & 0100);
    assert_int_equal(stat("out/good.txt", &status), 0);
    assert_false(status.st_mode & 0100);
    assert_int_equal(unzip_file("a.zip", "out", &err), -1);
    assert_string_equal(err.message, "'out' is there already");
}

static void refuses_what_leads_out(void **state)
{
    static const struct {
        const char *name;
        unsigned type;
        const char *message;
    } bad[] = {
        {"../out.txt", AE_IFREG, "the name of the entry '../out.txt' is not safe"},
        {"a/../../out.txt", AE_IFREG, "is not safe"},
        {"/tmp/out.txt", AE_IFREG, "is not safe"},
        {"a\\..\\out.txt", AE_IFREG, "is not safe"},
        {"a\x1b[2J", AE_IFREG, "is not safe"},
        {"link", AE_IFLNK, "the entry 'link' is no plain file"},
        {"good.txt", AE_IFREG, "cannot make 'good.txt': File exists"},
        {"good.txt/below", AE_IFREG, "good.txt"},
    };
    struct err err = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        write_zip(bad[i].name, bad[i].type);
        assert_int_equal(unzip_file("a.zip", "out", &err), -1);
        if (!strstr(err.message, bad[i].message))
            assert_string_equal(err.message, bad[i].message);
        assert_false(file_exists("out"));
        assert_false(file_exists("out.txt") || file_exists("/tmp/out.txt"));
    }
    write_file("a.zip", "this is no zip");
    assert_int_equal(unzip_file("a.zip", "out", &err), -1);
    assert_int_equal(unzip_file("none.zip", "out", &err), -1);
    assert_false(file_exists("out"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(takes_files_and_folders, enter_folder, leave_folder),
        cmocka_unit_test_setup_teardown(refuses_what_leads_out, enter_folder, leave_folder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
