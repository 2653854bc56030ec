/* What is left out of installed packages, what they must suit, and what makes them new. */
#include "core/file.h"
#include "core/memory.h"
#include "packager/dependencies/dependency_cache.h"
#include "packager/dependencies/dependency_tree.h"
#include "packager/dependencies/node_ballast.h"
#include "packager/dependencies/python_ballast.h"
#include "packager/dependencies/requirements.h"
#include "packager/python_target.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
/* cmocka needs the headers above. */
#include <cmocka.h>

static int set_up(void **state)
{
    struct err err;
    char *folder = file_temporary_folder("fnctl d\xc3\xa4ps", &err);

    *state = folder;
    return folder && chdir(folder) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    struct err err;
    int result = chdir("/") == 0 ? file_remove(*state, &err) : -1;

    free(*state);
    return result;
}

static void put(const char *path, const char *text)
{
    char *folder = file_folder(path);
    struct err err;

    assert_int_equal(file_make_folder(folder, 0755, &err), 0);
    assert_int_equal(file_write(path, text, strlen(text), 0644, &err), 0);
    free(folder);
}

static void expect_tags(const char *machine, int glibc, const char *first, const char *last,
                        size_t count)
{
    struct python_target target = {.minor = 13, .glibc = glibc, .machine = machine};
    struct strlist tags;

    strlist_init(&tags);
    python_target_tags(&target, &tags);
    assert_string_equal(tags.items[0], first);
    assert_string_equal(tags.items[tags.count - 1], last);
    assert_int_equal(tags.count, count);
    strlist_release(&tags);
}

static void tags_are_those_that_the_c_library_allows(void **state)
{
    (void)state;
    /* glibc 2.5 to 2.34, three older names, and what is not promised. */
    expect_tags("x86_64", 34, "manylinux_2_34_x86_64", "linux_x86_64", 30 + 3 + 1);
    expect_tags("aarch64", 26, "manylinux_2_26_aarch64", "linux_aarch64", 10 + 1 + 1);
    expect_tags("x86_64", 0, "musllinux_1_2_x86_64", "linux_x86_64", 2 + 1);
}

static void expect_uv(int glibc, const char *platform)
{
    struct python_target target = {.minor = 13, .glibc = glibc, .machine = "aarch64"};
    char *uv = python_target_uv(&target);

    assert_string_equal(uv, platform);
    free(uv);
}

static void uv_is_told_the_nearest_platform_that_it_knows(void **state)
{
    (void)state;
    expect_uv(34, "aarch64-manylinux_2_34");
    expect_uv(30, "aarch64-manylinux_2_28");
    expect_uv(26, "aarch64-manylinux_2_17");
    expect_uv(60, "aarch64-manylinux_2_40");
    expect_uv(0, "aarch64-unknown-linux-musl");
}

static char *hash_of(const char *path)
{
    struct hash *hash = hash_new();
    uint8_t digest[HASH_LEN];
    char text[HASH_HEX_LEN];
    struct err err;

    assert_int_equal(requirements_hash(hash, path, ".", &err), 0);
    hash_finish(hash, digest);
    hash_hex(digest, HASH_LEN, text);
    return xstrdup(text);
}

/* Whether writing the file changes the hash of requirements.txt. */
static void expect_change(const char *path, const char *text, bool change)
{
    char *before = hash_of("requirements.txt"), *after;

    put(path, text);
    after = hash_of("requirements.txt");
    if ((strcmp(before, after) != 0) != change)
        fail_msg("'%s' %s", path, change ? "changes nothing" : "changes the hash");
    free(before);
    free(after);
}

