#include "core/file.h"
#include "core/memory.h"
#include "providers/local/engine/store/store.h"

// clang-format off
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

struct test {
    char *folder;
    struct store *store;
};

static int set_up(void **state)
{
    struct test *test = xcalloc(1, sizeof(*test));
    struct err err = {0};

    test->folder = file_temporary_folder("fnctl-store", &err);
    test->store = test->folder ? store_open(test->folder, &err) : NULL;
    *state = test;
    return test->store ? 0 : -1;
}

static int tear_down(void **state)
{
    struct test *test = *state;
    struct err err = {0};
    int result;

    store_close(test->store);
    result = file_remove(test->folder, &err);
    free(test->folder);
    free(test);
    return result;
}

/* An entry of a zip to be made. */
struct item {
    const char *name;
    const char *text;
    mode_t mode;
};

#define FILE_MODE (S_IFREG | 0644)
#define LINK_MODE (S_IFLNK | 0777)

static void add_item(zip_t *zip, const struct item *item)
{
    zip_source_t *source = zip_source_buffer(zip, item->text, strlen(item->text), 0);
    zip_int64_t index = zip_file_add(zip, item->name, source, 0);

    assert_true(index >= 0);
    assert_int_equal(zip_file_set_external_attributes(zip, (zip_uint64_t)index, 0, ZIP_OPSYS_UNIX,
                                                      (zip_uint32_t)item->mode << 16),
                     0);
}

/* The bytes of a zip with the items; to be released. */
static struct buf make_zip(const struct item *items, size_t count)
{
    char *folder, *path;
    struct err err = {0};
    struct buf bytes;
    zip_t *zip;

    folder = file_temporary_folder("fnctl-zip", &err);
    path = file_join(folder, "a.zip");
    zip = zip_open(path, ZIP_CREATE, NULL);
    assert_non_null(zip);
    for (size_t i = 0; i < count; i++)
        add_item(zip, &items[i]);
    assert_int_equal(zip_close(zip), 0);
    buf_init(&bytes, 0);
    assert_int_equal(file_read(path, 0, &bytes, &err), 0);
    file_remove(folder, &err);
    free(path);
    free(folder);
    return bytes;
}

static void assert_refused(const struct item *items, size_t count, const char *why)
{
    struct buf zip = make_zip(items, count);
    struct err err = {0};
    uint64_t unzipped;

    assert_int_equal(store_check_zip(zip.data, zip.len, &unzipped, &err), -1);
    assert_int_equal(err.code, ERR_PACKAGE);
    assert_string_equal(err.message, why);
    buf_release(&zip);
}

#define REFUSED(WHY, ...)                                                                          \
    do {                                                                                           \
        const struct item items[] = {__VA_ARGS__};                                                 \
        assert_refused(items, sizeof(items) / sizeof(*items), WHY);                                \
    } while (0)

static void unsafe_zips_are_refused(void **state)
{
    (void)state;
    REFUSED("entry '../x': its name leads out of the folder", {"../x", "y", FILE_MODE});
    REFUSED("entry 'a/../../x': its name leads out of the folder", {"a/../../x", "y", FILE_MODE});
    REFUSED("entry '/etc/x': its name is absolute", {"/etc/x", "y", FILE_MODE});
    REFUSED("entry 'l': the link to '/etc' leads out of the folder", {"l", "/etc", LINK_MODE});
    REFUSED("entry 'a/l': the link to '../../x' leads out of the folder",
            {"a/l", "../../x", LINK_MODE});
    REFUSED("entry 'l': the link to 'a/../..' leads out of the folder",
            {"l", "a/../..", LINK_MODE});
    REFUSED("entry 'l/x': it would be written through the link 'l'", {"l", "a", LINK_MODE},
            {"l/x", "y", FILE_MODE});
    REFUSED("entry 'l/x': it would be written through the link 'l'", {"l/x", "y", FILE_MODE},
            {"l", "a", LINK_MODE});
    REFUSED("entry 'f/x': 'f' is a file", {"f", "y", FILE_MODE}, {"f/x", "y", FILE_MODE});
    REFUSED("entry 'a/x': it is there twice", {"a/x", "y", FILE_MODE}, {"a/./x", "y", FILE_MODE});
    REFUSED("entry 'd': it is a device, pipe or socket", {"d", "y", S_IFCHR | 0666});
    REFUSED("entry 'p': it is a device, pipe or socket", {"p", "y", S_IFIFO | 0666});
    REFUSED("entry 'l': the link's target is empty or too long", {"l", "", LINK_MODE});
}

