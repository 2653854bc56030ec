#include "packager/package.h"

#include "core/file.h"
#include "core/memory.h"
#include "core/process.h"
#include "tests/unit/craft_elf.h"

#include <jansson.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <zip.h>

#include <cmocka.h>

/* Each test has a project of its own in a folder whose name has a space and an umlaut. */
struct project {
    char *folder;
    char *output;
    struct function functions[2];
    struct settings settings;
    struct out out;
    char *messages; /* what was written to standard error */
    size_t messages_len;
    struct package package;
    struct package_list list;
    struct err err;
};

static int set_up(void **state)
{
    struct project *project = xcalloc(1, sizeof(*project));

    project->folder = file_temporary_folder("fnctl p\xc3\xa4 age", &project->err);
    project->output = file_join(project->folder, ".fnctl");
    project->functions[0] = (struct function){.name = "bot",
                                              .runtime = "python3.13",
                                              .architecture = "x86_64",
                                              .source = ".",
                                              .layer = true};
    project->settings = (struct settings){.folder = project->folder,
                                          .project = "test",
                                          .provider = "aws",
                                          .functions = {project->functions, 1}};
    out_init(&project->out, stdout, open_memstream(&project->messages, &project->messages_len));
    *state = project;
    return 0;
}

static int tear_down(void **state)
{
    struct project *project = *state;

    package_release(&project->package);
    package_list_release(&project->list);
    file_remove(project->folder, &project->err);
    fclose(project->out.messages);
    free(project->settings.file);
    out_release(&project->out);
    free(project->messages);
    free(project->output);
    free(project->folder);
    free(project);
    return 0;
}

static void put(struct project *project, const char *path, const char *text, mode_t mode)
{
    char *full = file_join(project->folder, path);
    char *folder = file_folder(full);

    assert_int_equal(file_make_folder(folder, 0755, &project->err), 0);
    assert_int_equal(file_write(full, text, strlen(text), mode, &project->err), 0);
    free(folder);
    free(full);
}

static void put_elf(struct project *project, const char *path, const struct craft *craft)
{
    char *full = file_join(project->folder, path);
    char *folder = file_folder(full);
    struct buf bytes;

    buf_init(&bytes, 0);
    craft_elf(&bytes, craft);
    assert_int_equal(file_make_folder(folder, 0755, &project->err), 0);
    assert_int_equal(file_write(full, bytes.data, bytes.len, 0755, &project->err), 0);
    buf_release(&bytes);
    free(folder);
    free(full);
}

static void shell(struct project *project, const char *command)
{
    const char *const argv[] = {"sh", "-c", command, NULL};
    struct process process = {.argv = argv, .folder = project->folder};
    int status;

    assert_int_equal(process_run(&process, &status, &project->err), 0);
    assert_int_equal(status, 0);
}

static int build(struct project *project)
{
    struct package_options options = {
        .out = &project->out, .folder = project->output, .build = true};

    package_release(&project->package);
    package_list_release(&project->list);
    err_clear(&project->err);
    return package_build(&project->settings, project->functions, &options, &project->package,
                         &project->list, &project->err);
}

static void must_build(struct project *project)
{
    if (build(project) < 0)
        fail_msg("%s", project->err.message);
}

static void must_fail(struct project *project, const char *part)
{
    assert_int_equal(build(project), -1);
    assert_int_equal(project->err.code, ERR_PACKAGE);
    if (!strstr(project->err.message, part))
        fail_msg("expected \"%s\" in: %s", part, project->err.message);
    assert_null(project->package.function.path);
}

/* The paths of the list and the reasons, one a line; those of the layer start with `+`. */
static void expect_list(struct project *project, const char *expected)
{
    struct buf text;

    buf_init(&text, 0);
    for (size_t i = 0; i < project->list.count; i++)
        buf_printf(&text, "%s%s: %s\n", project->list.entries[i].layer ? "+" : "",
                   project->list.entries[i].path, project->list.entries[i].reason);
    assert_string_equal(buf_string(&text), expected);
    buf_release(&text);
}

