#include "tests/unit/package_project.h"

static void script_handler(void **state)
{
    struct project *project = *state;
    struct function *function = project->functions;
    zip_uint32_t mode;
    char *text;

    function->runtime = "provided.al2023";
    function->handler = "bin/run";
    put(project, "bin/run", "#!/bin/sh\n", 0644);
    put(project, "lib.sh", "x", 0644);
    must_build(project);
    expect_list(project, "bootstrap: handler\nlib.sh: source\n");
    text = read_entry(&project->package.function, "bootstrap", &mode);
    assert_string_equal(text, "#!/bin/sh\n");
    assert_int_equal(mode, 0100755);
    free(text);
    assert_string_equal(project->package.handler, "bootstrap");
    put(project, "bootstrap", "#!/bin/sh\n", 0755);
    must_fail(project, "is in the way of the handler");
    put(project, "bin/run", "hello", 0755);
    must_fail(project, "is neither an ELF program nor a script that starts with #!");
    function->handler = "bin/walk";
    must_fail(project, "the handler 'bin/walk' of function 'bot' was not found: looked for '");
}

static void program_handler(void **state)
{
    struct project *project = *state;
    struct function *function = project->functions;
    const char *const include[] = {"/data"};
    const struct craft craft = {.needed = {"libc.so.6", "libself.so.1"},
                                .runpath = "$ORIGIN/libs",
                                .version_library = "libself.so.1",
                                .version = "ZLIB_9.9"};
    const struct craft library = {.soname = "libself.so.1", .needed = {"libz.so.1"}};
    char first[HASH_BASE64_LEN];

    function->runtime = "provided.al2023";
    function->handler = "bot";
    function->include = (struct strings){(const char **)(uintptr_t)include, 1};
    put(project, "Makefile", "", 0644);
    put(project, "bot.c", "", 0644);
    put(project, "data/x.csv", "", 0644);
    put_elf(project, "bot", &craft);
    put_elf(project, "libs/libself.so.1.0.7", &library);
    shell(project, "ln -s libself.so.1.0.7 libs/libself.so.1");
    must_build(project);
    expect_list(project, "bootstrap: handler\ndata/x.csv: include[0] '/data'\n"
                         "+lib/libself.so.1: needed by bot\n");
    assert_non_null(project->package.layer.path);
    strcpy(first, project->package.layer.sha256);
    put(project, "data/y.csv", "", 0644);
    must_build(project);
    assert_string_equal(project->package.layer.sha256, first);
    function->layer = false;
    must_build(project);
    expect_list(project, "bootstrap: handler\ndata/x.csv: include[0] '/data'\ndata/y.csv: "
                         "include[0] '/data'\nlib/libself.so.1: needed by bot\n");
    assert_null(project->package.layer.path);
    shell(project, "mkdir part && mv bot part && touch part/extra && test ! -e "
                   ".fnctl/bot-layer.zip && rm libs/libself.so.1");
    function->source = "part";
    must_fail(project, "the library 'libself.so.1' that '");
    put_elf(project, "part/lib/libself.so.1", &library);
    function->layer = true;
    must_build(project);
    expect_list(project, "bootstrap: handler\nextra: source\nlib/libself.so.1: source\n");
}

static void wrong_programs(void **state)
{
    struct project *project = *state;
    struct function *function = project->functions;
    const struct craft arm = {.machine = EM_AARCH64}, narrow = {.narrow = true},
                       odd = {.machine = 0x1234};

    function->runtime = "provided.al2023";
    function->handler = "bot";
    put_elf(project, "bot", &arm);
    must_fail(project, "' is for arm64, and function 'bot' runs on x86_64");
    function->architecture = "arm64";
    must_build(project);
    function->architecture = "x86_64";
    put_elf(project, "bot", &narrow);
    must_fail(project, "' is for 32-bit x86_64, and");
    put_elf(project, "bot", &odd);
    must_fail(project, "' is for machine 4660, and");
    put(project, "bot", "\177ELF", 0755);
    must_fail(project, "the ELF header is cut off");
}

