#include "packager/elf.h"

#include "core/buf.h"
#include "core/file.h"
#include "core/memory.h"
#include "core/process.h"
#include "packager/closure.h"
#include "packager/runtime.h"
#include "tests/unit/craft_elf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* Whichever of these exist are compared with what ldd and objdump say. */
static const char *const programs[] = {
    "bash",     "ls",         "tar",     "sed",       "grep",    "find",   "perl",    "openssl",
    "curl",     "git",        "make",    "objdump",   "readelf", "as",     "ld",      "gdb",
    "vim.tiny", "vim",        "ffmpeg",  "clang",     "node",    "bsdtar", "sqlite3", "ssh",
    "gpg",      "python3.11", "python3", "unzip",     "xz",      "bzip2",  "file",    "awk",
    "ps",       "mount",      "diff",    "sort",      "install", "dpkg",   "apt-get", "ip",
    "cmake",    "valgrind",   "bats",    "sha256sum", "jq",
};

/* The ELF program of that name, links resolved, to free(); NULL when there is none. */
static char *find_elf(const char *name)
{
    char *path = file_find_program(name);
    char *real = path ? realpath(path, NULL) : NULL;
    struct elf elf;
    struct err err;

    free(path);
    if (real && (elf_read(&elf, real, &err) < 0 || elf.needed.count == 0)) {
        free(real);
        return NULL;
    }
    if (real)
        elf_release(&elf);
    return real;
}

static void run(const char *const *argv, struct buf *output)
{
    const char *const environment[] = {"LD_LIBRARY_PATH=", "LC_ALL=C", NULL};
    struct process process = {.argv = argv, .environment = environment, .output = output};
    struct err err;
    int status;

    buf_init(output, 0);
    assert_int_equal(process_run(&process, &status, &err), 0);
    assert_int_equal(status, 0);
}

static void add_real(struct strlist *list, const char *path)
{
    char *real = realpath(path, NULL);

    assert_non_null(real);
    if (!strlist_has(list, real))
        strlist_add(list, real);
    free(real);
}

/* The files that ldd names, links resolved, sorted; one a line. To free(). */
static char *ask_ldd(const char *program)
{
    const char *const argv[] = {"ldd", program, NULL};
    struct strlist list = {0};
    struct buf output;
    char *text;

    run(argv, &output);
    for (char *line = strtok(output.data, "\n"); line; line = strtok(NULL, "\n")) {
        char *slash = strchr(line, '/');
        char *end = strstr(line, " (0x");

        if (!slash || !end)
            continue;
        *end = '\0';
        if (strstr(line, "=> "))
            slash = strstr(line, "=> ") + 3;
        add_real(&list, slash);
    }
    strlist_sort(&list);
    text = strlist_join(&list, "\n");
    strlist_release(&list);
    buf_release(&output);
    return text;
}

static char *ask_closure(const char *program)
{
    struct strlist list = {0};
    struct closure closure;
    struct err err = {0};
    char *text;

    closure_init(&closure, LD_CACHE_FILE);
    if (closure_add(&closure, program, &err) < 0)
        fail_msg("%s", err.message);
    for (size_t i = 0; i < closure.count; i++)
        if (closure.files[i].needed_by)
            add_real(&list, closure.files[i].path);
    add_real(&list, closure.files[0].elf.interpreter);
    strlist_sort(&list);
    text = strlist_join(&list, "\n");
    strlist_release(&list);
    closure_release(&closure);
    return text;
}

static void closure_equals_ldd(void **state)
{
    int compared = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(programs) / sizeof(*programs); i++) {
        char *program = find_elf(programs[i]);

        if (!program)
            continue;
        char *theirs = ask_ldd(program);
        char *ours = ask_closure(program);

        if (strcmp(ours, theirs) != 0)
            fail_msg("%s:\nldd says:\n%s\nwe say:\n%s", program, theirs, ours);
        compared++;
        free(ours);
        free(theirs);
        free(program);
    }
    assert_in_range(compared, 15, 1000);
}

/* The highest GLIBC that objdump shows for undefined symbols; "" when none. */
static char *ask_objdump(const char *program)
{
    const char *const argv[] = {"objdump", "-T", program, NULL};
    char *highest = xstrdup("");
    struct buf output;

    run(argv, &output);
    for (char *line = strtok(output.data, "\n"); line; line = strtok(NULL, "\n")) {
        char *version = strstr(line, "GLIBC_");

        if (!version || !strstr(line, "*UND*"))
            continue;
        version += strlen("GLIBC_");
        version[strspn(version, "0123456789.")] = '\0';
        if (elf_compare_versions(version, highest) > 0) {
            free(highest);
            highest = xstrdup(version);
        }
    }
    buf_release(&output);
    return highest;
}