/* The contents of an entry as a string, to free(). */
static char *read_entry(const struct artifact *artifact, const char *path, zip_uint32_t *mode)
{
    zip_t *zip = zip_open(artifact->path, ZIP_RDONLY | ZIP_CHECKCONS, NULL);
    char *text = xcalloc(1, 1 << 20);
    zip_file_t *file;
    zip_uint8_t system;

    assert_non_null(zip);
    file = zip_fopen(zip, path, 0);
    assert_non_null(file);
    assert_true(zip_fread(file, text, (1 << 20) - 1) >= 0);
    zip_file_get_external_attributes(zip, (zip_uint64_t)zip_name_locate(zip, path, 0), 0, &system,
                                     mode);
    *mode >>= 16;
    zip_fclose(file);
    zip_discard(zip);
    return text;
}

static void expect_warning(struct project *project, const char *part)
{
    fflush(project->out.messages);
    if (!strstr(project->messages, part))
        fail_msg("expected \"%s\" in: %s", part, project->messages);
}

static void python_source(void **state)
{
    struct project *project = *state;
    const char *const include[] = {"venv/keep.txt"};
    const char *const exclude[] = {"tests/", "*.md"};
    struct function *function = project->functions;

    put(project, "app.py", "def run(event, context): return 1\n", 0644);
    put(project, "data/\xc3\xa4 b.txt", "x", 0644);
    put(project, "tests/test_app.py", "", 0644);
    put(project, "README.md", "", 0644);
    put(project, "notes.txt", "", 0644);
    put(project, "fnctl.json", "{}", 0644);
    put(project, "other.json", "{}", 0644);
    project->settings.file = file_join(project->folder, "other.json");
    put(project, ".fnctlignore", "notes.txt\n", 0644);
    put(project, "__pycache__/app.pyc", "", 0644);
    put(project, "venv/keep.txt", "", 0644);
    put(project, "venv/other.txt", "", 0644);
    put(project, "node_modules/a/index.js", "", 0644);
    function->handler = "app.run";
    function->include = (struct strings){(const char **)(uintptr_t)include, 1};
    function->exclude = (struct strings){(const char **)(uintptr_t)exclude, 2};
    must_build(project);
    expect_list(project, "app.py: source\ndata/\xc3\xa4 b.txt: source\nnode_modules/a/index.js: "
                         "source\nvenv/keep.txt: include 'venv/keep.txt'\n");
    assert_string_equal(project->package.handler, "app.run");
    assert_null(project->package.layer.path);
    assert_int_equal(project->package.function.entries, 4);
}

static void output_is_no_source(void **state)
{
    struct project *project = *state;
    char first[HASH_BASE64_LEN];

    put(project, "app.py", "", 0644);
    project->functions[0].handler = "app.run";
    for (int i = 0; i < 2; i++) {
        free(project->output);
        project->output = i ? xstrdup(project->folder) : file_join(project->folder, "out put*");
        must_build(project);
        strcpy(first, project->package.function.sha256);
        must_build(project);
        expect_list(project, i ? "app.py: source\nout put*/bot.zip: source\n" : "app.py: source\n");
        assert_string_equal(project->package.function.sha256, first);
    }
}

static void python_handlers(void **state)
{
    static const char *const good[] = {"app.run", "a.b.run", "a/b.run", "pack.run", "native.run"};
    struct project *project = *state;
    struct function *function = project->functions;

    put(project, "app.py", "", 0644);
    put(project, "a/b.py", "", 0644);
    put(project, "pack/__init__.py", "", 0644);
    put(project, "native.cpython-313-x86_64-linux-gnu.so", "no ELF", 0644);
    put(project, "hidden.py", "", 0644);
    put(project, ".fnctlignore", "hidden.py", 0644);
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
        function->handler = good[i];
        must_build(project);
    }
    function->handler = "nope.run";
    must_fail(project, "the handler 'nope.run' of function 'bot' was not found: looked for "
                       "'nope.py', 'nope/__init__.py'");
    function->handler = "hidden.run";
    must_fail(project, "'hidden.run'");
    function->handler = "app";
    must_fail(project, "is not \"module.function\"");
    function->handler = NULL;
    must_fail(project, "has neither `handler` nor `app`");
    function->handler = "app.run";
    function->source = "missing";
    must_fail(project, "the source folder '");
}