static void new_symbol_versions(void **state)
{
    struct project *project = *state;
    struct function *function = project->functions;
    const struct craft craft = {
        .needed = {"libc.so.6"}, .version_library = "libc.so.6", .version = "GLIBC_2.36"};

    function->runtime = "provided.al2023";
    function->handler = "bot";
    put_elf(project, "bot", &craft);
    must_fail(project, "/bot' needs GLIBC_2.36, provided.al2023 has 2.34: it would not load");
    project->settings.provider = "local";
    must_build(project);
    expect_warning(project, "/bot' needs GLIBC_2.36, provided.al2023 has 2.34: it will not load on "
                            "AWS; build it on");
}

static void shadowed_libraries(void **state)
{
    struct project *project = *state;
    struct function *function = project->functions;
    const struct craft craft = {.needed = {"libssl.so.3"}, .runpath = "$ORIGIN"};
    const struct craft library = {.soname = "libssl.so.3"};

    function->runtime = "provided.al2023";
    function->handler = "bot";
    put_elf(project, "bot", &craft);
    put_elf(project, "libssl.so.3", &library);
    must_build(project);
    expect_list(project, "bootstrap: handler\n+lib/libssl.so.3: needed by bot\n");
    expect_warning(project, "bundles 'libssl.so.3'; Lambda looks in the system's folders before");
    put_elf(project, "src/lib/libcurl.so.4", &(struct craft){.soname = "libcurl.so.4"});
    put_elf(project, "src/lib/libz.so.1", &(struct craft){.soname = "libz.so.1"});
    put_elf(project, "src/bot", &(struct craft){.needed = {"libcurl.so.4", "libz.so.1"}});
    function->source = "src";
    must_build(project);
    expect_warning(project, "bundles 'libz.so.1', 'libcurl.so.4'; Lambda looks in the system's");
    /* RPATH goes before the system's folders, RUNPATH after them. */
    put_elf(project, "src/lib/libnghttp2.so.14", &(struct craft){.soname = "libnghttp2.so.14"});
    put_elf(project, "src/bot",
            &(struct craft){.needed = {"libnghttp2.so.14"}, .rpath = "$ORIGIN/lib"});
    must_build(project);
    fflush(project->out.messages);
    assert_null(strstr(project->messages, "libnghttp2"));
    put_elf(project, "src/bot",
            &(struct craft){.needed = {"libnghttp2.so.14"}, .runpath = "$ORIGIN/lib"});
    must_build(project);
    expect_warning(project, "bundles 'libnghttp2.so.14'; Lambda looks");
}

static void python_modules(void **state)
{
    struct project *project = *state;
    struct function *function = project->functions;
    const struct craft module = {
        .needed = {"libinside.so", "libpython3.13.so.1.0", "liboutside.so"},
        .runpath = "$ORIGIN/../../outside"};
    const struct craft library = {.soname = "liboutside.so"}, arm = {.machine = EM_AARCH64};

    function->source = "src";
    function->handler = "app.run";
    put(project, "src/app.py", "", 0644);
    put_elf(project, "src/pkg/_fast.cpython-313-x86_64-linux-gnu.so", &module);
    put_elf(project, "src/pkg.libs/libinside.so", &(struct craft){.soname = "libinside.so"});
    put_elf(project, "src/pkg/prebuilt/other-arm.so", &arm);
    put_elf(project, "outside/liboutside.so", &library);
    must_build(project);
    expect_list(project,
                "app.py: source\npkg.libs/libinside.so: source\n"
                "pkg/_fast.cpython-313-x86_64-linux-gnu.so: source\npkg/prebuilt/other-arm.so: "
                "source\n+lib/liboutside.so: needed by _fast.cpython-313-x86_64-linux-gnu.so\n");
    put_elf(project, "src/pkg/_slow.abi3.so", &arm);
    must_fail(project, "_slow.abi3.so' is for arm64, and function 'bot' runs on x86_64");
}

