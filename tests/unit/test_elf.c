#include "packager/elf/elf.h"

#include "core/buf.h"
#include "core/file.h"
#include "core/memory.h"
#include "packager/elf/ld_cache.h"
#include "packager/elf/runtime.h"
#include "tests/unit/craft_elf.h"
#include "tests/unit/elf_samples.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The highest GLIBC that objdump shows for undefined symbols; "" when none; NULL: it cannot tell.
 */
static char *ask_objdump(const char *program)
{
    const char *const argv[] = {"objdump", "-T", program, NULL};
    char *highest = xstrdup("");
    struct buf output;

    if (sample_ask(argv, &output) != 0) {
        buf_release(&output);
        free(highest);
        return NULL;
    }
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
    struct strlist samples = {0};

    (void)state;
    samples_collect(&samples);
    for (size_t i = 0; i < samples.count; i++) {
        char *theirs = ask_objdump(samples.items[i]);
        struct elf elf;
        struct err err;

        assert_non_null(theirs);
        assert_int_equal(elf_read(&elf, samples.items[i], &err), 0);
        if (strcmp(highest_glibc(&elf), theirs) != 0)
            fail_msg("%s: objdump says '%s', we say '%s'", samples.items[i], theirs,
                     highest_glibc(&elf));
        elf_release(&elf);
        free(theirs);
    }
    assert_in_range(samples.count, 40, 1000);
    strlist_release(&samples);
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

/* What of a tool's output stands between `start` and `end`, one a line, sorted. To free(). */
static char *pick(const char *const *argv, const char *start, const char *end)
{
    struct strlist list = {0};
    struct buf output;
    char *text;

    assert_int_equal(sample_ask(argv, &output), 0);
    for (char *line = strtok(output.data, "\n"); line; line = strtok(NULL, "\n")) {
        char *found = strstr(line, start);
        char *stop = found ? strstr(found + strlen(start), end) : NULL;

        if (!stop)
            continue;
        *stop = '\0';
        strlist_add(&list, found + strlen(start));
    }
    strlist_sort(&list);
    text = strlist_join(&list, "\n");
    strlist_release(&list);
    buf_release(&output);
    return text;
}

static void compare_with_readelf(const char *path)
{
    const char *const dynamic[] = {"readelf", "-dW", path, NULL};
    const char *const versions[] = {"readelf", "-VW", path, NULL};
    char *needed = pick(dynamic, "Shared library: [", "]");
    char *soname = pick(dynamic, "Library soname: [", "]");
    char *runpath = pick(dynamic, "Library runpath: [", "]");
    char *version = pick(versions, "  Name: ", " ");
    struct err err = {0};
    char *ours, *name;
    struct elf elf;

    if (elf_read(&elf, path, &err) < 0)
        fail_msg("%s", err.message);
    strlist_sort(&elf.needed);
    ours = strlist_join(&elf.needed, "\n");
    assert_string_equal(ours, needed);
    assert_string_equal(elf.soname ? elf.soname : "", soname);
    assert_string_equal(elf.runpath ? elf.runpath : "", runpath);
    assert_int_equal(elf.version_count, 1);
    name = xasprintf("%s_%s", elf.versions[0].family, elf.versions[0].number);
    /* The highest, by number. */
    assert_string_equal(version, "XY_1.10\nXY_1.2");
    assert_string_equal(name, "XY_1.10");
    free(name);
    free(ours);
    free(needed);
    free(soname);
    free(runpath);
    free(version);
    elf_release(&elf);
}

/* Files that clang and lld make for 64 and 32 bit, little and big endian. */
static void reads_files_of_other_machines(void **state)
{
    static const struct {
        const char *target, *machine;
        bool wide, big_endian;
    } targets[] = {
        {"aarch64-linux-gnu", "arm64", true, false},
        {"x86_64-linux-gnu", "x86_64", true, false},
        {"i386-linux-gnu", "i386", false, false},
        {"armv7-linux-gnueabihf", "32-bit arm", false, false},
        {"mips-linux-gnu", "mips", false, true},
        {"riscv64-linux-gnu", "riscv", true, false},
    };
    static const char script[] =
        "cd \"$1\" && echo 'XY_1.2 { x; }; XY_1.10 { y; } XY_1.2;' >map &&\n"
        "echo 'void x(void) { } void y(void) { }' >x.c &&\n"
        "echo 'void x(void); void y(void); void _start(void) { x(); y(); }' >bot.c &&\n"
        "common=\"--target=$2 -nostdlib -fPIC -fuse-ld=lld -Wl,--no-as-needed\" &&\n"
        "clang $common -shared -Wl,--version-script=map,-soname,libxy.so.7 -o libxy.so x.c &&\n"
        "clang $common -shared -o libother.so x.c &&\n"
        "clang $common -pie -Wl,-soname,me,-rpath,'$ORIGIN/a:/b',--enable-new-dtags -o bot bot.c "
        "libxy.so libother.so";
    char *clang = file_find_program("clang"), *lld = file_find_program("ld.lld");
    struct err err;
    char *folder = file_temporary_folder("fnctl-elf", &err);
    char *bot = file_join(folder, "bot");

    (void)state;
    for (size_t i = 0; clang && lld && i < sizeof(targets) / sizeof(*targets); i++) {
        const char *const argv[] = {"sh", "-c", script, "sh", folder, targets[i].target, NULL};
        struct buf output;
        char *machine;
        struct elf elf;

        assert_int_equal(sample_ask(argv, &output), 0);
        buf_release(&output);
        compare_with_readelf(bot);
        assert_int_equal(elf_read(&elf, bot, &err), 0);
        machine = elf_machine_name(elf.machine);
        assert_string_equal(machine, targets[i].machine);
        assert_int_equal(elf.wide, targets[i].wide);
        assert_int_equal(elf.big_endian, targets[i].big_endian);
        assert_true(elf.executable);
        free(machine);
        elf_release(&elf);
    }
    file_remove(folder, &err);
    free(bot);
    free(folder);
    if (!clang || !lld) {
        free(clang);
        free(lld);
        skip();
    }
    free(clang);
    free(lld);
}

/* A file that claims what would take hours, or all memory. */
static void hostile_files_are_bounded(void **state)
{
    struct craft craft = {.needed = {"libx.so"}, .soname = "a"};
    char *name = xcalloc(5000, 1), *list = xcalloc(70000, 1);
    struct err err = {0};
    struct buf bytes;
    struct elf elf;

    (void)state;
    memset(name, 'x', 4999);
    memset(list, 'y', 69999);
    craft.needed[0] = name;
    buf_init(&bytes, 0);
    craft_elf(&bytes, &craft);
    assert_int_equal(elf_parse(&elf, bytes.data, bytes.len, &err), -1);
    assert_string_equal(err.message, "a name in the dynamic section is broken");
    craft.needed[0] = "libx.so";
    craft.rpath = list;
    buf_clear(&bytes);
    craft_elf(&bytes, &craft);
    assert_int_equal(elf_parse(&elf, bytes.data, bytes.len, &err), -1);
    buf_release(&bytes);
    free(name);
    free(list);
}

/* As objcopy --only-keep-debug writes them: the segments are empty, and behind the end. */
static void debug_symbols_alone_need_nothing(void **state)
{
    const struct craft craft = {.needed = {"libx.so"}};
    const size_t header = sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr);
    struct err err = {0};
    struct buf bytes;
    struct elf elf;

    (void)state;
    buf_init(&bytes, 0);
    craft_elf(&bytes, &craft);
    memset(bytes.data + header + offsetof(Elf64_Phdr, p_offset), 0x11, 2);
    assert_int_equal(elf_parse(&elf, bytes.data, bytes.len, &err), -1);
    assert_string_equal(err.message, "a segment lies outside of the file");
    memset(bytes.data + header + offsetof(Elf64_Phdr, p_filesz), 0, sizeof(Elf64_Xword));
    assert_int_equal(elf_parse(&elf, bytes.data, bytes.len, &err), 0);
    assert_int_equal(elf.needed.count, 0);
    elf_release(&elf);
    buf_release(&bytes);
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
        cmocka_unit_test(glibc_equals_objdump),
        cmocka_unit_test(broken_files_are_refused_or_read),
        cmocka_unit_test(reads_both_sizes_and_orders),
        cmocka_unit_test(reads_files_of_other_machines),
        cmocka_unit_test(hostile_files_are_bounded),
        cmocka_unit_test(debug_symbols_alone_need_nothing),
        cmocka_unit_test(broken_caches_are_empty),
        cmocka_unit_test(versions_compare_by_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