static void node_handlers(void **state)
{
    static const char *const good[] = {"index.handler", "src/main.a.b", "old.handler", "./mod.x"};
    struct project *project = *state;
    struct function *function = project->functions;

    function->runtime = "nodejs22.x";
    put(project, "index.mjs", "", 0644);
    put(project, "src/main.js", "", 0644);
    put(project, "old.cjs", "", 0644);
    put(project, "mod.js", "", 0644);
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
        function->handler = good[i];
        must_build(project);
    }
    function->handler = "main.handler";
    must_fail(project, "looked for 'main.mjs', 'main.js', 'main.cjs', 'main/index.js' in '");
    function->app = "app.app";
    must_fail(project, "which the runtime 'nodejs22.x' cannot serve");
}

static void wsgi_app(void **state)
{
    struct project *project = *state;
    struct function *function = project->functions;
    zip_uint32_t mode;
    char *text;

    put(project, "web/site.py", "", 0644);
    function->app = "web.site.app";
    must_build(project);
    expect_list(project, "fnctl_app.json: adapter\nfnctl_wsgi.py: adapter\nweb/site.py: source\n");
    assert_string_equal(project->package.handler, "fnctl_wsgi.handler");
    text = read_entry(&project->package.function, "fnctl_app.json", &mode);
    assert_string_equal(text, "{\"app\":\"web.site.app\"}");
    assert_int_equal(mode, 0100644);
    free(text);
    put(project, "fnctl_wsgi.py", "", 0644);
    must_fail(project, "is in the way of the adapter's file");
    function->app = "site.app";
    must_fail(project, "the app 'site.app' of function 'bot' was not found");
}

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
    expect_list(project, "bootstrap: handler\ndata/x.csv: include '/data'\n"
                         "+lib/libself.so.1: needed by bot\n");
    assert_non_null(project->package.layer.path);
    strcpy(first, project->package.layer.sha256);
    put(project, "data/y.csv", "", 0644);
    must_build(project);
    assert_string_equal(project->package.layer.sha256, first);
    function->layer = false;
    must_build(project);
    expect_list(project, "bootstrap: handler\ndata/x.csv: include '/data'\ndata/y.csv: include "
                         "'/data'\nlib/libself.so.1: needed by bot\n");
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
                            "AWS; build on");
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

static void build_commands(void **state)
{
    struct project *project = *state;
    struct function *function = project->functions;

    function->handler = "made.run";
    function->build = "touch made.py && exit 3";
    assert_int_equal(build(project), -1);
    assert_int_equal(project->err.code, ERR_FAILED);
    assert_non_null(strstr(project->err.message, "the build command 'touch made.py && exit 3' of "
                                                 "function 'bot' ended with status 3"));
    function->build = "touch made.py";
    must_build(project);
    expect_list(project, "made.py: source\n");
}

static void odd_files(void **state)
{
    struct project *project = *state;
    struct function *function = project->functions;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    put(project, "app.py", "", 0644);
    function->handler = "app.run";
    shell(project, "mkfifo queue");
    must_fail(project, "/queue' is a pipe, which cannot be packaged");
    shell(project, "rm queue");
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/plug", project->folder);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    close(fd);
    must_fail(project, "/plug' is a socket, which cannot be packaged");
    shell(project, "rm plug; touch \"$(printf 'a\\377b')\"");
    must_fail(project, "a\\xffb' is not UTF-8: rename or exclude it");
    put(project, ".fnctlignore", "a?b\n", 0644);
    must_build(project);
    shell(project, "touch \"$(printf 'c\\033[2Jd')\"");
    must_fail(project, "c\\x1b[2Jd' has control characters in it: rename or exclude it");
    put(project, ".fnctlignore", "a?b\nc*d\n", 0644);
    must_build(project);
    shell(project, "touch \"$(printf 'two\\nlines')\" \"quo'te\\\"\"");
    must_build(project);
    function->source = "app.py";
    must_fail(project, "/app.py' is no folder");
}