static void real_programs(void **state)
{
    struct project *project = *state;
    struct function *function = project->functions;
    char *compiler = file_find_program("cc");

    if (!compiler)
        skip();
    free(compiler);
    project->settings.provider = "local";
    function->runtime = "provided.al2023";
    function->handler = "bot";
    function->build = "cc -o bot bot.c -Wl,--no-as-needed -ljansson -lz -lm";
    put(project, "bot.c", "int main(void) { return 0; }\n", 0644);
    must_build(project);
    expect_list(project, "bootstrap: handler\n+lib/libjansson.so.4: needed by bot\n");
    function->build = "cc -o bot bot.c -Wl,--dynamic-linker=/lib/ld-musl.so.1";
    must_build(project);
    expect_warning(project, "/bot' is loaded by '/lib/ld-musl.so.1', which provided.al2023 lacks");
    project->settings.provider = "aws";
    must_fail(project, "/bot' is loaded by '/lib/ld-musl.so.1', which provided.al2023 lacks");
    function->build = "cc -c -o bot bot.c";
    must_fail(project, "/bot' is no linked program");
}

static void script_programs(void **state)
{
    static const char *const good[] = {"#!/bin/sh",
                                       "#! /bin/bash -e",
                                       "#!/usr/bin/env bash \t",
                                       "#!/usr/bin/env -S A=b bash -e",
                                       "#!/usr/bin/awk -f",
                                       "#!/var/task/bin/mine",
                                       "#!/opt/bin/theirs"};
    static const char *const bad[][2] = {
        {"#!/usr/bin/env php", "' is a script for 'php', which provided.al2023 lacks: there are"},
        {"#!/usr/bin/python3", "' is a script for '/usr/bin/python3', which provided.al2023 lacks"},
        {"#!/opt/sbin/bash", "' is a script for '/opt/sbin/bash'"},
        {"#!/bin/sh\r", "' ends like a line of Windows (CR LF)"},
        {"#! \t ", "' names no program after #!"},
        {"#!", "' names no program after #!"},
        {"#!/usr/bin/env bash -e", "' has env look for a program that is called 'bash -e': write "
                                   "#!/usr/bin/env -S bash -e"},
        {"#!/usr/bin/env ", "' names no program after env"},
        {"#!/usr/bin/env -S A=b", "' names no program after env"},
        {"#!sh", "' names 'sh': the kernel wants the full path"},
    };
    struct project *project = *state;
    struct function *function = project->functions;
    const char *const layers[] = {"arn:aws:lambda:eu-central-1:123456789012:layer:name:1"};

    function->runtime = "provided.al2023";
    function->handler = "run";
    put(project, "bin/mine", "x", 0755);
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
        char *text = xasprintf("%s\necho\n", good[i]);

        if (strstr(text, "/opt/"))
            function->layers = (struct strings){(const char **)(uintptr_t)layers, 1};
        put(project, "run", text, 0755);
        must_build(project);
        free(text);
    }
    function->layers = (struct strings){NULL, 0};
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        char *text = xasprintf("%s\necho\n", bad[i][0]);

        put(project, "run", text, 0755);
        must_fail(project, bad[i][1]);
        free(text);
    }
    project->settings.provider = "local";
    put(project, "run", "#!/usr/bin/env python3\n", 0644);
    must_build(project);
    expect_warning(project, "/run' is a script for 'python3', which provided.al2023 lacks on AWS");
    expect_warning(project, "/run' is not executable; in the package it is");
}

