#include "packager/elf/closure.h"

#include "core/buf.h"
#include "core/file.h"
#include "core/memory.h"
#include "packager/elf/rpath.h"
#include "packager/elf/sysroot.h"
#include "tests/unit/craft_elf.h"
#include "tests/unit/elf_samples.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* The path without a folder for particular processors, whose libraries we leave alone: to free().
 */
static char *without_processor(const char *path)
{
    const char *start = strstr(path, "/glibc-hwcaps/");
    const char *end = start ? strchr(start + strlen("/glibc-hwcaps/"), '/') : NULL;

    return end ? xasprintf("%.*s%s", (int)(start - path), path, end) : xstrdup(path);
}

/* The loader is not needed by its name where ldd shows it. */
static void add_real(struct strlist *list, const char *path)
{
    char *plain = without_processor(path);
    char *real = realpath(plain, NULL);

    if (!real)
        fail_msg("there is no '%s'", path);
    if (strncmp(file_name(real), "ld-", 3) != 0 && !strlist_has(list, real))
        strlist_add(list, real);
    free(real);
    free(plain);
}

/* The files that ldd names, links resolved, sorted; one a line. To free(). */
static char *ask_ldd(const char *program)
{
    const char *const argv[] = {"ldd", program, NULL};
    struct strlist list = {0};
    struct buf output;
    char *text;

    assert_int_equal(sample_ask(argv, &output), 0);
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

    assert_int_equal(closure_init(&closure, NULL, NULL, &err), 0);
    if (closure_add(&closure, program, NULL, &err) < 0)
        fail_msg("%s", err.message);
    for (size_t i = 0; i < closure.count; i++)
        if (closure.files[i]->needed_by)
            add_real(&list, closure.files[i]->path);
    strlist_sort(&list);
    text = strlist_join(&list, "\n");
    strlist_release(&list);
    closure_release(&closure);
    return text;
}