static void links(void **state)
{
    static const char *const out[] = {"/etc/passwd", "../x", "sub/../../x", ".."};
    struct project *project = *state;
    struct function *function = project->functions;
    zip_uint32_t mode;
    char *text;

    put(project, "src/app.py", "", 0644);
    put(project, "src/sub/file", "", 0644);
    function->source = "src";
    function->handler = "app.run";
    shell(project, "cd src && ln -s ../app.py sub/in && ln -s sub folder && ln -s nowhere dangling "
                   "&& ln -s . sub/up");
    must_build(project);
    text = read_entry(&project->package.function, "sub/in", &mode);
    assert_string_equal(text, "../app.py");
    assert_int_equal(mode, 0120777);
    free(text);
    assert_int_equal(project->package.function.entries, 6);
    for (size_t i = 0; i < sizeof(out) / sizeof(*out); i++) {
        char *path = file_join(project->folder, "src/link");
        char *part = xasprintf("link' leads to '%s', outside", out[i]);

        assert_int_equal(symlink(out[i], path), 0);
        must_fail(project, part);
        unlink(path);
        free(path);
        free(part);
    }
    /* Through another link: inside by its text, outside in truth. */
    shell(project,
          "mkdir -p other/deep && cd src && ln -s ../other/deep far && ln -s far/.. trick");
    put(project, "src/.fnctlignore", "/far\n", 0644);
    must_fail(project, "trick' leads to 'far/..', outside");
}

static void limits(void **state)
{
    struct project *project = *state;
    struct function *function = project->functions;

    put(project, "app.py", "", 0644);
    function->handler = "app.run";
    shell(project, "head -c 51000000 /dev/urandom > noise && for i in 1 2 3 4 5 6 7 8 9 10 11; do "
                   "head -c ${i}000 /dev/zero > small$i; done");
    /* It is too large for a request, and goes through S3. */
    must_build(project);
    assert_true(project->package.function.size > ARTIFACT_DIRECT_MAX);
    shell(project, "rm noise && truncate -s 270000000 sparse");
    must_fail(project, "the unzipped code of function 'bot' has 270.1 MB, at most 262.1 MB are");
    assert_non_null(strstr(project->err.message, "\n     270.0 MB  sparse\n"));
    assert_non_null(strstr(project->err.message, "small3"));
    assert_null(strstr(project->err.message, "small2"));
}

static void disk_full(void **state)
{
    struct project *project = *state;
    struct rlimit old, small;

    put(project, "app.py", "", 0644);
    shell(project, "head -c 300000 /dev/urandom > noise");
    project->functions[0].handler = "app.run";
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    small = (struct rlimit){65536, old.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    must_fail(project, "cannot write '");
    setrlimit(RLIMIT_FSIZE, &old);
    shell(project, "test -z \"$(ls -A .fnctl)\"");
}

static void layer_and_function_of_one_name(void **state)
{
    struct project *project = *state;
    const struct craft craft = {.needed = {"libown.so"}, .runpath = "$ORIGIN"};

    project->functions[0].runtime = "provided.al2023";
    project->functions[0].handler = "bot";
    project->functions[1].name = "bot-layer";
    project->settings.functions.count = 2;
    put_elf(project, "bot", &craft);
    put_elf(project, "libown.so", &(struct craft){.soname = "libown.so"});
    must_fail(project, "would both be 'bot-layer.zip': rename one of them");
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(python_source),
        TEST(output_is_no_source),
        TEST(python_handlers),
        TEST(node_handlers),
        TEST(wsgi_app),
        TEST(script_handler),
        TEST(program_handler),
        TEST(wrong_programs),
        TEST(new_symbol_versions),
        TEST(shadowed_libraries),
        TEST(python_modules),
        TEST(real_programs),
        TEST(build_commands),
        TEST(odd_files),
        TEST(links),
        TEST(limits),
        TEST(disk_full),
        TEST(layer_and_function_of_one_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