/* What is bundled in a package stays there; what its modules found elsewhere goes to the layer. */
static void modules_with_libraries(void **state)
{
    struct project *project = *state;
    struct function *function = project->functions;
    const struct craft module = {.needed = {"libbundled.so"}, .runpath = "$ORIGIN/../pkg.libs"};
    const struct craft built = {.needed = {"libbundled.so"}, .runpath = "$ORIGIN/../../out"};
    const struct craft musl = {.needed = {"libc.musl-x86_64.so.1", "libnone.so"}};
    const struct craft loader = {.interpreter = "/nix/ld-linux-x86-64.so.2"};
    const struct craft library = {.soname = "libbundled.so"};
    const struct craft lost = {.needed = {"libnone.so"}};

    function->source = "src";
    function->handler = "app.run";
    put(project, "src/app.py", "", 0644);
    put_elf(project, "src/pkg/fast.so", &module);
    put_elf(project, "src/pkg/fast.musl.so", &musl);
    put_elf(project, "src/pkg.libs/libbundled.so", &library);
    put_elf(project, "out/libbundled.so", &library);
    must_build(project);
    assert_null(project->package.layer.path);
    put_elf(project, "src/pkg/tool", &loader);
    must_build(project);
    expect_warning(project, "has programs whose loader Lambda's system lacks: '");
    shell(project, "rm -r src/pkg.libs src/pkg/fast.so");
    put_elf(project, "src/pkg/built.so", &built);
    must_build(project);
    expect_list(project, "app.py: source\npkg/built.so: source\npkg/fast.musl.so: source\n"
                         "pkg/tool: source\n+lib/libbundled.so: needed by built.so\n");
    put_elf(project, "src/pkg/lost.so", &lost);
    must_fail(project, "the library 'libnone.so' that '");
}

static void modules_for_another_python(void **state)
{
    struct project *project = *state;

    put(project, "app.py", "", 0644);
    put(project, "pkg/a.cpython-313-x86_64-linux-gnu.so", "", 0644);
    put(project, "pkg/a.cpython-311-x86_64-linux-gnu.so", "", 0644);
    put(project, "pkg/b.abi3.so", "", 0644);
    put(project, "pkg/c.cpython-.so", "", 0644);
    project->functions[0].handler = "app.run";
    must_build(project);
    fflush(project->out.messages);
    assert_string_equal(project->messages ? project->messages : "", "");
    put(project, "pkg/d.cpython-39-x86_64-linux-gnu.so", "", 0644);
    must_build(project);
    expect_warning(project, "function 'bot' has 1 module for another Python than python3.13, as "
                            "'pkg/d.cpython-39-x86_64-linux-gnu.so', which it does not import");
    put(project, "pkg/e.cpython-310-x86_64-linux-gnu.so", "", 0644);
    must_build(project);
    expect_warning(project, "has 2 modules for another Python");
}

/* As npm installs for each of them. */
static void modules_for_other_systems(void **state)
{
    struct project *project = *state;
    struct function *function = project->functions;
    const struct craft musl = {.needed = {"libc.musl-x86_64.so.1"}}, ours = {.soname = "x.node"};
    const struct craft arm = {.machine = EM_AARCH64};

    function->runtime = "nodejs22.x";
    function->handler = "index.handler";
    put(project, "index.js", "", 0644);
    put_elf(project, "node_modules/a-arm64/a.node", &arm);
    put_elf(project, "node_modules/a-musl/a.node", &musl);
    must_build(project);
    expect_warning(project, "has modules for other systems only, as 'node_modules/a-arm64/a.node': "
                            "install its packages for Linux with glibc on x86_64");
    fflush(project->out.messages);
    rewind(project->out.messages);
    put_elf(project, "node_modules/a-x64/a.node", &ours);
    must_build(project);
    fflush(project->out.messages);
    assert_int_equal(project->messages_len, 0);
}

/* A library that is packaged with its links is found through them. */
static void libraries_behind_links(void **state)
{
    struct project *project = *state;
    struct function *function = project->functions;
    const struct craft bot = {.needed = {"libx.so.1"}, .runpath = "$ORIGIN/libs"};
    const struct craft library = {.soname = "libx.so.1"};

    function->runtime = "provided.al2023";
    function->handler = "bot";
    function->source = "src";
    put_elf(project, "src/bot", &bot);
    put_elf(project, "src/libs/libx.so.1.7", &library);
    shell(project, "ln -s libx.so.1.7 src/libs/libx.so.1");
    must_build(project);
    expect_list(project, "bootstrap: handler\nlibs/libx.so.1: source\nlibs/libx.so.1.7: source\n");
}

