/* Zips with large files, many files, and runs that are cut short. */
#include "packager/zip/zipfile.h"

#include "core/clock.h"
#include "core/file.h"
#include "core/interrupt.h"
#include "core/memory.h"
#include "core/process.h"
#include "packager/zip/zip_pieces.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zip.h>

#include <cmocka.h>

#if defined(__SANITIZE_ADDRESS__)
enum { SANITIZED = 1 };
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif
#else
enum { SANITIZED = 0 };
#endif

static char *root; /* has source/ and out/ */
static struct out out;

static char *in_root(const char *path)
{
    return file_join(root, path);
}

static void make(const char *path)
{
    char *full = in_root(path);
    struct err err;

    assert_int_equal(file_make_folder(full, 0755, &err), 0);
    free(full);
}

static int set_up(void **state)
{
    struct err err;

    (void)state;
    out_init(&out, stdout, stderr);
    out.quiet = true;
    root = file_temporary_folder("fnctl large", &err);
    make("source");
    make("out");
    return 0;
}

static int tear_down(void **state)
{
    struct err err;

    (void)state;
    file_remove(root, &err);
    free(root);
    out_release(&out);
    return 0;
}

/* Adds the file source/`name` of that many bytes; every second 100 KB of it are random. */
static void add_file(struct entries *entries, const char *name, size_t size)
{
    char *relative = file_join("source", name), *path = in_root(relative);
    unsigned char *data = xcalloc(size, 1);
    uint64_t state = size + 1;
    struct stat status;
    struct err err;

    for (size_t i = 0; i < size; i++) {
        state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
        data[i] = (unsigned char)(i / 100000 % 2 ? state >> 56 : 'a' + (state >> 61));
    }
    assert_int_equal(file_write(path, data, size, 0644, &err), 0);
    assert_int_equal(stat(path, &status), 0);
    entries_add_file(entries, name, path, &status, "source");
    free(data);
    free(path);
    free(relative);
}

static int write_zip(struct entries *entries, int level, struct artifact *artifact, struct err *err)
{
    struct zipfile_options options = {.out = &out, .label = "test", .level = level};
    char *path = in_root("out/a.zip");
    int result;

    *artifact = (struct artifact){0};
    entries_sort(entries);
    result = zipfile_write(path, entries, &options, artifact, err);
    free(path);
    return result;
}

static void must_write(struct entries *entries, int level, struct artifact *artifact)
{
    struct err err = {0};

    if (write_zip(entries, level, artifact, &err) < 0)
        fail_msg("%s", err.message);
}