static void what_is_no_zip_is_refused(void **state)
{
    struct err err = {0};
    uint64_t unzipped;

    (void)state;
    assert_int_equal(store_check_zip("no zip", 6, &unzipped, &err), -1);
    assert_int_equal(err.code, ERR_PACKAGE);
    assert_int_equal(store_check_zip("", 0, &unzipped, &err), -1);
    assert_int_equal(err.code, ERR_PACKAGE);
}

/* Its directory announces what 300 MB of zeros unpack to. */
static void a_bomb_is_refused(void **state)
{
    size_t len = 300 * 1000 * 1000;
    char *zeros = xcalloc(len, 1);
    struct test *test = *state;
    char *path = file_join(test->folder, "bomb.zip");
    zip_t *zip = zip_open(path, ZIP_CREATE, NULL);
    struct err err = {0};
    struct buf bytes;
    uint64_t unzipped;

    buf_init(&bytes, 0);
    zip_file_add(zip, "zeros", zip_source_buffer(zip, zeros, len, 0), 0);
    assert_int_equal(zip_close(zip), 0);
    assert_int_equal(file_read(path, 0, &bytes, &err), 0);
    assert_true(bytes.len < 1000 * 1000);
    assert_int_equal(store_check_zip(bytes.data, bytes.len, &unzipped, &err), -1);
    assert_string_equal(err.message, "unzipped size must be smaller than 262144000 bytes");
    buf_release(&bytes);
    free(path);
    free(zeros);
}

static char *put(struct store *store, const struct item *items, size_t count)
{
    struct buf zip = make_zip(items, count);
    char name[HASH_HEX_LEN];
    struct err err = {0};

    assert_int_equal(store_put_blob(store, zip.data, zip.len, name, &err), 0);
    buf_release(&zip);
    return xstrdup(name);
}

static void a_zip_is_unpacked_with_modes_and_links(void **state)
{
    static const struct item items[] = {{"bootstrap", "#!/bin/sh\n", S_IFREG | 0755},
                                        {"lib/", "", S_IFDIR | 0755},
                                        {"lib/a.so.1", "elf", S_IFREG | 0444},
                                        {"lib/a.so", "a.so.1", LINK_MODE},
                                        {"bin/a", "../lib/a.so", LINK_MODE}};
    struct test *test = *state;
    char *name = put(test->store, items, 5), *folder, *again, *path;
    struct err err = {0};
    struct stat status;
    struct buf text;

    buf_init(&text, 0);
    folder = store_unpack(test->store, name, &err);
    assert_non_null(folder);
    path = file_join(folder, "bootstrap");
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0755);
    free(path);
    path = file_join(folder, "bin/a");
    assert_int_equal(file_read(path, 0, &text, &err), 0);
    assert_string_equal(buf_string(&text), "elf");
    free(path);
    again = store_unpack(test->store, name, &err);
    assert_string_equal(again, folder);
    buf_release(&text);
    free(again);
    free(folder);
    free(name);
}