/* What an RPATH leads to is used instead of the system's, so its versions do not matter. */
static void own_system_libraries(void **state)
{
    struct project *project = *state;
    struct function *function = project->functions;
    struct craft bot = {.needed = {"libstdc++.so.6"},
                        .version_library = "libstdc++.so.6",
                        .version = "GLIBCXX_3.4.99",
                        .rpath = "$ORIGIN/own"};

    function->runtime = "provided.al2023";
    function->handler = "bot";
    function->source = "src";
    put_elf(project, "src/own/libstdc++.so.6", &(struct craft){.soname = "libstdc++.so.6"});
    put_elf(project, "src/bot", &bot);
    must_build(project);
    bot.runpath = bot.rpath;
    put_elf(project, "src/bot", &bot);
    must_fail(project, "/bot' needs GLIBCXX_3.4.99, provided.al2023 has 3.4.33: it would not load");
}

static void libraries_in_odd_places(void **state)
{
    struct project *project = *state;
    struct function *function = project->functions;

    function->runtime = "provided.al2023";
    function->handler = "bot";
    function->source = "src";
    function->layer = false;
    put_elf(project, "src/bot",
            &(struct craft){.needed = {"libx.so.1"}, .runpath = "$ORIGIN/../out"});
    put_elf(project, "src/odd/libx.so.1", &(struct craft){.soname = "libx.so.1"});
    /* A program starts with nothing loaded: a library that is just somewhere is of no use. */
    must_fail(project, "the library 'libx.so.1' that '");
    put_elf(project, "out/libx.so.1", &(struct craft){.soname = "libx.so.1"});
    must_build(project);
    expect_list(project,
                "bootstrap: handler\nlib/libx.so.1: needed by bot\nodd/libx.so.1: source\n");
    put_elf(project, "src/path", &(struct craft){.needed = {"$ORIGIN/../out/libx.so.1"}});
    function->handler = "path";
    must_fail(project,
              "needs the library '$ORIGIN/../out/libx.so.1' by its path, where Lambda has");
    function->handler = "bot";
    shell(project, "rm src/path");
    put_elf(project, "src/lib/libx.so.1", &(struct craft){.machine = EM_AARCH64});
    must_fail(project, "/src/lib/libx.so.1' is in the way of the library '");
}

static void sysroots(void **state)
{
    struct project *project = *state;
    struct function *function = project->functions;
    const struct craft bot = {.machine = EM_AARCH64, .needed = {"libx.so.1", "libc.so.6"}};
    const struct craft library = {.machine = EM_AARCH64, .soname = "libx.so.1"};

    function->runtime = "provided.al2023";
    function->architecture = "arm64";
    function->handler = "bot";
    put_elf(project, "bot", &bot);
    must_fail(project, "the library 'libx.so.1' that '");
    assert_non_null(strstr(project->err.message, "set `sysroot` to a folder"));
    put_elf(project, "arm/usr/lib64/libx.so.1", &library);
    function->sysroot = "arm";
    must_build(project);
    expect_list(project, "bootstrap: handler\n+lib/libx.so.1: needed by bot\n");
    function->sysroot = "nowhere";
    must_fail(project, "the sysroot '");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(script_handler),
        TEST(script_programs),
        TEST(program_handler),
        TEST(wrong_programs),
        TEST(new_symbol_versions),
        TEST(shadowed_libraries),
        TEST(python_modules),
        TEST(modules_with_libraries),
        TEST(modules_for_another_python),
        TEST(modules_for_other_systems),
        TEST(libraries_behind_links),
        TEST(own_system_libraries),
        TEST(libraries_in_odd_places),
        TEST(sysroots),
        TEST(real_programs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