/* The shell command succeeds with the zip as $1, in the root. */
static void assert_runs(const char *program, const char *command, const char *zip)
{
    const char *const argv[] = {"sh", "-c", command, "sh", zip, NULL};
    char *found = file_find_program(program);
    struct buf output;
    struct process process = {.argv = argv, .output = &output, .folder = root};
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

static size_t count_names(const char *folder)
{
    char *path = in_root(folder);
    DIR *stream = opendir(path);
    size_t count = 0;

    while (readdir(stream))
        count++;
    closedir(stream);
    free(path);
    return count - 2;
}

static void empty_out(const struct artifact *artifact)
{
    unlink(artifact->path);
    free(artifact->path);
}

static void add_odd_sizes(struct entries *entries)
{
    add_file(entries, "part", ZIP_PART);
    add_file(entries, "part and one", ZIP_PART + 1);
    add_file(entries, "part but one", ZIP_PART - 1);
    add_file(entries, "parts", 3 * ZIP_PART + 17);
    add_file(entries, "run", ZIP_RUN);
    add_file(entries, "small", 10);
    add_file(entries, "two parts", 2 * ZIP_PART);
}

static void parts_unpack_to_the_file(void **state)
{
    struct entries entries = {0};
    struct artifact artifact;

    (void)state;
    add_odd_sizes(&entries);
    must_write(&entries, 6, &artifact);
    assert_runs("unzip", "unzip -qq \"$1\" -d un && diff -r un source && rm -r un", artifact.path);
    assert_runs("bsdtar", "mkdir un && bsdtar -xf \"$1\" -C un && diff -r un source && rm -r un",
                artifact.path);
    assert_runs("python3", "python3 -m zipfile -t \"$1\"", artifact.path);
    assert_runs("7z", "7z t \"$1\"", artifact.path);
    empty_out(&artifact);
    entries_release(&entries);
}

static void one_processor_or_all(void **state)
{
    struct entries entries = {0};
    struct artifact one, all;
    cpu_set_t allowed, first;

    (void)state;
    add_odd_sizes(&entries);
    for (int i = 0; i < 3000; i++) {
        char name[32];

        snprintf(name, sizeof(name), "file %04d", i);
        entries_add_data(&entries, name, name, strlen(name), "test");
    }
    sched_getaffinity(0, sizeof(allowed), &allowed);
    CPU_ZERO(&first);
    for (size_t i = 0; !CPU_COUNT(&first); i++)
        if (CPU_ISSET(i, &allowed))
            CPU_SET(i, &first);
    must_write(&entries, 6, &all);
    sched_setaffinity(0, sizeof(first), &first);
    must_write(&entries, 6, &one);
    sched_setaffinity(0, sizeof(allowed), &allowed);
    assert_string_equal(one.sha256, all.sha256);
    assert_string_equal(one.identity, all.identity);
    free(all.path);
    empty_out(&one);
    entries_release(&entries);
}

static void seventy_thousand_entries(void **state)
{
    enum { COUNT = 70000 };
    struct entries entries = {0};
    struct artifact artifact;
    zip_t *zip;
    int code;

    (void)state;
    for (int i = 0; i < COUNT; i++) {
        char name[32];

        snprintf(name, sizeof(name), "%03d/%05d", i / 100, i);
        entries_add_data(&entries, name, name, strlen(name), "test");
    }
    must_write(&entries, 6, &artifact);
    zip = zip_open(artifact.path, ZIP_RDONLY | ZIP_CHECKCONS, &code);
    assert_non_null(zip);
    assert_int_equal(zip_get_num_entries(zip, 0), COUNT);
    zip_discard(zip);
    assert_runs("unzip", "unzip -tqq \"$1\"", artifact.path);
    assert_runs("python3", "python3 -m zipfile -t \"$1\"", artifact.path);
    empty_out(&artifact);
    entries_release(&entries);
}

/* A file that is a hole but for its end. */
static void entry_above_4_gib(void **state)
{
    const off_t size = ((off_t)4 << 30) + 4096;
    struct entries entries = {0};
    struct artifact artifact;
    struct stat status;
    char *path;
    int fd;

    (void)state;
    if (SANITIZED)
        skip(); /* compressing 4 GiB takes minutes with the sanitizers */
    path = in_root("out/hole");
    fd = open(path, O_RDWR | O_CREAT, 0644);
    assert_int_equal(pwrite(fd, "end", 3, size - 3), 3);
    assert_int_equal(fstat(fd, &status), 0);
    close(fd);
    entries_add_file(&entries, "hole", path, &status, "test");
    entries_add_data(&entries, "next", "next", 4, "test");
    must_write(&entries, 6, &artifact);
    assert_int_equal(artifact.unzipped_size, size + 4);
    assert_runs("python3",
                "python3 -c 'import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1])\n"
                "assert z.getinfo(\"hole\").file_size == (4 << 30) + 4096\n"
                "assert z.read(\"next\") == b\"next\"' \"$1\"",
                artifact.path);
    unlink(path);
    free(path);
    empty_out(&artifact);
    entries_release(&entries);
}

/* The failure of the first entry counts, and a worker that waits for a failed part goes on. */
static void a_part_that_cannot_be_read(void **state)
{
    struct entries entries = {0};
    struct artifact artifact;
    struct err err = {0};

    (void)state;
    add_odd_sizes(&entries);
    entries_sort(&entries);
    entries_find(&entries, "parts")->stamp.modified++;
    entries_find(&entries, "two parts")->stamp.inode++;
    assert_int_equal(write_zip(&entries, 6, &artifact, &err), -1);
    assert_int_equal(err.code, ERR_PACKAGE);
    assert_non_null(strstr(err.message, "source/parts' changed while it was being packaged"));
    assert_int_equal(count_names("out"), 0);
    entries_release(&entries);
}

static void two_of_one_path(void **state)
{
    struct entries entries = {0};
    struct artifact artifact;
    struct err err = {0};

    (void)state;
    entries_add_data(&entries, "lib/x.so", "1", 1, "test");
    entries_add_data(&entries, "lib/x.so", "2", 1, "test");
    assert_int_equal(write_zip(&entries, 6, &artifact, &err), -1);
    assert_non_null(strstr(err.message, "two files are to be 'lib/x.so' in the zip"));
    assert_int_equal(count_names("out"), 0);
    entries_release(&entries);
}

/* Ctrl-C while a file is compressed that would take minutes. */
static void interrupt_ends_it(void **state)
{
    struct entries entries = {0};
    struct artifact artifact;
    struct err err = {0};
    char *path = in_root("source/much");
    struct stat status;
    int ended;
    pid_t child;

    (void)state;
    assert_int_equal(close(open(path, O_WRONLY | O_CREAT, 0644)), 0);
    assert_int_equal(truncate(path, (off_t)20 << 30), 0);
    assert_int_equal(stat(path, &status), 0);
    entries_add_file(&entries, "much", path, &status, "test");
    child = fork();
    if (child == 0) {
        interrupt_install();
        write_zip(&entries, 1, &artifact, &err);
        _exit(err.code);
    }
    interrupt_sleep(200);
    kill(child, SIGINT);
    assert_int_equal(waitpid(child, &ended, 0), child);
    assert_true(WIFEXITED(ended));
    assert_int_equal(WEXITSTATUS(ended), ERR_INTERRUPTED);
    assert_int_equal(count_names("out"), 0);
    unlink(path);
    free(path);
    entries_release(&entries);
}

/* Killed, it leaves a temporary file that the next run removes, and never the zip. */
static void killed_leaves_no_zip(void **state)
{
    struct entries entries = {0};
    struct artifact artifact;
    struct err err = {0};
    pid_t child;

    (void)state;
    add_odd_sizes(&entries);
    for (int i = 0; i < 8; i++) {
        child = fork();
        if (child == 0) {
            while (write_zip(&entries, 9, &artifact, &err) == 0)
                unlink(artifact.path);
            _exit(1);
        }
        interrupt_sleep(20 + 7 * i);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
    }
    must_write(&entries, 1, &artifact);
    assert_int_equal(count_names("out"), 1);
    empty_out(&artifact);
    entries_release(&entries);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_unpack_to_the_file),   cmocka_unit_test(one_processor_or_all),
        cmocka_unit_test(seventy_thousand_entries),   cmocka_unit_test(entry_above_4_gib),
        cmocka_unit_test(a_part_that_cannot_be_read), cmocka_unit_test(two_of_one_path),
        cmocka_unit_test(interrupt_ends_it),          cmocka_unit_test(killed_leaves_no_zip),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