static const char *highest_glibc(const struct elf *elf)
{
    const char *highest = "";

    for (size_t i = 0; i < elf->version_count; i++)
        if (strcmp(elf->versions[i].family, "GLIBC") == 0 &&
            elf_compare_versions(elf->versions[i].number, highest) > 0)
            highest = elf->versions[i].number;
    return highest;
}

static void glibc_equals_objdump(void **state)
{
    int compared = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(programs) / sizeof(*programs); i++) {
        char *program = find_elf(programs[i]);
        struct err err;
        struct elf elf;

        if (!program)
            continue;
        char *theirs = ask_objdump(program);

        assert_int_equal(elf_read(&elf, program, &err), 0);
        assert_string_equal(highest_glibc(&elf), theirs);
        compared++;
        elf_release(&elf);
        free(theirs);
        free(program);
    }
    assert_in_range(compared, 15, 1000);
}

/* Each copy has its own memory of exactly its size, so that a sanitizer sees a read behind it. */
static void parse_copy(const char *data, size_t len)
{
    char *copy = xcalloc(len ? len : 1, 1);
    struct err err = {0};
    struct elf elf;

    memcpy(copy, data, len);
    if (elf_parse(&elf, copy, len, &err) == 0)
        elf_release(&elf);
    else
        assert_int_equal(err.code, ERR_PACKAGE);
    free(copy);
}

static void broken_files_are_refused_or_read(void **state)
{
    struct buf real, made;
    unsigned seed = 7;
    struct err err;
    const struct craft craft = {.soname = "a.so",
                                .runpath = "/x",
                                .needed = {"b.so"},
                                .version_library = "libc.so.6",
                                .version = "GLIBC_2.9"};

    (void)state;
    buf_init(&real, 0);
    buf_init(&made, 0);
    assert_int_equal(file_read("/bin/sh", 0, &real, &err), 0);
    for (size_t len = 0; len < real.len; len += len < 4096 ? 1 : 311)
        parse_copy(real.data, len);
    craft_elf(&made, &craft);
    for (size_t len = 0; len < made.len; len++)
        parse_copy(made.data, len);
    for (int i = 0; i < 20000; i++) {
        size_t place = (size_t)rand_r(&seed) % made.len;
        char kept = made.data[place];

        made.data[place] = (char)(i % 3 ? rand_r(&seed) : 0xff);
        parse_copy(made.data, made.len);
        if (i % 4)
            made.data[place] = kept;
    }
    buf_release(&real);
    buf_release(&made);
}

static void reads_both_sizes_and_orders(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        const struct craft craft = {.narrow = i & 1,
                                    .big_endian = i & 2,
                                    .machine = i & 2 ? EM_S390 : EM_AARCH64,
                                    .soname = "libself.so.1",
                                    .rpath = "$ORIGIN/lib",
                                    .needed = {"libone.so.1", "libtwo.so.2"},
                                    .version_library = "libc.so.6",
                                    .version = "GLIBC_2.99"};
        struct buf bytes;
        struct err err;
        struct elf elf;

        buf_init(&bytes, 0);
        craft_elf(&bytes, &craft);
        assert_int_equal(elf_parse(&elf, bytes.data, bytes.len, &err), 0);
        assert_int_equal(elf.wide, !(i & 1));
        assert_int_equal(elf.big_endian, (i & 2) != 0);
        assert_int_equal(elf.machine, craft.machine);
        assert_int_equal(elf.type, ET_DYN);
        assert_string_equal(elf.soname, "libself.so.1");
        assert_string_equal(elf.rpath, "$ORIGIN/lib");
        assert_null(elf.runpath);
        assert_int_equal(elf.needed.count, 2);
        assert_string_equal(elf.needed.items[1], "libtwo.so.2");
        assert_int_equal(elf.version_count, 1);
        assert_string_equal(elf.versions[0].family, "GLIBC");
        assert_string_equal(elf.versions[0].number, "2.99");
        assert_string_equal(elf.versions[0].library, "libc.so.6");
        elf_release(&elf);
        buf_release(&bytes);
    }
}