static void requirements_are_all_files_they_name(void **state)
{
    struct hash *hash = hash_new();
    struct err err = {0};

    (void)state;
    put("a.txt", "one");
    put("sub/c.txt", "limit");
    put("sub/d.txt", "two");
    put("lib/setup.py", "");
    put("lib/build/made.py", "");
    put("x-1.0-py3-none-any.whl", "wheel");
    put("other.txt", "");
    put("requirements.txt", "# -r other.txt\n-r a.txt # why\n  --constraint = sub/c.txt\r\n"
                            "-rsub/\\\nd.txt\nflask \\\n --hash=sha256:1\n-e ./lib\n"
                            "./x-1.0-py3-none-any.whl\n-r https://example.com/r.txt\n"
                            "-r requirements.txt\n");
    expect_change("other.txt", "1", false);
    expect_change("a.txt", "1", true);
    expect_change("sub/c.txt", "1", true);
    expect_change("sub/d.txt", "1", true);
    expect_change("lib/setup.py", "more", true);
    expect_change("lib/build/made.py", "more", false);
    expect_change("lib/lib.egg-info/PKG-INFO", "more", false);
    expect_change("x-1.0-py3-none-any.whl", "another wheel", true);
    put("requirements.txt", "-r gone.txt\n");
    assert_int_equal(requirements_hash(hash, "requirements.txt", ".", &err), -1);
    assert_int_equal(err.code, ERR_PACKAGE);
    assert_non_null(strstr(err.message, "gone.txt"));
    hash_free(hash);
}

/* Whether a rule leaves `path` out of what is installed in site/. */
static bool leaves_out(const char *path, bool folder, bool runtime_packages)
{
    struct ignore rules;
    const struct ignore_rule *rule;
    bool out;

    ignore_init(&rules);
    python_ballast_add(&rules, "site", runtime_packages);
    rule = ignore_match(&rules, path, folder);
    out = rule && !rule->negated;
    ignore_release(&rules);
    return out;
}

static void installers_go_unless_somebody_requires_them(void **state)
{
    (void)state;
    put("site/pip-24.dist-info/METADATA", "Name: pip\n");
    put("site/a-1.dist-info/METADATA",
        "Name: a\nRequires-Dist: wheel; extra == \"dev\"\n\nRequires-Dist: wheel\n");
    assert_true(leaves_out("python/pip", true, true));
    assert_true(leaves_out("python/setuptools", true, true));
    assert_true(leaves_out("python/wheel", true, true));
    assert_false(leaves_out("python/pipeline", true, true));
    assert_false(leaves_out("python/a/pip", true, true));
    put("site/b-1.dist-info/METADATA",
        "Name: b\nRequires-Dist: Setuptools>=60 ; python_version > \"3.6\"\n");
    assert_false(leaves_out("python/setuptools", true, true));
    assert_false(leaves_out("python/pkg_resources", true, true));
    assert_true(leaves_out("python/wheel", true, true));
}

static void the_runtimes_packages_go_unless_certain_versions_are_required(void **state)
{
    (void)state;
    put("site/boto3-1.dist-info/METADATA", "Name: boto3\nRequires-Dist: botocore<1.41,>=1.40\n");
    put("site/a-1.dist-info/METADATA", "Name: a\nRequires-Dist: boto3>=1.20,!=1.21\n");
    assert_true(leaves_out("python/botocore", true, true));
    assert_true(leaves_out("python/boto3-1.40.1.dist-info", true, true));
    assert_false(leaves_out("python/botocore", true, false));
    assert_false(leaves_out("python/urllib3", true, true));
    put("site/aiobotocore-1.dist-info/METADATA",
        "Name: aiobotocore\nRequires-Dist: botocore (<1.40.2,>=1.40)\n");
    assert_false(leaves_out("python/botocore", true, true));
    assert_false(leaves_out("python/boto3", true, true));
}

static void metadata_that_is_read_stays(void **state)
{
    static const char *const read[] = {"METADATA", "entry_points.txt", "top_level.txt", "WHEEL",
                                       "licenses/LICENSE"};
    static const char *const notes[] = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"};

    (void)state;
    put("site/a.py", "");
    for (size_t i = 0; i < sizeof(read) / sizeof(*read); i++) {
        char *path = xasprintf("python/a-1.dist-info/%s", read[i]);

        assert_false(leaves_out(path, false, true));
        free(path);
    }
    for (size_t i = 0; i < sizeof(notes) / sizeof(*notes); i++) {
        char *path = xasprintf("python/a-1.dist-info/%s", notes[i]);

        assert_true(leaves_out(path, false, true));
        free(path);
    }
    assert_false(leaves_out("python/tests", false, true));
    assert_false(leaves_out("python/a/RECORD", false, true));
}