static void closure_equals_ldd(void **state)
{
    struct strlist samples = {0};
    char *ldd = file_find_program("ldd");

    (void)state;
    if (!ldd)
        skip();
    free(ldd);
    samples_collect(&samples);
    for (size_t i = 0; i < samples.count; i++) {
        char *theirs = ask_ldd(samples.items[i]);
        char *ours = ask_closure(samples.items[i]);

        if (strcmp(ours, theirs) != 0)
            fail_msg("%s:\nldd says:\n%s\nwe say:\n%s", samples.items[i], theirs, ours);
        free(ours);
        free(theirs);
    }
    assert_in_range(samples.count, 40, 1000);
    strlist_release(&samples);
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

    assert_int_equal(closure_init(&closure, NULL, NULL, &err), 0);
    if (closure_add(&closure, program, NULL, &err) < 0 && path)
        fail_msg("%s", err.message);
    for (size_t i = 0; i < closure.count; i++)
        if (strcmp(closure.files[i]->name, name) == 0)
            found = closure.files[i]->path;
    if (path)
        assert_string_equal(found ? found : "nothing", expected);
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

static void one_file_under_two_names(void **state)
{
    const struct craft plain = {.soname = "libx.so"};
    const struct craft craft = {.needed = {"libx.so.1", "libx.so"}, .runpath = "$ORIGIN/alias"};
    char *library = put("alias/libx.so", &plain);
    char *link = file_join(root, "alias/libx.so.1");
    char *program = put("aliased", &craft);
    struct closure closure;
    struct err err;

    (void)state;
    assert_int_equal(symlink("libx.so", link), 0);
    assert_int_equal(closure_init(&closure, NULL, NULL, &err), 0);
    assert_int_equal(closure_add(&closure, program, NULL, &err), 0);
    /* What is loaded answers to its own name as well. */
    assert_int_equal(closure.count, 2);
    assert_string_equal(closure.files[1]->name, "libx.so.1");
    assert_string_equal(closure.files[1]->path, library);
    closure_release(&closure);
    free(program);
    free(link);
    free(library);
}

/* A package as Lambda has it: its files are below the root. */
static bool provides(const void *context, const char *name)
{
    (void)context;
    return strcmp(name, "libc.so.6") == 0 || strcmp(name, "libstdc++.so.6") == 0;
}

static bool preloads(const void *context, const char *name)
{
    (void)context;
    return strcmp(name, "libearlier.so") == 0;
}

static const char *packaged(const void *context, const char *place)
{
    static char path[4096];

    (void)context;
    if (strncmp(place, "/var/task/", 10) != 0)
        return NULL;
    snprintf(path, sizeof(path), "%s/task/%s", root, place + 10);
    return file_exists(path) ? path : NULL;
}

static const char *const library_path[] = {"/var/task", "/var/task/lib", "/opt/lib", NULL};
static const struct closure_target target = {.provides = provides,
                                             .packaged = packaged,
                                             .preloads = preloads,
                                             .library_path = library_path,
                                             .folder = "/opt/lib",
                                             .working_folder = "/var/task"};

/* The list with ROOT replaced, to free(). */
static char *replace_root(const char *list)
{
    const char *mark = list ? strstr(list, "ROOT") : NULL;

    return mark ? xasprintf("%.*s%s%s", (int)(mark - list), list, root, mark + 4) : xstrdup(list);
}

/* What is added, one a line: "NAME", with " !" when RPATH goes before the system. */
static void expect_added(struct closure *closure, const char *expected)
{
    struct buf text;

    buf_init(&text, 0);
    for (size_t i = 0; i < closure->count; i++)
        if (closure->files[i]->kind == CLOSURE_ADDED)
            buf_printf(&text, "%s%s\n", closure->files[i]->place,
                       closure->files[i]->insisted ? " !" : "");
    assert_string_equal(buf_string(&text), expected);
    buf_release(&text);
}

static void packages_are_searched_as_on_the_target(void **state)
{
    static const char added[] = "/opt/lib/libx.so\n";
    const struct {
        struct craft craft;
        const char *added;    /* NULL: not found */
        const char *shadowed; /* the system goes first */
    } cases[] = {
        {{.needed = {"libc.so.6"}}, "", ""},
        {{.runpath = "$ORIGIN/../pkg.libs", .needed = {"libinside.so"}}, "", ""},
        {{.rpath = "$ORIGIN/../pkg.libs", .needed = {"libinside.so"}}, "", ""},
        {{.needed = {"libinside.so"}}, NULL, ""},
        {{.needed = {"libin.so"}}, "", ""},
        {{.needed = {"libearlier.so"}}, "", ""},
        /* An absolute RPATH that is right here is wrong there. */
        {{.runpath = "ROOT/out", .needed = {"libx.so"}}, added, ""},
        {{.runpath = "ROOT/task/pkg.libs", .needed = {"libinside.so"}},
         "/opt/lib/libinside.so\n",
         ""},
        /* So is a relative one that leads out of the package. */
        {{.runpath = "$ORIGIN/../../out", .needed = {"libx.so"}}, added, ""},
        {{.rpath = "/opt/lib:ROOT/out", .needed = {"libx.so"}}, "/opt/lib/libx.so !\n", ""},
        {{.runpath = "/opt/lib:ROOT/out", .needed = {"libx.so"}}, added, ""},
        /* The system's folders go before RUNPATH, and after RPATH. */
        {{.runpath = "$ORIGIN/../pkg.libs", .needed = {"libstdc++.so.6"}}, "", "libstdc++.so.6"},
        {{.rpath = "$ORIGIN/../pkg.libs", .needed = {"libstdc++.so.6"}}, "", ""},
        {{.needed = {"/var/task/pkg.libs/libinside.so"}}, "", ""},
        {{.needed = {"pkg.libs/libinside.so"}}, "", ""},
        {{.needed = {"$ORIGIN/../pkg.libs/libinside.so"}}, "", ""},
        {{.needed = {"/nowhere/libinside.so"}}, NULL, ""},
        /* For another machine: passed over. */
        {{.rpath = "$ORIGIN/../arm", .needed = {"libinside.so"}}, NULL, ""},
    };
    const struct craft plain = {.soname = NULL}, arm = {.machine = EM_AARCH64};
    char *made[] = {put("task/pkg.libs/libinside.so", &plain), put("task/lib/libin.so", &plain),
                    put("task/pkg.libs/libstdc++.so.6", &plain), put("out/libx.so", &plain),
                    put("task/arm/libinside.so", &arm)};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct craft craft = cases[i].craft;
        char *rpath = replace_root(craft.rpath), *runpath = replace_root(craft.runpath);
        struct closure closure;
        struct err err = {0};
        char *module, *shadowed;
        int result;

        craft.rpath = rpath;
        craft.runpath = runpath;
        module = put("task/pkg/module.so", &craft);
        assert_int_equal(closure_init(&closure, NULL, &target, &err), 0);
        result = closure_add(&closure, module, "/var/task/pkg/module.so", &err);
        if (result < 0 && cases[i].added)
            fail_msg("case %zu: %s", i, err.message);
        assert_int_equal(result, cases[i].added ? 0 : -1);
        shadowed = strlist_join(&closure.shadowed, " ");
        assert_string_equal(shadowed, cases[i].shadowed);
        expect_added(&closure, cases[i].added ? cases[i].added : "");
        closure_release(&closure);
        free(shadowed);
        free(module);
        free(rpath);
        free(runpath);
    }
    for (size_t i = 0; i < sizeof(made) / sizeof(*made); i++)
        free(made[i]);
}