/* One byte of the compressed data is changed: the folder does not appear. */
static void a_damaged_zip_leaves_no_folder(void **state)
{
    static const struct item items[] = {
        {"a", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbb", FILE_MODE}};
    struct test *test = *state;
    struct buf zip = make_zip(items, 1);
    char name[HASH_HEX_LEN], *folder;
    struct err err = {0};

    zip.data[34] = (char)(zip.data[34] ^ 0x55);
    assert_int_equal(store_put_blob(test->store, zip.data, zip.len, name, &err), 0);
    assert_null(store_unpack(test->store, name, &err));
    assert_int_equal(err.code, ERR_PACKAGE);
    folder = xasprintf("%s/unpacked/%s", test->folder, name);
    assert_false(file_exists(folder));
    free(folder);
    buf_release(&zip);
}

static void the_sweep_removes_what_is_not_used(void **state)
{
    static const struct item items[] = {{"a", "b", FILE_MODE}}, others[] = {{"c", "d", FILE_MODE}};
    struct test *test = *state;
    char *used = put(test->store, items, 1), *unused = put(test->store, others, 1);
    char *used_path = store_blob_path(test->store, used);
    char *unused_path = store_blob_path(test->store, unused);
    char *half = xasprintf("%s/unpacked/.%s.XYZ", test->folder, used);
    struct err err = {0};

    assert_int_equal(file_make_folder(half, 0700, &err), 0);
    assert_int_equal(store_run(test->store,
                               "INSERT INTO layers (name, version, arn, code, document)"
                               " VALUES ('l', 1, 'arn:l:1', ?, '{}')",
                               "s", used),
                     1);
    store_sweep(test->store);
    assert_true(file_exists(used_path));
    assert_false(file_exists(unused_path));
    assert_false(file_exists(half));
    free(half);
    free(used_path);
    free(unused_path);
    free(used);
    free(unused);
}

static void a_constraint_is_told_from_other_results(void **state)
{
    struct test *test = *state;
    const char *sql =
        "INSERT INTO functions (name, arn, tags, next_version) VALUES (?, 'a', '{}', 1)";

    assert_int_equal(store_run(test->store, sql, "s", "f"), 1);
    assert_int_equal(store_run(test->store, sql, "s", "f"), -1);
    assert_int_equal(store_run(test->store, "DELETE FROM functions WHERE name = ?", "s", "g"), 0);
    /* Foreign keys hold. */
    assert_int_equal(store_run(test->store,
                               "INSERT INTO aliases VALUES ('none', 'live', '1', '', '{}', 'r')",
                               ""),
                     -1);
}

static void rows_come_as_json(void **state)
{
    struct test *test = *state;
    json_t *row = store_row(test->store,
                            "SELECT 1 AS a, 'x' AS b, NULL AS c, '{\"y\": [2]}' AS \"{d\","
                            " 1.5 AS e, ? AS f",
                            "s", "g");
    json_t *wanted = json_pack("{s:i, s:s, s:{s:[i]}, s:f, s:s}", "a", 1, "b", "x", "d", "y", 2,
                               "e", 1.5, "f", "g");

    assert_true(json_equal(row, wanted));
    assert_null(store_row(test->store, "SELECT 1 WHERE 0", ""));
    json_decref(row);
    json_decref(wanted);
}

static void a_state_is_opened_again(void **state)
{
    struct test *test = *state;
    struct err err = {0};
    json_t *row;

    store_run(test->store, "INSERT INTO functions VALUES ('f', 'a', '{}', NULL, 1)", "");
    store_close(test->store);
    test->store = store_open(test->folder, &err);
    assert_non_null(test->store);
    row = store_row(test->store, "SELECT name FROM functions", "");
    assert_non_null(row);
    json_decref(row);
    store_run(test->store, "PRAGMA user_version = 9999", "");
    store_close(test->store);
    test->store = NULL;
    assert_null(store_open(test->folder, &err));
    assert_non_null(strstr(err.message, "the state was written by a newer fnctl-local"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unsafe_zips_are_refused),
        cmocka_unit_test(what_is_no_zip_is_refused),
        cmocka_unit_test_setup_teardown(a_bomb_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_zip_is_unpacked_with_modes_and_links, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_damaged_zip_leaves_no_folder, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_sweep_removes_what_is_not_used, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_constraint_is_told_from_other_results, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rows_come_as_json, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_state_is_opened_again, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
