#include "packager/zip/zipfile.h"

#include "core/file.h"
#include "core/hash.h"
#include "core/memory.h"
#include "core/process.h"
#include "packager/files/collect.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <zip.h>

#include <cmocka.h>

static char *root; /* has source/ and out/ */
static struct out out;
static struct zipfile_options zip_options = {.out = &out, .label = "test", .level = 6};

static char *in_root(const char *path)
{
    return file_join(root, path);
}

static void put(const char *path, const void *data, size_t len, mode_t mode)
{
    char *full = in_root(path);
    char *folder = file_folder(full);
    struct err err;

    assert_int_equal(file_make_folder(folder, 0755, &err), 0);
    assert_int_equal(file_write(full, data, len, mode, &err), 0);
    free(folder);
    free(full);
}

static int set_up(void **state)
{
    char *big = xcalloc(1, 300000);
    char *link, *folder;
    struct err err;

    (void)state;
    out_init(&out, stdout, stderr);
    out.quiet = true;
    root = file_temporary_folder("fnctl zip", &err);
    for (unsigned i = 0; i < 300000; i++)
        big[i] = (char)(i * i >> 8);
    put("source/app.py", "print(1)\n", 9, 0644);
    put("source/run me", "#!/bin/sh\n", 10, 0711);
    put("source/\xc3\xa4/\xe2\x82\xac", "euro", 4, 0600);
    put("source/empty", "", 0, 0640);
    put("source/a/b/c/big", big, 300000, 0444);
    put("out/keep", "", 0, 0644);
    link = in_root("source/link");
    assert_int_equal(symlink("a/b/c/big", link), 0);
    folder = in_root("source/nothing");
    mkdir(folder, 0755);
    free(folder);
    free(link);
    free(big);
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

static int collect(struct entries *entries, struct err *err)
{
    char *source = in_root("source");
    struct rules rules = {0};
    struct collect options = {.folder = source, .rules = &rules};
    int result;

    *entries = (struct entries){0};
    result = collect_files(entries, &options, err);
    free(source);
    return result;
}

static int write_zip(const char *name, struct artifact *artifact, struct err *err)
{
    char *path = in_root(name);
    struct entries entries;
    int result = collect(&entries, err);

    if (result == 0)
        result = zipfile_write(path, &entries, &zip_options, artifact, err);
    entries_release(&entries);
    free(path);
    return result;
}

static void must_write(const char *name, struct artifact *artifact)
{
    struct err err = {0};

    *artifact = (struct artifact){0};
    if (write_zip(name, artifact, &err) < 0)
        fail_msg("%s", err.message);
}

/* Names in out/ but those given. */
static size_t count_others(const char *const *known)
{
    char *folder = in_root("out");
    DIR *stream = opendir(folder);
    struct dirent *item;
    size_t count = 0;

    while ((item = readdir(stream)) != NULL) {
        size_t i = 0;

        while (known[i] && strcmp(known[i], item->d_name) != 0)
            i++;
        count += !known[i] && item->d_name[0] != '.';
        count += item->d_name[0] == '.' && item->d_name[1] && item->d_name[1] != '.';
    }
    closedir(stream);
    free(folder);
    return count;
}

static void tells_what_it_wrote(void **state)
{
    struct artifact artifact;
    struct stat status;
    uint8_t digest[HASH_LEN];
    struct err err;
    char *base64;

    (void)state;
    must_write("out/a.zip", &artifact);
    assert_int_equal(stat(artifact.path, &status), 0);
    assert_int_equal(artifact.size, status.st_size);
    assert_int_equal(artifact.entries, 6);
    assert_int_equal(artifact.unzipped_size, 9 + 10 + 4 + 300000 + strlen("a/b/c/big"));
    assert_int_equal(hash_file(artifact.path, digest, &err), 0);
    base64 = hash_base64(digest, sizeof(digest));
    assert_string_equal(artifact.sha256, base64);
    free(base64);
    free(artifact.path);
}

/* Runs a shell command with the zip as $1 and returns its output, to free(). */
static char *shell(const char *command, const char *zip)
{
    const char *const argv[] = {"sh", "-c", command, "sh", zip, NULL};
    struct buf output;
    struct process process = {.argv = argv, .output = &output, .folder = root};
    struct err err;
    int status;

    buf_init(&output, 0);
    assert_int_equal(process_run(&process, &status, &err), 0);
    if (status != 0)
        fail_msg("'%s' ended with %d: %s", command, status, buf_string(&output));
    return buf_take(&output);
}

static void other_tools_read_it(void **state)
{
    static const struct {
        const char *program, *command, *output;
    } tools[] = {
        {"unzip", "unzip -tqq \"$1\"", ""},
        {"unzip",
         "rm -rf un && mkdir un && umask 0 && unzip -q \"$1\" -d un && diff -r --exclude=nothing "
         "--no-dereference source un && stat -c %A:%Y un/run\\ me un/app.py un/empty && readlink "
         "un/link",
         "-rwxr-xr-x:315532800\n-rw-r--r--:315532800\n-rw-r--r--:315532800\na/b/c/big\n"},
        {"python3",
         "python3 -c 'import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1])\nprint(z.testzip())\n"
         "for i in z.infolist(): print(ascii(i.filename), i.date_time[0], oct(i.external_attr >> "
         "16), len(i.extra), i.create_system, i.file_size)' \"$1\"",
         "None\n'a/b/c/big' 1980 0o100644 0 3 300000\n'app.py' 1980 0o100644 0 3 9\n"
         "'empty' 1980 0o100644 0 3 0\n'link' 1980 0o120777 0 3 9\n"
         "'run me' 1980 0o100755 0 3 10\n'\\xe4/\\u20ac' 1980 0o100644 0 3 4\n"},
        {"bsdtar", "bsdtar -tf \"$1\" | head -n 1", "a/b/c/big\n"},
        {"7z", "7z t \"$1\" >/dev/null", ""},
    };
    struct artifact artifact;

    (void)state;
    setenv("TZ", "UTC", 1);
    must_write("out/a.zip", &artifact);
    for (size_t i = 0; i < sizeof(tools) / sizeof(*tools); i++) {
        char *program = file_find_program(tools[i].program);
        char *output = program ? shell(tools[i].command, artifact.path) : NULL;

        if (output)
            assert_string_equal(output, tools[i].output);
        free(output);
        free(program);
    }
    unsetenv("TZ");
    free(artifact.path);
}

static void libzip_reads_it(void **state)
{
    struct artifact artifact;
    zip_t *zip;
    zip_stat_t status;
    zip_file_t *file;
    char *data = xcalloc(1, 300000);
    int code;

    (void)state;
    must_write("out/a.zip", &artifact);
    zip = zip_open(artifact.path, ZIP_RDONLY | ZIP_CHECKCONS, &code);
    assert_non_null(zip);
    assert_int_equal(zip_stat(zip, "a/b/c/big", 0, &status), 0);
    assert_int_equal(status.comp_method, ZIP_CM_DEFLATE);
    assert_true(status.comp_size < 290000);
    file = zip_fopen(zip, "a/b/c/big", 0);
    assert_int_equal(zip_fread(file, data, 300000), 300000);
    for (unsigned i = 0; i < 300000; i++)
        assert_int_equal(data[i], (char)(i * i >> 8));
    zip_fclose(file);
    zip_discard(zip);
    free(data);
    free(artifact.path);
}

/* Reckoned by another implementation from what is in the zip. */
static void identity_is_of_the_content(void **state)
{
    static const char script[] =
        "python3 -c 'import sys, zipfile, hashlib, subprocess\n"
        "z = zipfile.ZipFile(sys.argv[1]); h = hashlib.sha256()\n"
        "for i in z.infolist():\n"
        " h.update(i.filename.encode() + b\"\\0\" + b\"%06o\" % (i.external_attr >> 16))\n"
        " s = subprocess.run([\"xxh128sum\"], input=z.read(i), stdout=subprocess.PIPE).stdout\n"
        " h.update(bytes.fromhex(s.split()[0].decode()))\n"
        "print(h.hexdigest(), end=\"\")' \"$1\"";
    struct artifact artifact;
    char *expected;

    (void)state;
    must_write("out/a.zip", &artifact);
    expected = shell(script, artifact.path);
    assert_string_equal(artifact.identity, expected);
    free(expected);
    free(artifact.path);
}

static void same_bytes_everywhere(void **state)
{
    struct artifact first, second;
    const struct timespec times[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1234567890}};
    char *path = in_root("source/app.py");
    mode_t mask = umask(0077);

    (void)state;
    must_write("out/a.zip", &first);
    umask(mask);
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    setenv("TZ", "America/New_York", 1);
    tzset();
    must_write("out/b.zip", &second);
    unsetenv("TZ");
    tzset();
    assert_string_equal(first.sha256, second.sha256);
    free(path);
    free(first.path);
    free(second.path);
}