/* RPATHs reach down, until a file has a RUNPATH. */
static void rpaths_reach_down_on_the_target(void **state)
{
    const struct craft module = {.rpath = "$ORIGIN/../pkg.libs", .needed = {"libmiddle.so"}};
    const struct craft plain = {.soname = NULL};
    struct craft middle = {.needed = {"libinner.so"}};
    struct err err = {0};

    (void)state;
    free(put("task/pkg/top.so", &module));
    free(put("task/pkg.libs/libinner.so", &plain));
    for (int i = 0; i < 2; i++) {
        struct closure closure;
        char *path = file_join(root, "task/pkg/top.so");

        middle.runpath = i ? "/nothing" : NULL;
        free(put("task/pkg.libs/libmiddle.so", &middle));
        assert_int_equal(closure_init(&closure, NULL, &target, &err), 0);
        assert_int_equal(closure_add(&closure, path, "/var/task/pkg/top.so", &err), i ? -1 : 0);
        assert_int_equal(closure.count, i ? 2 : 3);
        closure_release(&closure);
        free(path);
    }
}

static void folders_of_an_rpath(void **state)
{
    static const struct {
        const char *list, *expected;
    } cases[] = {
        {"", ""},
        {":one:./two::/three:", "/three"},
        {"$ORIGIN:${ORIGIN}/x:$ORIGIN-y:${ORIGIN}_z", "/o /o/x /o-y /o_z"},
        {"/$ORIGINAL:/$ORIGIN_:/$ORIGIN1", "/$ORIGINAL /$ORIGIN_ /$ORIGIN1"},
        {"/$LIB:/y", "/lib/x86_64-linux-gnu /lib64 /lib /y"},
        {"/$PLATFORM/${PLATFORM", "/x86_64/${PLATFORM"},
        {"$$LIB:/a$", "/a$"},
    };
    const struct elf elf = {.wide = true, .machine = EM_X86_64};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct strlist folders = {0};
        char *text;

        rpath_folders(cases[i].list, &elf, "/o", &folders);
        text = strlist_join(&folders, " ");
        assert_string_equal(text, cases[i].expected);
        free(text);
        strlist_release(&folders);
    }
}