static char *root; /* a tree of made libraries */

static char *put(const char *path, const struct craft *craft)
{
    char *full = file_join(root, path);
    char *folder = file_folder(full);
    struct buf bytes;
    struct err err;

    buf_init(&bytes, 0);
    craft_elf(&bytes, craft);
    assert_int_equal(file_make_folder(folder, 0755, &err), 0);
    assert_int_equal(file_write(full, bytes.data, bytes.len, 0755, &err), 0);
    buf_release(&bytes);
    free(folder);
    return full;
}

static int set_up(void **state)
{
    struct err err;
    char *made = file_temporary_folder("fnctl elf \xc3\xa4", &err);

    (void)state;
    root = realpath(made, NULL);
    free(made);
    return root ? 0 : -1;
}

static int tear_down(void **state)
{
    struct err err;

    (void)state;
    file_remove(root, &err);
    free(root);
    return 0;
}

/* Resolves `program`, expects the library `name` at `path` below the root (NULL: not found). */
static void expect(const char *program, const char *name, const char *path)
{
    char *expected = path ? file_join(root, path) : NULL;
    const char *found = NULL;
    struct closure closure;
    struct err err = {0};

    closure_init(&closure, "/nonexistent");
    if (closure_add(&closure, program, &err) < 0 && path)
        fail_msg("%s", err.message);
    for (size_t i = 0; i < closure.count; i++)
        if (strcmp(closure.files[i].name, name) == 0)
            found = closure.files[i].path;
    if (path)
        assert_string_equal(found, expected);
    else
        assert_non_null(strstr(err.message, name));
    closure_release(&closure);
    free(expected);
}