static void notices_a_change(void **state)
{
    struct artifact artifact = {0};
    struct entries entries;
    struct err err = {0};
    char *path = in_root("out/changed.zip");
    static const char *const known[] = {"keep", "a.zip", "b.zip", NULL};

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(collect(&entries, &err), 0);
        entries_find(&entries, "app.py")->size += i == 0;
        entries_find(&entries, "app.py")->stamp.modified ^= i == 1;
        if (i == 2)
            strcpy(entries_find(&entries, "app.py")->origin + strlen(root) + 1, "gone");
        assert_int_equal(zipfile_write(path, &entries, &zip_options, &artifact, &err), -1);
        assert_int_equal(err.code, ERR_PACKAGE);
        assert_non_null(
            strstr(err.message, i == 2 ? "vanished while it was" : "changed while it was"));
        assert_non_null(strstr(err.message, i == 2 ? "gone'" : "app.py'"));
        assert_null(artifact.path);
        entries_release(&entries);
    }
    assert_int_equal(count_others(known), 0);
    free(path);
}

/* A disk that is full, as far as the writer can tell: files may not grow beyond 64 KB. */
static void full_disk_leaves_nothing(void **state)
{
    struct rlimit old, small = {65536, 65536};
    struct artifact artifact = {0};
    struct err err = {0};
    static const char *const known[] = {"keep", "a.zip", "b.zip", NULL};

    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    small.rlim_max = old.rlim_max;
    setrlimit(RLIMIT_FSIZE, &small);
    assert_int_equal(write_zip("out/full.zip", &artifact, &err), -1);
    setrlimit(RLIMIT_FSIZE, &old);
    assert_int_equal(err.code, ERR_PACKAGE);
    assert_non_null(strstr(err.message, "full.zip': "));
    assert_non_null(strstr(err.message, "File too large"));
    assert_int_equal(count_others(known), 0);
}