static void two_libraries_of_one_name(void **state)
{
    const struct craft plain = {.soname = "libtwin.so"};
    const struct craft first = {.runpath = "$ORIGIN/../../one", .needed = {"libtwin.so"}};
    const struct craft second = {.runpath = "$ORIGIN/../../two", .needed = {"libtwin.so"}};
    char *made[] = {put("one/libtwin.so", &plain), put("two/libtwin.so", &plain),
                    put("task/pkg/first.so", &first), put("task/pkg/second.so", &second)};
    struct closure closure;
    struct err err = {0};

    (void)state;
    assert_int_equal(closure_init(&closure, NULL, &target, &err), 0);
    assert_int_equal(closure_add(&closure, made[2], "/var/task/pkg/first.so", &err), 0);
    assert_int_equal(closure.clashing.count, 0);
    assert_int_equal(closure_add(&closure, made[3], "/var/task/pkg/second.so", &err), 0);
    assert_int_equal(closure.clashing.count, 1);
    closure_release(&closure);
    for (size_t i = 0; i < 4; i++)
        free(made[i]);
}

static void what_may_be_elsewhere_is_noted(void **state)
{
    const struct craft craft = {.needed = {"libnowhere.so"}};
    char *module = put("task/pkg/far.so", &craft);
    struct closure_target layered = target;
    struct closure closure;
    struct err err = {0};

    (void)state;
    layered.elsewhere = true;
    assert_int_equal(closure_init(&closure, NULL, &layered, &err), 0);
    assert_int_equal(closure_add(&closure, module, "/var/task/pkg/far.so", &err), 0);
    assert_int_equal(closure.missing.count, 1);
    assert_non_null(strstr(closure.missing.items[0], "'libnowhere.so' (needed by '"));
    closure_release(&closure);
    free(module);
}

static void musl_brings_its_library_in_its_loader(void **state)
{
    const struct craft craft = {.interpreter = "/lib/ld-musl-x86_64.so.1", .needed = {"libc.so"}};
    const struct craft glibc = {.interpreter = "/lib64/ld-linux-x86-64.so.2",
                                .needed = {"libc.so"}};
    char *program = put("musl", &craft), *other = put("glibc", &glibc);
    struct closure closure;
    struct err err = {0};

    (void)state;
    assert_int_equal(closure_init(&closure, NULL, NULL, &err), 0);
    assert_int_equal(closure_add(&closure, program, NULL, &err), 0);
    assert_int_equal(closure_add(&closure, other, NULL, &err), -1);
    closure_release(&closure);
    free(program);
    free(other);
}

static void make_link(const char *to, const char *path)
{
    char *full = file_join(root, path);
    char *folder = file_folder(full);
    struct err err;

    assert_int_equal(file_make_folder(folder, 0755, &err), 0);
    assert_int_equal(symlink(to, full), 0);
    free(folder);
    free(full);
}