static void tests_that_a_package_imports_are_needed(void **state)
{
    static const struct {
        const char *line;
        bool needed;
    } lines[] = {
        {"from .tests.runner import run", true},
        {"    from a.tests import x", true},
        {"import a.tests", true},
        {"from . import b, tests", true},
        {"from .tests_of import x", false},
        {"from .mytests import x", false},
        {"x = 'from .tests import y'", false},
        {"# from .tests import y", false},
        {"from .testsuite import y", false},
    };

    (void)state;
    put("a/tests/__init__.py", "");
    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
        char *text = xasprintf("import os\n%s\nx = 1\n", lines[i].line);

        put("a/__init__.py", text);
        if (python_ballast_needed("a/tests", true) != lines[i].needed)
            fail_msg("wrong: %s", lines[i].line);
        free(text);
    }
    put("a/x.pyc", "");
    assert_true(python_ballast_needed("a/x.pyc", false));
    put("a/x.py", "");
    assert_false(python_ballast_needed("a/x.pyc", false));
    put("s/bin/made", "#!/usr/bin/python3\n");
    put("s/bin/own", "#!/bin/sh\n");
    assert_false(python_ballast_needed("s/bin/made", false));
    assert_true(python_ballast_needed("s/bin/own", false));
}

static bool node_leaves_out(const char *path, bool folder, int version, bool runtime_packages)
{
    struct ignore rules;
    const struct ignore_rule *rule;
    bool out;

    ignore_init(&rules);
    node_ballast_add(&rules, version, runtime_packages);
    rule = ignore_match(&rules, path, folder);
    out = rule && !rule->negated;
    ignore_release(&rules);
    return out;
}

static void node_packages_lose_what_node_never_loads(void **state)
{
    (void)state;
    assert_true(node_leaves_out("nodejs/node_modules/a/index.d.ts", false, 22, true));
    assert_true(node_leaves_out("nodejs/node_modules/a/index.js.map", false, 22, true));
    assert_false(node_leaves_out("nodejs/node_modules/a/world.map", false, 22, true));
    assert_false(node_leaves_out("nodejs/node_modules/typescript/lib/lib.d.ts", false, 22, true));
    assert_true(node_leaves_out("nodejs/node_modules/a/test", true, 22, true));
    assert_true(node_leaves_out("nodejs/node_modules/@s/a/tests", true, 22, true));
    assert_true(node_leaves_out("nodejs/node_modules/a/node_modules/b/__tests__", true, 22, true));
    /* A package of that name, and a folder deeper in a package. */
    assert_false(node_leaves_out("nodejs/node_modules/@playwright/test", true, 22, true));
    assert_false(node_leaves_out("nodejs/node_modules/test", true, 22, true));
    assert_false(node_leaves_out("nodejs/node_modules/a/lib/test", true, 22, true));
    assert_true(node_leaves_out("nodejs/node_modules/@aws-sdk", true, 22, true));
    assert_false(node_leaves_out("nodejs/node_modules/@aws-sdk", true, 22, false));
    assert_false(node_leaves_out("nodejs/node_modules/@aws-sdk", true, 16, true));
    assert_true(node_leaves_out("nodejs/node_modules/aws-sdk", true, 16, true));
    assert_false(node_leaves_out("nodejs/node_modules/aws-sdk", true, 18, true));
    put("a/package.json", "{\"main\": \"test\", \"exports\": [{\"x\": \"./tests/a.js\"}]}");
    assert_true(node_ballast_needed("a/test", true));
    assert_true(node_ballast_needed("a/tests", true));
    assert_false(node_ballast_needed("a/__tests__", true));
    assert_false(node_ballast_needed("b/test", true));
}

static void expect_paths(const struct entries *entries, const char *expected)
{
    struct buf text;

    buf_init(&text, 0);
    for (size_t i = 0; i < entries->count; i++)
        buf_printf(&text, "%s%s\n", entries->items[i].path,
                   entries->items[i].mode == ENTRY_LINK ? " ->" : "");
    assert_string_equal(buf_string(&text), expected);
    buf_release(&text);
}

