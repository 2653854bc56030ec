#include "packager/zip/zip_format.h"

#include "core/file.h"
#include "core/memory.h"
#include "core/process.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#include <cmocka.h>

static char *folder;

static int set_up(void **state)
{
    struct err err;

    (void)state;
    folder = file_temporary_folder("fnctl format", &err);
    return folder ? 0 : -1;
}

static int tear_down(void **state)
{
    struct err err;

    (void)state;
    file_remove(folder, &err);
    free(folder);
    return 0;
}

/* The shell command succeeds with the zip as $1. */
static void assert_runs(const char *program, const char *command, const char *zip)
{
    const char *const argv[] = {"sh", "-c", command, "sh", zip, NULL};
    char *found = file_find_program(program);
    struct buf output;
    struct process process = {.argv = argv, .output = &output};
    struct err err;
    int status = 0;

    buf_init(&output, 0);
    if (found)
        assert_int_equal(process_run(&process, &status, &err), 0);
    if (status)
        fail_msg("'%s' ended with %d: %s", command, status, buf_string(&output));
    buf_release(&output);
    free(found);
}

static void put_at(int fd, uint64_t offset, const void *data, size_t len)
{
    assert_int_equal(pwrite(fd, data, len, (off_t)offset), (ssize_t)len);
}

static void one_entry_to_the_byte(void **state)
{
    static const unsigned char local[] = "PK\3\4\24\0\0\0\10\0\0\0\41\0\4\3\2\1\5\0\0\0\7\0\0\0"
                                         "\3\0\0\0a/b";
    static const unsigned char central[] =
        "PK\1\2\24\3\24\0\0\0\10\0\0\0\41\0\4\3\2\1\5\0\0\0\7\0\0\0\3\0\0\0\0\0\0\0\0\0"
        "\0\0\355\201\11\0\0\0a/b";
    static const unsigned char end[] = "PK\5\6\0\0\0\0\1\0\1\0\61\0\0\0\47\0\0\0\0\0";
    struct zip_record record = {.path = "a/b",
                                .mode = 0100755,
                                .method = ZIP_DEFLATED,
                                .crc = 0x01020304,
                                .size = 7,
                                .compressed = 5,
                                .offset = 9};
    unsigned char header[64];
    struct buf buf;

    (void)state;
    assert_int_equal(zip_local_len("a/b", 7), sizeof(local) - 1);
    zip_put_local(&record, header);
    assert_memory_equal(header, local, sizeof(local) - 1);
    buf_init(&buf, 0);
    zip_put_central(&record, &buf);
    assert_int_equal(buf.len, sizeof(central) - 1);
    assert_memory_equal(buf.data, central, buf.len);
    buf_clear(&buf);
    zip_put_end(1, 39, 49, &buf);
    assert_int_equal(buf.len, sizeof(end) - 1);
    assert_memory_equal(buf.data, end, buf.len);
    buf_release(&buf);
}

static void flags_only_names_that_need_it(void **state)
{
    struct zip_record record = {.path = "plain", .method = ZIP_STORED};
    unsigned char header[64];

    (void)state;
    zip_put_local(&record, header);
    assert_int_equal(header[7], 0);
    record.path = "\xc3\xa4";
    zip_put_local(&record, header);
    assert_int_equal(header[7], 8);
}

/* An entry stored beyond 4 GiB, in a file that is a hole up to there. */
static void entry_beyond_4_gib(void **state)
{
    const uint64_t offset = UINT64_C(5) << 30;
    struct zip_record record = {.path = "far away",
                                .mode = 0100644,
                                .method = ZIP_STORED,
                                .crc = 0x3610a686, /* of "hello" */
                                .size = 5,
                                .compressed = 5,
                                .offset = offset};
    char *path = file_join(folder, "far.zip");
    int fd = open(path, O_RDWR | O_CREAT, 0644);
    unsigned char header[64];
    size_t header_len = zip_local_len(record.path, record.size);
    struct buf buf;
    zip_t *zip;
    zip_file_t *file;
    char data[8];
    int code;

    (void)state;
    zip_put_local(&record, header);
    put_at(fd, offset, header, header_len);
    put_at(fd, offset + header_len, "hello", 5);
    buf_init(&buf, 0);
    zip_put_central(&record, &buf);
    zip_put_end(1, offset + header_len + 5, buf.len, &buf);
    put_at(fd, offset + header_len + 5, buf.data, buf.len);
    buf_release(&buf);
    close(fd);
    zip = zip_open(path, ZIP_RDONLY | ZIP_CHECKCONS, &code);
    assert_non_null(zip);
    file = zip_fopen(zip, "far away", 0);
    assert_int_equal(zip_fread(file, data, sizeof(data)), 5);
    assert_memory_equal(data, "hello", 5);
    zip_fclose(file);
    zip_discard(zip);
    assert_runs("python3", "python3 -m zipfile -t \"$1\"", path);
    assert_runs("bsdtar", "test \"$(bsdtar -xOf \"$1\" 'far away')\" = hello", path);
    unlink(path);
    free(path);
}

/* Where the size makes a header longer, and that it does so before 32 bits are full: what does not
 * compress becomes longer. */
static void large_sizes_are_in_the_zip64_field(void **state)
{
    static const uint64_t sizes[] = {UINT64_C(4200000000), UINT64_C(4292000000), UINT32_MAX,
                                     UINT64_C(1) << 40};
    unsigned char header[64];

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        struct zip_record record = {.path = "x", .size = sizes[i], .compressed = sizes[i] + 1};
        size_t len = zip_local_len("x", sizes[i]);
        uint64_t found = 0;

        zip_put_local(&record, header);
        assert_int_equal(len, i == 0 ? 31 : 51);
        assert_int_equal(header[4], i == 0 ? 10 : 45);
        if (i == 0)
            continue;
        assert_memory_equal(header + 18, "\xff\xff\xff\xff\xff\xff\xff\xff", 8);
        for (int k = 7; k >= 0; k--)
            found = found << 8 | header[35 + k];
        assert_int_equal(found, sizes[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_entry_to_the_byte),
        cmocka_unit_test(flags_only_names_that_need_it),
        cmocka_unit_test(entry_beyond_4_gib),
        cmocka_unit_test(large_sizes_are_in_the_zip64_field),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