/* A system of another machine: links as Debian's alternatives, /lib a link, as everywhere now. */
static void a_sysroot_is_a_world_of_its_own(void **state)
{
    const struct craft arm = {.machine = EM_AARCH64, .soname = "libblas.so.3"};
    const struct craft needs = {.machine = EM_AARCH64, .needed = {"libblas.so.3"}};
    const struct craft absolute = {
        .machine = EM_AARCH64, .needed = {"libdeep.so"}, .runpath = "/usr/lib/deep"};
    const struct craft deep = {.machine = EM_AARCH64,
                               .runpath = "$ORIGIN/../hidden:/opt/own",
                               .needed = {"libhidden.so", "libown.so"}};
    const struct craft plain = {.machine = EM_AARCH64};
    const struct craft needs_leaky = {.machine = EM_AARCH64, .needed = {"libleaky.so"}};
    struct craft leaky = {.machine = EM_AARCH64, .needed = {"libhost.so"}};
    char *made[] = {put("sys/usr/lib/aarch64-linux-gnu/blas/libblas.so.3", &arm),
                    put("sys/usr/lib/deep/libdeep.so", &deep),
                    put("sys/usr/lib/hidden/libhidden.so", &plain),
                    put("sys/opt/own/libown.so", &plain),
                    put("build/bot", &needs),
                    put("build/deep", &absolute),
                    put("build/leaks", &needs_leaky)};
    char *sysroot = file_join(root, "sys"), *rpath;
    struct closure closure;
    struct err err = {0};

    (void)state;
    make_link("usr/lib", "sys/lib");
    make_link("/etc/alternatives/blas", "sys/usr/lib/aarch64-linux-gnu/libblas.so.3");
    make_link("/usr/lib/aarch64-linux-gnu/blas/libblas.so.3", "sys/etc/alternatives/blas");
    assert_int_equal(closure_init(&closure, sysroot, NULL, &err), 0);
    assert_int_equal(closure_add(&closure, made[4], NULL, &err), 0);
    assert_string_equal(closure.files[1]->path, made[0]);
    if (closure_add(&closure, made[5], NULL, &err) < 0)
        fail_msg("%s", err.message);
    assert_int_equal(closure.count, 6);
    assert_string_equal(closure.files[3]->path, made[1]);
    assert_string_equal(closure.files[4]->path, made[2]);
    assert_string_equal(closure.files[5]->path, made[3]);
    /* A path of this machine means nothing to a library of that system. */
    rpath = file_join(root, "host");
    leaky.runpath = rpath;
    free(put("host/libhost.so", &plain));
    free(put("sys/usr/lib/libleaky.so", &leaky));
    assert_int_equal(closure_add(&closure, made[6], NULL, &err), -1);
    assert_non_null(strstr(err.message, "the library 'libhost.so' that '"));
    closure_release(&closure);
    assert_int_equal(closure_init(&closure, NULL, NULL, &err), 0);
    assert_int_equal(closure_add(&closure, made[5], NULL, &err), -1);
    assert_non_null(strstr(err.message, "set `sysroot` to a folder"));
    closure_release(&closure);
    assert_int_equal(closure_init(&closure, made[4], NULL, &err), -1);
    assert_non_null(strstr(err.message, "' is no folder"));
    for (size_t i = 0; i < sizeof(made) / sizeof(*made); i++)
        free(made[i]);
    free(rpath);
    free(sysroot);
}

static void links_stay_in_the_sysroot(void **state)
{
    const struct {
        const char *path, *expected; /* below the sysroot; NULL: nothing there */
    } cases[] = {
        {"/etc/file", "/etc/file"},
        {"etc//./file", "/etc/file"},
        {"/../../etc/file", "/etc/file"},
        {"/up/file", "/etc/file"},
        {"/absolute", "/etc/file"},
        {"/etc/relative", "/etc/file"},
        {"/chain", "/etc/file"},
        {"/loop", NULL},
        {"/out", NULL},
        {"/missing", NULL},
        {"/etc/file/..", "/etc"},
        {"/", ""},
    };
    char *sysroot = file_join(root, "cage");

    (void)state;
    free(put("cage/etc/file", &(struct craft){.soname = "x"}));
    make_link("/etc", "cage/up");
    make_link("/etc/file", "cage/absolute");
    make_link("../etc/file", "cage/etc/relative");
    make_link("up/../../absolute", "cage/chain");
    make_link("/loop", "cage/loop");
    make_link("../../../../../../../../../../../../../usr/bin/env", "cage/out");
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char *expected = cases[i].expected ? xasprintf("%s%s", sysroot, cases[i].expected) : NULL;
        char *found = sysroot_resolve(sysroot, cases[i].path);

        if (strcmp(found ? found : "nothing", expected ? expected : "nothing") != 0)
            fail_msg("%s is %s, not %s", cases[i].path, found, expected);
        free(expected);
        free(found);
    }
    free(sysroot);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closure_equals_ldd),
        cmocka_unit_test(searches_like_ld_so),
        cmocka_unit_test(one_file_under_two_names),
        cmocka_unit_test(packages_are_searched_as_on_the_target),
        cmocka_unit_test(rpaths_reach_down_on_the_target),
        cmocka_unit_test(folders_of_an_rpath),
        cmocka_unit_test(two_libraries_of_one_name),
        cmocka_unit_test(what_may_be_elsewhere_is_noted),
        cmocka_unit_test(musl_brings_its_library_in_its_loader),
        cmocka_unit_test(a_sysroot_is_a_world_of_its_own),
        cmocka_unit_test(links_stay_in_the_sysroot),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