static void links_out_are_followed_and_circles_end(void **state)
{
    struct ignore rules;
    struct dependency_tree tree = {
        .folder = "tree", .root = "python", .place = "python", .reason = "r", .rules = &rules};
    struct entries entries = {0}, left_out = {0};
    struct err err = {0};

    (void)state;
    ignore_init(&rules);
    ignore_add(&rules, "ballast/", 8, "ballast");
    put("outside/o.py", "");
    put("tree/a.py", "");
    put("tree/ballast/big", "12345");
    assert_int_equal(symlink("a.py", "tree/inside"), 0);
    assert_int_equal(symlink("../outside", "tree/out"), 0);
    assert_int_equal(symlink("nowhere", "tree/broken"), 0);
    assert_int_equal(mkfifo("tree/pipe", 0600), 0);
    assert_int_equal(dependency_tree_add(&tree, &entries, &left_out, &err), 0);
    expect_paths(&entries, "python/a.py\npython/inside ->\npython/out/o.py\n");
    expect_paths(&left_out, "python/ballast/\npython/broken\npython/pipe\n");
    assert_int_equal(left_out.items[0].size, 5);
    assert_string_equal(left_out.items[0].reason, "ballast 'ballast/'");
    entries_release(&entries);
    entries_release(&left_out);
    put("tree/x\xff.py", "");
    assert_int_equal(dependency_tree_add(&tree, &entries, &left_out, &err), -1);
    assert_string_equal(err.message,
                        "the name 'tree/x\\xff.py' is not UTF-8, which no zip can have");
    assert_int_equal(unlink("tree/x\xff.py"), 0);
    entries_release(&entries);
    entries_release(&left_out);
    assert_int_equal(symlink("..", "outside/up"), 0);
    assert_int_equal(dependency_tree_add(&tree, &entries, &left_out, &err), -1);
    assert_non_null(strstr(err.message, "nested more than"));
    entries_release(&entries);
    entries_release(&left_out);
    ignore_release(&rules);
}

static void age(const char *path, time_t seconds)
{
    const struct timespec times[2] = {{.tv_sec = time(NULL) - seconds},
                                      {.tv_sec = time(NULL) - seconds}};

    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void the_cache_keeps_what_is_whole_and_used(void **state)
{
    struct err err = {0};
    char *begun, *kept, *found;

    (void)state;
    assert_null(dependency_cache_find("cache", "k"));
    begun = dependency_cache_begin("cache", "k", &err);
    assert_non_null(begun);
    assert_null(dependency_cache_find("cache", "k"));
    kept = dependency_cache_keep("cache", "k", begun, &err);
    assert_string_equal(kept, "cache/k");
    put("cache/k/file", "first");
    free(begun);
    free(kept);
    /* Another run that finished later gives way. */
    begun = dependency_cache_begin("cache", "k", &err);
    kept = dependency_cache_keep("cache", "k", begun, &err);
    assert_string_equal(kept, "cache/k");
    assert_true(file_exists("cache/k/file"));
    assert_false(file_exists(begun));
    free(begun);
    free(kept);
    begun = dependency_cache_begin("cache", "left", &err);
    age(begun, 2 * 24 * 3600);
    put("cache/old/file", "");
    age("cache/old", 15 * 24 * 3600);
    age("cache/k", 15 * 24 * 3600);
    found = dependency_cache_find("cache", "k");
    dependency_cache_prune("cache");
    assert_true(file_exists(found));
    assert_false(file_exists("cache/old"));
    assert_false(file_exists(begun));
    free(found);
    free(begun);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(tags_are_those_that_the_c_library_allows),
        TEST(uv_is_told_the_nearest_platform_that_it_knows),
        TEST(requirements_are_all_files_they_name),
        TEST(installers_go_unless_somebody_requires_them),
        TEST(the_runtimes_packages_go_unless_certain_versions_are_required),
        TEST(metadata_that_is_read_stays),
        TEST(tests_that_a_package_imports_are_needed),
        TEST(node_packages_lose_what_node_never_loads),
        TEST(links_out_are_followed_and_circles_end),
        TEST(the_cache_keeps_what_is_whole_and_used),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
