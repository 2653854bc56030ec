#include "core/file.h"
#include "core/hash.h"

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

static int set_up(void **state)
{
    struct err err = {0};

    *state = file_temporary_folder("fnctl test", &err);
    return *state ? 0 : -1;
}

static int tear_down(void **state)
{
    struct err err = {0};
    int result = file_remove(*state, &err);

    free(*state);
    return result;
}

static void writes_and_reads_back(void **state)
{
    char *path = file_join(*state, "ä file");
    struct err err = {0};
    struct stat status;
    struct buf buf;

    buf_init(&buf, 0);
    assert_int_equal(file_write(path, "one", 3, 0644, &err), 0);
    assert_int_equal(file_write(path, "two\0", 4, 0600, &err), 0);
    assert_int_equal(file_read(path, 0, &buf, &err), 0);
    assert_int_equal(buf.len, 4);
    assert_memory_equal(buf.data, "two\0", 4);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(file_read(path, 3, &buf, &err), -1);
    assert_non_null(strstr(err.message, "it has 4 bytes, at most 3 are allowed"));
    buf_release(&buf);
    free(path);
}

static void refuses_what_is_no_file(void **state)
{
    struct err err = {0};
    struct buf buf;

    buf_init(&buf, 0);
    assert_int_equal(file_read(*state, 0, &buf, &err), -1);
    assert_non_null(strstr(err.message, "it is a folder"));
    assert_int_equal(file_read("/nonexistent", 0, &buf, &err), -1);
    assert_string_equal(err.message, "cannot read '/nonexistent': No such file or directory");
    buf_release(&buf);
}

static void bounds_a_file_whose_size_is_not_told(void **state)
{
    struct err err = {0};
    struct buf buf;

    (void)state;
    buf_init(&buf, 0);
    assert_int_equal(file_read("/proc/self/status", 100, &buf, &err), -1);
    assert_string_equal(err.message, "cannot read '/proc/self/status': it has more than 100 bytes");
    buf_release(&buf);
    buf_init(&buf, 50);
    assert_int_equal(file_read("/proc/self/status", 0, &buf, &err), -1);
    assert_string_equal(err.message, "cannot read '/proc/self/status': it has more than 50 bytes");
    buf_release(&buf);
}

static void writes_no_more_open_than_the_umask_says(void **state)
{
    char *path = file_join(*state, "private");
    mode_t before = umask(077);
    struct err err = {0};
    struct stat status;

    assert_int_equal(file_write(path, "x", 1, 0644, &err), 0);
    umask(before);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    free(path);
}

static void leaves_the_old_file_when_writing_fails(void **state)
{
    struct err err = {0};

    (void)state;
    assert_int_equal(file_write("/nonexistent/file", "x", 1, 0644, &err), -1);
    assert_string_equal(err.message, "cannot write '/nonexistent/file': No such file or directory");
}

static void makes_and_removes_trees(void **state)
{
    char *deep = file_join(*state, "a/b/c");
    char *top = file_join(*state, "a");
    char *link = file_join(deep, "link");
    struct err err = {0};

    assert_int_equal(file_make_folder(deep, 0755, &err), 0);
    assert_int_equal(file_make_folder(deep, 0755, &err), 0);
    assert_true(file_is_folder(deep));
    assert_int_equal(symlink("/usr", link), 0);
    assert_int_equal(file_make_folder("", 0755, &err), -1);
    assert_int_equal(file_remove(top, &err), 0);
    assert_int_equal(file_remove(top, &err), 0);
    assert_false(file_exists(top));
    assert_true(file_is_folder("/usr"));
    free(deep);
    free(top);
    free(link);
}

static void takes_paths_apart(void **state)
{
    static const struct {
        const char *path, *folder, *name;
    } cases[] = {{"a/b/c", "a/b", "c"}, {"c", ".", "c"}, {"/c", "/", "c"}, {"a/", "a", ""}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char *folder = file_folder(cases[i].path);

        assert_string_equal(folder, cases[i].folder);
        assert_string_equal(file_name(cases[i].path), cases[i].name);
        free(folder);
    }
}

static void finds_programs(void **state)
{
    char *sh = file_find_program("sh");

    (void)state;
    assert_non_null(sh);
    assert_int_equal(access(sh, X_OK), 0);
    assert_null(file_find_program("no-such-program-anywhere"));
    free(sh);
}

static void hashes_and_encodes(void **state)
{
    uint8_t digest[HASH_LEN];
    char hex[HASH_HEX_LEN];
    char *text;
    void *data;
    size_t len;

    (void)state;
    /* FIPS 180-2's example. */
    hash_sha256("abc", 3, digest);
    hash_hex(digest, HASH_LEN, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    /* RFC 4231, test case 2. */
    hash_hmac("Jefe", 4, "what do ya want for nothing?", 28, digest);
    hash_hex(digest, HASH_LEN, hex);
    assert_string_equal(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    /* RFC 4648. */
    text = hash_base64("foobar", 6);
    assert_string_equal(text, "Zm9vYmFy");
    free(text);
    data = hash_unbase64("Zm9vYg==", 8, &len);
    assert_int_equal(len, 4);
    assert_memory_equal(data, "foob", 5);
    free(data);
    assert_null(hash_unbase64("Zm9", 3, &len));
    assert_null(hash_unbase64("!!!!", 4, &len));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_and_reads_back),
        cmocka_unit_test(refuses_what_is_no_file),
        cmocka_unit_test(bounds_a_file_whose_size_is_not_told),
        cmocka_unit_test(writes_no_more_open_than_the_umask_says),
        cmocka_unit_test(leaves_the_old_file_when_writing_fails),
        cmocka_unit_test(makes_and_removes_trees),
        cmocka_unit_test(takes_paths_apart),
        cmocka_unit_test(finds_programs),
        cmocka_unit_test(hashes_and_encodes),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