/* What a killed run leaves is removed by the next one; what a live one writes is not. */
static void leftovers_are_removed(void **state)
{
    static const char *const known[] = {"keep", "a.zip", "b.zip", NULL};
    struct artifact artifact;
    pid_t dead = fork();
    char *path, *live;

    (void)state;
    if (dead == 0)
        _exit(0);
    waitpid(dead, NULL, 0);
    path = xasprintf("out/.a.zip.%ld.XyZ123", (long)dead);
    live = xasprintf("out/.a.zip.%ld.XyZ123", (long)getppid());
    put(path, "part", 4, 0600);
    put(live, "part", 4, 0600);
    assert_int_equal(count_others(known), 2);
    must_write("out/a.zip", &artifact);
    assert_int_equal(count_others(known), 1);
    free(artifact.path);
    free(path);
    path = in_root(live);
    unlink(path);
    free(path);
    free(live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_what_it_wrote),      cmocka_unit_test(other_tools_read_it),
        cmocka_unit_test(libzip_reads_it),          cmocka_unit_test(identity_is_of_the_content),
        cmocka_unit_test(same_bytes_everywhere),    cmocka_unit_test(notices_a_change),
        cmocka_unit_test(full_disk_leaves_nothing), cmocka_unit_test(leftovers_are_removed),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