static void searches_like_ld_so(void **state)
{
    const struct craft plain = {.soname = "libx.so"};
    const struct craft wrong = {.soname = "libx.so", .machine = EM_AARCH64};
    const struct craft narrow = {.soname = "libx.so", .narrow = true};
    const struct craft searches = {
        .soname = "liby.so", .runpath = "$ORIGIN/none", .needed = {"libx.so"}};
    const struct craft needs_x = {.soname = "liby.so", .needed = {"libx.so"}};
    char *made[9] = {put("four/liby.so", &searches), put("one/libx.so", &plain),
                     put("two/libx.so", &plain),     put("arm/libx.so", &wrong),
                     put("narrow/libx.so", &narrow), put("lib64/libx.so", &plain),
                     put("one/liby.so", &needs_x),   put("x86_64/libx.so", &plain),
                     put("three/liby.so", &needs_x)};
    const struct {
        struct craft craft;
        const char *path; /* of libx.so */
    } cases[] = {
        {{.runpath = "$ORIGIN/one", .needed = {"libx.so"}}, "one/libx.so"},
        {{.runpath = "${ORIGIN}/two:$ORIGIN/one", .needed = {"libx.so"}}, "two/libx.so"},
        {{.rpath = "$ORIGIN/two", .needed = {"libx.so"}}, "two/libx.so"},
        /* RUNPATH makes RPATH void. */
        {{.rpath = "$ORIGIN/two", .runpath = "$ORIGIN/one", .needed = {"libx.so"}}, "one/libx.so"},
        /* Files for another machine or word size are passed over. */
        {{.runpath = "$ORIGIN/arm:$ORIGIN/narrow:$ORIGIN/two", .needed = {"libx.so"}},
         "two/libx.so"},
        {{.runpath = "$ORIGIN/arm", .needed = {"libx.so"}}, NULL},
        {{.runpath = "$ORIGIN/$LIB", .needed = {"libx.so"}}, "lib64/libx.so"},
        {{.runpath = "$ORIGIN/$PLATFORM", .needed = {"libx.so"}}, "x86_64/libx.so"},
        {{.runpath = "$ORIGINAL/one:one:", .needed = {"libx.so"}}, NULL},
        /* RPATH reaches the libraries of libraries, RUNPATH does not. */
        {{.rpath = "$ORIGIN/three:$ORIGIN/two", .needed = {"liby.so"}}, "two/libx.so"},
        {{.runpath = "$ORIGIN/three:$ORIGIN/two", .needed = {"liby.so"}}, NULL},
        {{.rpath = "$ORIGIN/two", .runpath = "$ORIGIN/three", .needed = {"liby.so"}}, NULL},
        /* A library with a RUNPATH does not use the RPATHs above it. */
        {{.rpath = "$ORIGIN/four:$ORIGIN/two", .needed = {"liby.so"}}, NULL},
        {{.needed = {"libx.so"}}, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char *program = put("program", &cases[i].craft);

        expect(program, "libx.so", cases[i].path);
        free(program);
    }
    for (size_t i = 0; i < 9; i++)
        free(made[i]);
}

static bool x_is_provided(const void *context, const char *name)
{
    (void)context;
    return strcmp(name, "libx.so") == 0;
}

static void provided_libraries_are_left_out(void **state)
{
    const struct craft craft = {.needed = {"libx.so"}, .runpath = "/nonexistent"};
    char *program = put("provided", &craft);
    struct closure closure;
    struct err err;

    (void)state;
    closure_init(&closure, "/nonexistent");
    closure.provided = x_is_provided;
    assert_int_equal(closure_add(&closure, program, &err), 0);
    assert_int_equal(closure.count, 1);
    closure_release(&closure);
    free(program);
}

static void one_file_under_two_names(void **state)
{
    const struct craft plain = {.soname = "libx.so"};
    const struct craft craft = {.needed = {"libx.so", "libx.so.1"}, .runpath = "$ORIGIN/alias"};
    char *library = put("alias/libx.so", &plain);
    char *link = file_join(root, "alias/libx.so.1");
    char *program = put("aliased", &craft);
    struct closure closure;
    struct err err;

    (void)state;
    assert_int_equal(symlink("libx.so", link), 0);
    closure_init(&closure, "/nonexistent");
    assert_int_equal(closure_add(&closure, program, &err), 0);
    assert_int_equal(closure.count, 3);
    assert_int_equal(closure.files[2].alias_of, 1);
    assert_string_equal(closure.files[2].name, "libx.so.1");
    closure_release(&closure);
    free(program);
    free(link);
    free(library);
}

static void broken_caches_are_empty(void **state)
{
    struct buf real;
    struct err err;
    unsigned seed = 3;

    (void)state;
    buf_init(&real, 0);
    if (file_read(LD_CACHE_FILE, 0, &real, &err) < 0)
        skip();
    for (int i = 0; i < 400; i++) {
        size_t len = i < 200 ? (size_t)i : (size_t)rand_r(&seed) % real.len;
        struct ld_cache cache;
        struct buf copy;
        uint32_t position = 0;

        buf_init(&copy, 0);
        buf_append(&copy, real.data, len);
        if (len > 60)
            copy.data[20 + (size_t)rand_r(&seed) % (len - 20)] = (char)rand_r(&seed);
        ld_cache_init(&cache, &copy);
        while (ld_cache_next(&cache, "libc.so.6", &position))
            assert_in_range(position, 1, cache.count);
        ld_cache_release(&cache);
    }
    buf_release(&real);
}

static void versions_compare_by_number(void **state)
{
    const struct runtime old = runtime_find("provided.al2");
    const struct runtime new = runtime_find("python3.13");
    struct elf_version version = {(char *)"GLIBC", (char *)"2.34", (char *)"libc.so.6"};
    struct elf_version relr = {(char *)"GLIBC_ABI_DT_RELR", (char *)"", (char *)"libc.so.6"};

    (void)state;
    assert_true(elf_compare_versions("2.4", "2.36") < 0);
    assert_true(elf_compare_versions("2.36", "2.4") > 0);
    assert_true(elf_compare_versions("2.34", "2.34") == 0);
    assert_true(elf_compare_versions("2.2.5", "2.17") < 0);
    assert_false(runtime_satisfies(&old, &version));
    assert_true(runtime_satisfies(&new, &version));
    assert_false(runtime_satisfies(&new, &relr));
    assert_true(runtime_has(&new, "libpython3.13.so.1.0"));
    assert_false(runtime_has(&old, "libpython3.13.so.1.0"));
    assert_false(runtime_has(&new, "libssl.so.3"));
    assert_int_equal(runtime_machine("arm64"), EM_AARCH64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closure_equals_ldd),
        cmocka_unit_test(glibc_equals_objdump),
        cmocka_unit_test(broken_files_are_refused_or_read),
        cmocka_unit_test(reads_both_sizes_and_orders),
        cmocka_unit_test(searches_like_ld_so),
        cmocka_unit_test(provided_libraries_are_left_out),
        cmocka_unit_test(one_file_under_two_names),
        cmocka_unit_test(broken_caches_are_empty),
        cmocka_unit_test(versions_compare_by_number),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
