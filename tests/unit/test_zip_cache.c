/* Packaging again: whatever happened in between, the zip is the one a full build makes. */
#include "packager/zip/zip_cache.h"

#include "core/clock.h"
#include "core/file.h"
#include "core/interrupt.h"
#include "core/memory.h"
#include "packager/files/collect.h"
#include "packager/zip/zipfile.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char *root; /* has source/, out/ and, when it is kept, index/ */
static struct out out;

static char *in_root(const char *path)
{
    return file_join(root, path);
}

/* Writes into the file that is there, or makes it: the inode stays. */
static void put_bytes(const char *path, const void *data, size_t len)
{
    char *full = in_root(path), *folder = file_folder(full);
    struct err err;
    int fd;

    assert_int_equal(file_make_folder(folder, 0755, &err), 0);
    fd = open(full, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    assert_int_equal(write(fd, data, len), (ssize_t)len);
    close(fd);
    free(folder);
    free(full);
}
static void put(const char *path, const char *text)
{
    put_bytes(path, text, strlen(text));
}

static void drop(const char *path)
{
    char *full = in_root(path);
    struct err err;

    assert_int_equal(file_remove(full, &err), 0);
    free(full);
}

/* Long enough for what follows to have another time stamp. */
static void pause_shortly(void)
{
    interrupt_sleep(25);
}

static void fill_source(void)
{
    unsigned char *big = xcalloc(3 << 20, 1);

    for (size_t i = 0; i < 3 << 20; i++)
        big[i] = (unsigned char)(i * i >> 11);
    for (int i = 0; i < 300; i++) {
        char path[64], text[64];

        snprintf(path, sizeof(path), "source/folder %d/file %d", i / 50, i);
        snprintf(text, sizeof(text), "this is the text of file number %d", i * i);
        put(path, text);
    }
    put_bytes("source/folder 3/big", big, 3 << 20);
    free(big);
}

static int set_up(void **state)
{
    char *link;
    struct err err;

    (void)state;
    out_init(&out, stdout, stderr);
    out.quiet = true;
    root = file_temporary_folder("fnctl cache", &err);
    put("out/keep", "");
    fill_source();
    link = in_root("source/link");
    assert_int_equal(symlink("folder 3/big", link), 0);
    free(link);
    pause_shortly();
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

/* Packages source/ as `name`, with the cache in `index` (NULL: none); the SHA-256, to free(). */
static char *package(const char *name, const char *index, int level)
{
    char *source = in_root("source"), *path = in_root(name);
    char *cache_folder = index ? in_root(index) : NULL;
    struct zip_cache *cache = zip_cache_new(cache_folder, path, level, true);
    struct zipfile_options options = {.out = &out, .label = "test", .level = level};
    struct rules rules;
    struct collect collect = {.folder = source, .rules = &rules};
    struct entries entries = {0};
    struct artifact artifact = {0};
    struct err err = {0};

    rules_init(&rules);
    options.cache = cache;
    if (collect_files(&entries, &collect, &err) < 0)
        fail_msg("%s", err.message);
    entries_add_data(&entries, "made.json", "{}", 2, "adapter");
    entries_sort(&entries);
    zip_cache_recall(cache, &entries);
    if (zipfile_write(path, &entries, &options, &artifact, &err) < 0)
        fail_msg("%s", err.message);
    entries_release(&entries);
    rules_release(&rules);
    zip_cache_free(cache);
    free(artifact.path);
    free(cache_folder);
    free(path);
    free(source);
    return xasprintf("%s %s %zu %llu", artifact.sha256, artifact.identity, artifact.entries,
                     (unsigned long long)artifact.unzipped_size);
}

static void stat_of(const char *path, struct stat *status)
{
    char *full = in_root(path);

    assert_int_equal(stat(full, status), 0);
    free(full);
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
           a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* The path of the one index, below the root; to free(). */
static char *find_index(void)
{
    char *folder = in_root("index"), *found = NULL;
    DIR *stream = opendir(folder);
    struct dirent *item;

    while ((item = readdir(stream)) != NULL)
        if (strncmp(item->d_name, "a.zip.", 6) == 0) {
            assert_null(found);
            found = file_join("index", item->d_name);
        } else {
            assert_true(item->d_name[0] == '.' && strspn(item->d_name, ".") < 3 &&
                        !item->d_name[strspn(item->d_name, ".")]); /* no temporary file */
        }
    closedir(stream);
    free(folder);
    assert_non_null(found);
    return found;
}

/* Whether packaging again leaves the zip alone; the bytes are those of a full build either way. */
static bool leaves_zip(void)
{
    struct stat before, after;
    char *again, *full;

    stat_of("out/a.zip", &before);
    again = package("out/a.zip", "index", 6);
    full = package("out/full.zip", NULL, 6);
    assert_string_equal(again, full);
    free(again);
    again = package("out/b.zip", "other", 6); /* hashes what lies there */
    stat_of("out/a.zip", &after);
    assert_string_equal(again, full);
    drop("other");
    free(full);
    free(again);
    return is_same_file(&before, &after);
}

static void nothing_changed(void **state)
{
    struct stat before, after;
    char *index;

    (void)state;
    free(package("out/a.zip", "index", 6));
    index = find_index();
    stat_of(index, &before);
    assert_true(leaves_zip());
    stat_of(index, &after);
    assert_true(is_same_file(&before, &after));
    free(index);
}

static void change(void)
{
    put("source/folder 2/file 120", "changed");
}
static void change_size_kept(void)
{
    put("source/folder 2/file 120", "CHANGED");
}
static void change_large(void)
{
    char *path = in_root("source/folder 3/big");
    int fd = open(path, O_WRONLY);

    assert_int_equal(pwrite(fd, "x", 1, 2 << 20), 1);
    close(fd);
    free(path);
}
static void change_and_restore_time(void)
{
    char *path = in_root("source/folder 4/file 201");
    struct stat status;
    struct timespec times[2];

    assert_int_equal(stat(path, &status), 0);
    times[0] = status.st_atim;
    times[1] = status.st_mtim;
    put("source/folder 4/file 201", "THIS is the text of file number 40401");
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    free(path);
}
static void replace_by_older(void)
{
    const struct timespec times[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
    char *path = in_root("source/folder 2/file 120"), *other = in_root("out/other");

    put("out/other", "cHaNgEd");
    assert_int_equal(utimensat(AT_FDCWD, other, times, 0), 0);
    assert_int_equal(rename(other, path), 0);
    free(other);
    free(path);
}
static void add_first(void)
{
    put("source/a new one", "first");
}
static void add_last(void)
{
    put("source/z", "last");
}
static void remove_some(void)
{
    drop("source/folder 1");
    drop("source/z");
}
static void make_executable(void)
{
    char *path = in_root("source/folder 2/file 121");

    assert_int_equal(chmod(path, 0755), 0);
    free(path);
}
static void link_elsewhere(void)
{
    char *path = in_root("source/link");

    unlink(path);
    assert_int_equal(symlink("folder 3/bag", path), 0);
    put("source/folder 3/bag", "");
    free(path);
}
/* A link to "a new one" and a file that says so differ, though their contents are the same. */
static void file_for_link(void)
{
    drop("source/link");
    put("source/link", "folder 3/bag");
}
static void empty_one(void)
{
    put("source/folder 5/file 299", "");
}

static void changes_are_noticed(void **state)
{
    static void (*const edits[])(void) = {
        change,           change_size_kept, change_large,  change_and_restore_time,
        replace_by_older, add_first,        add_last,      remove_some,
        make_executable,  link_elsewhere,   file_for_link, empty_one};

    (void)state;
    free(package("out/a.zip", "index", 6));
    for (size_t i = 0; i < sizeof(edits) / sizeof(*edits); i++) {
        pause_shortly();
        edits[i]();
        if (leaves_zip())
            fail_msg("edit %zu was not noticed", i);
        pause_shortly();
        assert_true(leaves_zip());
    }
}

/* Other times, the same contents: the zip stays, and what is now known is kept. */
static void touched(void **state)
{
    struct stat first, second, third;
    char *path = in_root("source/folder 0/file 1"), *big = in_root("source/folder 3/big"), *index;

    (void)state;
    free(package("out/a.zip", "index", 6));
    index = find_index();
    stat_of(index, &first);
    assert_int_equal(utimensat(AT_FDCWD, path, NULL, 0), 0);
    assert_int_equal(utimensat(AT_FDCWD, big, NULL, 0), 0);
    pause_shortly();
    assert_true(leaves_zip());
    stat_of(index, &second);
    assert_false(is_same_file(&first, &second));
    assert_true(leaves_zip());
    stat_of(index, &third);
    assert_true(is_same_file(&second, &third));
    free(index);
    free(big);
    free(path);
}

/* A file that is written again at once, in the same moment by the file system's clock. */
static void changed_in_the_same_moment(void **state)
{
    (void)state;
    for (int i = 0; i < 30; i++) {
        char text[24];
        char *before, *after;

        snprintf(text, sizeof(text), "before %04d", i);
        put("source/racy", text);
        before = package("out/a.zip", "index", 1);
        snprintf(text, sizeof(text), "after  %04d", i);
        put("source/racy", text);
        after = package("out/a.zip", "index", 1);
        assert_string_not_equal(before, after);
        free(before);
        free(after);
    }
    drop("source/racy");
}

static void flip(const char *path, off_t at)
{
    char *full = in_root(path);
    int fd = open(full, O_RDWR);
    unsigned char byte;

    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte ^= 0x10;
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    close(fd);
    free(full);
}

static void damaged_index_is_not_believed(void **state)
{
    struct stat status;
    char *index, *full;

    (void)state;
    free(package("out/a.zip", "index", 6));
    index = find_index();
    full = in_root(index);
    for (int i = 0; i < 24; i++) {
        stat_of(index, &status);
        if (i < 20)
            flip(index, status.st_size * i / 20);
        else
            assert_int_equal(truncate(full, status.st_size * (i - 20) / 4), 0);
        assert_false(leaves_zip());
    }
    free(full);
    free(index);
}

/* A zip that somebody changed, even so that it looks the same, is made again. */
static void damaged_zip_is_not_believed(void **state)
{
    struct timespec times[2];
    struct stat status;
    char *path = in_root("out/a.zip");

    (void)state;
    free(package("out/a.zip", "index", 6));
    stat_of("out/a.zip", &status);
    times[0] = status.st_atim;
    times[1] = status.st_mtim;
    flip("out/a.zip", status.st_size / 2);
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    assert_false(leaves_zip());
    assert_int_equal(truncate(path, 100), 0);
    assert_false(leaves_zip());
    unlink(path);
    free(package("out/a.zip", "index", 6));
    assert_true(leaves_zip());
    free(path);
}

static void another_level_is_another_zip(void **state)
{
    char *nine, *full;

    (void)state;
    free(package("out/a.zip", "index", 6));
    nine = package("out/a.zip", "index", 9);
    full = package("out/b.zip", NULL, 9);
    assert_string_equal(nine, full);
    free(nine);
    free(full);
}

/* The zip of the same name elsewhere is copied from, not taken for this one. */
static void another_place(void **state)
{
    struct stat first, second;
    char *there, *here;

    (void)state;
    there = package("out/a.zip", "index", 6);
    put("elsewhere/keep", "");
    here = package("elsewhere/a.zip", "index", 6);
    assert_string_equal(here, there);
    free(here);
    stat_of("out/a.zip", &first);
    stat_of("elsewhere/a.zip", &second);
    assert_int_not_equal(first.st_ino, second.st_ino);
    here = package("elsewhere/a.zip", "index", 6);
    assert_string_equal(here, there);
    stat_of("elsewhere/a.zip", &first);
    assert_true(is_same_file(&first, &second));
    drop("elsewhere");
    drop("index");
    free(there);
    free(here);
}

/* A cache that cannot be kept is no failure. */
static void no_place_for_the_cache(void **state)
{
    char *one, *two;

    (void)state;
    put("file", "");
    one = package("out/a.zip", "file/index", 6);
    two = package("out/a.zip", NULL, 6);
    assert_string_equal(one, two);
    free(one);
    free(two);
}

/* Several at once, without a lock: each sees its own zip whole, and what remains is right. */
static void several_at_once(void **state)
{
    enum { PROCESSES = 3 };
    pid_t children[PROCESSES];
    char *expected = package("out/full.zip", NULL, 6);
    int status;

    (void)state;
    for (int i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            for (int k = 0; k < 8; k++) {
                char *made = package("out/a.zip", "index", k % 3 == 1 ? 1 : 6);

                if (k % 3 != 1 && strcmp(made, expected) != 0)
                    _exit(1);
                free(made);
            }
            _exit(0);
        }
    }
    for (int i = 0; i < PROCESSES; i++) {
        waitpid(children[i], &status, 0);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    free(package("out/a.zip", "index", 6));
    assert_true(leaves_zip());
    free(expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_changed),
        cmocka_unit_test(changes_are_noticed),
        cmocka_unit_test(touched),
        cmocka_unit_test(changed_in_the_same_moment),
        cmocka_unit_test(damaged_index_is_not_believed),
        cmocka_unit_test(damaged_zip_is_not_believed),
        cmocka_unit_test(another_level_is_another_zip),
        cmocka_unit_test(another_place),
        cmocka_unit_test(no_place_for_the_cache),
        cmocka_unit_test(several_at_once),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
